// A file that torch.save wrote, in either of its forms, as tensors by name. Opening it reads the pickle
// that describes the tensors; their numbers are read when they are asked for.

import { SourceFile } from '../source-file.ts';
import type { TensorFile } from '../tensor-file.ts';
import { openLegacyForm } from './legacy-form.ts';
import type { Storage, StoredView } from './pickle-values.ts';
import { readView } from './strided.ts';
import { openZipForm } from './zip-form.ts';

/** What either form comes down to. */
export interface PytorchContent {
  readonly tensors: ReadonlyMap<string, StoredView>;
  /** Where the storage begins in the file; throws for one that is damaged. */
  locate(storage: Storage): number;
}

export type PytorchForm = 'zip' | 'legacy';

const openers = { zip: openZipForm, legacy: openLegacyForm };

export class PytorchFile implements TensorFile {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly #file: SourceFile;
  readonly #content: PytorchContent;

  private constructor(file: SourceFile, content: PytorchContent) {
    this.shapes = new Map([...content.tensors].map(([name, { shape }]) => [name, shape]));
    this.#file = file;
    this.#content = content;
  }

  static open(path: string, form: PytorchForm): PytorchFile {
    const file = SourceFile.open(path);
    try {
      return new PytorchFile(file, openers[form](file));
    } catch (error) {
      file.close();
      throw error;
    }
  }

  read(name: string): Float32Array<ArrayBuffer> {
    const view = this.#content.tensors.get(name);
    if (view === undefined) throw this.#file.broken(`there is no ${name}`);
    return readView(this.#file, this.#content.locate(view.storage), view, name);
  }

  close(): void {
    this.#file.close();
  }
}
