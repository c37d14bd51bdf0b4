// What became of drafts, by vLLM's names.

import type { StepWork } from '../engine/protocol.ts';
import type { Instruments } from './instruments.ts';

/** Drafts that are longer are counted at these places only. */
const positions = Array.from({ length: 16 }, (_, position) => String(position));

export class SpeculationMetrics {
  readonly #drafts;
  readonly #draftTokens;
  readonly #acceptedTokens;
  readonly #acceptedAt;

  constructor(instruments: Instruments) {
    this.#drafts = instruments.counter('vllm:spec_decode_num_drafts_total', 'Drafts verified.');
    this.#draftTokens = instruments.counter(
      'vllm:spec_decode_num_draft_tokens_total',
      'Tokens of the drafts.',
    );
    this.#acceptedTokens = instruments.counter(
      'vllm:spec_decode_num_accepted_tokens_total',
      'Tokens of the drafts that were generated indeed.',
    );
    const acceptedAt = instruments.counters(
      'vllm:spec_decode_num_accepted_tokens_per_pos_total',
      'The same by their place in the draft.',
      'position',
      positions,
    );
    this.#acceptedAt = positions.map((position) => acceptedAt.labels(position));
  }

  add({ draftTokenCount, acceptedTokenCount }: StepWork): void {
    if (draftTokenCount === 0) return;
    this.#drafts.inc();
    this.#draftTokens.inc(draftTokenCount);
    this.#acceptedTokens.inc(acceptedTokenCount);
    for (let position = 0; position < acceptedTokenCount; position++) {
      this.#acceptedAt[position]?.inc();
    }
  }
}
