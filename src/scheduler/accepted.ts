// The sequences that were accepted and have not ended, by id. Says no to what no scheduler could
// carry out: whoever submits has checked it before.

import { invariant } from '../errors.ts';
import { Sequence, type SequenceRequest } from './sequence.ts';

export class Accepted {
  readonly #contextLength: number;
  readonly #sequences = new Map<number, Sequence>(); // by id, none of them ended
  #count = 0;

  constructor(contextLength: number) {
    this.#contextLength = contextLength;
  }

  /** Sequences that have not ended. */
  get size(): number {
    return this.#sequences.size;
  }

  get(id: number): Sequence | null {
    return this.#sequences.get(id) ?? null;
  }

  all(): Iterable<Sequence> {
    return this.#sequences.values();
  }

  add(request: SequenceRequest): Sequence {
    const { id, promptIds, maxTokens } = request;
    const isScoredOnly = maxTokens === 0 && request.promptLogprobCount !== null;
    invariant(!this.#sequences.has(id), 'an id is unique while its sequence lives');
    invariant(
      promptIds.length > 0 && (maxTokens > 0 || isScoredOnly),
      'a sequence has a prompt and a limit',
    );
    invariant(
      promptIds.length + maxTokens <= this.#contextLength,
      'a prompt and what is to follow it fit in the context',
    );
    const sequence = new Sequence(request, this.#count);
    this.#count += 1;
    this.#sequences.set(id, sequence);
    return sequence;
  }

  /** It has ended. */
  remove(sequence: Sequence): void {
    this.#sequences.delete(sequence.id);
  }

  /** Null where that one is gone or can do nothing for this one, which then goes alone. */
  leaderOf(sequence: Sequence, forkOf: number | null): Sequence | null {
    const leader = forkOf === null ? null : this.get(forkOf);
    if (leader === null || !leader.canServe(sequence)) return null;
    const isSame = leader.promptIds.every((token, index) => token === sequence.promptIds[index]);
    invariant(
      isSame && leader.promptIds.length === sequence.promptIds.length,
      'a fork has the prompt of its leader',
    );
    return leader;
  }
}
