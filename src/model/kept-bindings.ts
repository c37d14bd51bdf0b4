// The bindings of a device's lane: those of shapes that come again, by a key of the shape, and the latest of
// those that have none.

import type { LaneBinding } from './lane-binding.ts';
import type { AskedShape } from './lane-ports.ts';

/** Of a step whose shape is like no other. */
export const noKey = -1;

/** Of those that have a key. */
const mostKept = 512;

export class KeptBindings<Shape extends AskedShape> {
  readonly #kept = new Map<number, LaneBinding<Shape>>(); // the oldest first
  #latest: LaneBinding<Shape> | null = null;

  /** What was bound last under this key; whoever asks has to look at its shape. */
  get(key: number): LaneBinding<Shape> | null {
    return key === noKey ? this.#latest : (this.#kept.get(key) ?? null);
  }

  keep(key: number, fresh: LaneBinding<Shape>): LaneBinding<Shape> {
    if (key === noKey) {
      this.#latest?.dispose();
      this.#latest = fresh;
    } else {
      if (this.#kept.size >= mostKept) this.#forgetOldest();
      this.#kept.set(key, fresh);
    }
    return fresh;
  }

  #forgetOldest(): void {
    const [oldest] = this.#kept.keys();
    this.#kept.get(oldest!)!.dispose();
    this.#kept.delete(oldest!);
  }

  dispose(): void {
    for (const binding of this.#kept.values()) binding.dispose();
    this.#latest?.dispose();
  }
}
