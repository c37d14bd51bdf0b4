// Rows of logits as the host reads them, out of those that a run left on the device. Many come with one
// wait, neighbours in one copy, into memory of a bounded size that is the same every time.
//
//     on the device   0  1  2  3  4  5  6  7        wanted: 1 2 3 6 7
//     on the host     1  2  3 | 6  7                two copies, one wait

import type { DeviceStream, HostMemory, TensorMemory } from '../onnxruntime/device.ts';

/** Enough for 83 rows of GPT-2's vocabulary; a vocabulary too large for it gets room for one. */
const mostBytes = 16 * 2 ** 20;

export class FetchedRows {
  readonly #stream: DeviceStream;
  readonly #logits: TensorMemory; // [rows, vocabulary]
  readonly #rowBytes: number;
  readonly #memory: HostMemory; // [slots, vocabulary]
  readonly #scores: readonly Float32Array[]; // by slot: [vocabulary]
  /** Which row is in a slot; ascending. */
  readonly #rows: Int32Array; // [slots]
  #count = 0;

  /** `mostRows`: more are never fetched at once. */
  constructor(
    stream: DeviceStream,
    logits: TensorMemory,
    vocabularySize: number,
    mostRows: number,
  ) {
    this.#stream = stream;
    this.#logits = logits;
    this.#rowBytes = vocabularySize * 4;
    const slots = Math.max(1, Math.min(mostRows, Math.floor(mostBytes / this.#rowBytes)));
    this.#memory = stream.allocateHost(slots * this.#rowBytes);
    const { buffer } = this.#memory;
    this.#scores = Array.from({ length: slots }, (_, slot) => {
      return new Float32Array(buffer, slot * this.#rowBytes, vocabularySize);
    });
    this.#rows = new Int32Array(slots);
  }

  /** What was fetched is no longer what the device has. */
  forget(): void {
    this.#count = 0;
  }

  /**
   * Fetches the rows in places `first` to `end` of a list that ascends, as many as there is room for and
   * at least one; says at which place it stopped. What was fetched before is forgotten.
   */
  fetch(rows: Int32Array, first: number, end: number): number {
    this.#count = 0;
    let count = 0;
    let run = 0; // the slot of the first of the neighbours that are not asked for yet
    let place = first;
    for (; place < end; place++) {
      const row = rows[place]!;
      const last = count === 0 ? -2 : this.#rows[count - 1]!;
      if (row === last) continue;
      if (count === this.#rows.length) break;
      if (count > run && row !== last + 1) {
        this.#copy(run, count);
        run = count;
      }
      this.#rows[count++] = row;
    }
    this.#copy(run, count);
    this.#stream.synchronize();
    this.#count = count;
    return place;
  }

  /** A row; fetched by itself if it is not here. Valid until the next fetch. */
  row(row: number): Float32Array {
    for (let slot = 0; slot < this.#count; slot++) {
      if (this.#rows[slot] === row) return this.#scores[slot]!;
    }
    this.#count = 0;
    this.#rows[0] = row;
    this.#copy(0, 1);
    this.#stream.synchronize();
    this.#count = 1;
    return this.#scores[0]!;
  }

  /** Asks for the rows of slots `begin` to `end`, which are neighbours on the device. */
  #copy(begin: number, end: number): void {
    const from = this.#rows[begin]! * this.#rowBytes;
    const bytes = (end - begin) * this.#rowBytes;
    this.#stream.copyOut(this.#logits, from, this.#memory, begin * this.#rowBytes, bytes);
  }

  dispose(): void {
    this.#memory.dispose();
  }
}
