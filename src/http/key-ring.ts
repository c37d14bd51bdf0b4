// Keys that are accepted. They are compared by their hashes, so that the time an answer takes says
// nothing about how much of a key was right, nor how long the right one is.

import { createHash, timingSafeEqual } from 'node:crypto';

export class KeyRing {
  readonly #hashes: readonly Buffer[];

  constructor(keys: readonly string[]) {
    this.#hashes = keys.map(hashOf);
  }

  get isEmpty(): boolean {
    return this.#hashes.length === 0;
  }

  accepts(shown: string): boolean {
    const hash = hashOf(shown);
    let isAccepted = false;
    // All of them, whichever it is.
    for (const known of this.#hashes) {
      if (timingSafeEqual(known, hash)) isAccepted = true;
    }
    return isAccepted;
  }
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
