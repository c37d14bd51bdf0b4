// Reads tensors by name from one open safetensors file, one at a time: a checkpoint of many gigabytes
// never has to fit in memory. The header's claims were checked when the file was opened.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { decoders } from './number-formats.ts';
import { broken, largestHeader, parseHeader, type StoredTensor } from './safetensors-header.ts';

/** Node reads at most 2^31 - 1 bytes in one call. */
const largestRead = 2 ** 30;

export class SafetensorsFile {
  readonly #file: number;
  readonly #dataStart: number;
  readonly #tensors: ReadonlyMap<string, StoredTensor>;

  private constructor(file: number, dataStart: number, tensors: readonly StoredTensor[]) {
    this.#file = file;
    this.#dataStart = dataStart;
    this.#tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  }

  static open(path: string): SafetensorsFile {
    const file = openSync(path, 'r');
    try {
      const fileBytes = fstatSync(file).size;
      if (fileBytes < 8) throw broken('it is cut short: the length of the header is missing');
      const length = new DataView(readExactly(file, 0, 8).buffer).getBigUint64(0, true);
      if (length > largestHeader) throw broken(`a header of ${length} bytes is beyond the format`);
      const dataStart = 8 + Number(length);
      if (dataStart > fileBytes) throw broken('it is cut short: the header is incomplete');
      const header = readExactly(file, 8, Number(length));
      return new SafetensorsFile(file, dataStart, parseHeader(header, fileBytes - dataStart));
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  /** Name -> shape of everything in the file. */
  get shapes(): ReadonlyMap<string, readonly number[]> {
    return new Map([...this.#tensors].map(([name, tensor]) => [name, tensor.shape]));
  }

  read(name: string): Float32Array<ArrayBuffer> {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw broken(`there is no ${name}`);
    const decode = Object.hasOwn(decoders, tensor.elementType)
      ? decoders[tensor.elementType]
      : undefined;
    if (decode === undefined) {
      const supported = Object.keys(decoders).join(', ');
      throw broken(`${name} is stored as ${tensor.elementType}; supported: ${supported}`);
    }
    const { begin, end } = tensor;
    return decode(readExactly(this.#file, this.#dataStart + begin, end - begin));
  }

  close(): void {
    closeSync(this.#file);
  }
}

function readExactly(file: number, position: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const wanted = Math.min(length - done, largestRead);
    const count = readSync(file, bytes, done, wanted, position + done);
    if (count === 0) throw broken('it was cut short while being read');
    done += count;
  }
  return bytes;
}
