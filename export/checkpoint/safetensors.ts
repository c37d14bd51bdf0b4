// Reads tensors by name from one open safetensors file, one at a time: a checkpoint of many gigabytes
// never has to fit in memory. The header's claims were checked when the file was opened.

import { elementCount } from '../../models/gpt2/weights.ts';
import { isNumberFormat, numberFormats, readNumbers } from './number-formats.ts';
import { largestHeader, parseHeader, type StoredTensor } from './safetensors-header.ts';
import { SourceFile } from './source-file.ts';
import type { TensorFile } from './tensor-file.ts';

const lengthBytes = 8;

export class SafetensorsFile implements TensorFile {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly #file: SourceFile;
  readonly #dataStart: number;
  readonly #tensors: ReadonlyMap<string, StoredTensor>;

  private constructor(file: SourceFile, dataStart: number, tensors: readonly StoredTensor[]) {
    this.shapes = new Map(tensors.map(({ name, shape }) => [name, shape]));
    this.#file = file;
    this.#dataStart = dataStart;
    this.#tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  }

  static open(path: string): SafetensorsFile {
    const file = SourceFile.open(path);
    try {
      if (file.bytes < lengthBytes) {
        throw file.broken('it is cut short: the length of the header is missing');
      }
      const length = new DataView(file.read(0, lengthBytes).buffer).getBigUint64(0, true);
      if (length > largestHeader) {
        throw file.broken(`a header of ${length} bytes is beyond the format`);
      }
      const dataStart = lengthBytes + Number(length);
      if (dataStart > file.bytes) throw file.broken('it is cut short: the header is incomplete');
      const header = file.read(lengthBytes, Number(length));
      const tensors = parseHeader(header, file.bytes - dataStart, (what) => file.broken(what));
      return new SafetensorsFile(file, dataStart, tensors);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  read(name: string): Float32Array<ArrayBuffer> {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw this.#file.broken(`there is no ${name}`);
    const { elementType, shape, begin } = tensor;
    if (!isNumberFormat(elementType)) {
      const supported = numberFormats.join(', ');
      throw this.#file.broken(`${name} is stored as ${elementType}; supported: ${supported}`);
    }
    return readNumbers(this.#file, this.#dataStart + begin, elementCount(shape), elementType);
  }

  close(): void {
    this.#file.close();
  }
}
