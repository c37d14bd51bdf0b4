// Company for a request whose answer must not depend on it.

import type { SequenceRequest } from '../../src/engine/protocol.ts';
import { greedy, request } from './engine.ts';
import { oracle } from './storyteller.ts';

const text = oracle.text.ids;

/** Thirty-one requests of other prompts, lengths and ways of sampling. */
export const neighbours: readonly SequenceRequest[] = Array.from({ length: 31 }, (_, index) => {
  const start = 7 * index;
  const sampling = index % 2 === 0 ? greedy : { ...greedy, greedy: false, seedLow: index };
  return request(
    1000 + index,
    text.slice(start, start + 1 + ((index * 5) % 40)),
    1 + ((index * 7) % 30),
    sampling,
  );
});
