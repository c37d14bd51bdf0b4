// What became of requests, and of the sequences that each consists of.

import type { FinishReason } from '../engine/protocol.ts';
import { type ErrorCode, type ErrorKind, errorTable } from '../errors.ts';
import {
  interTokenSeconds,
  requestSeconds,
  sampleCounts,
  timeToFirstTokenSeconds,
  tokenCounts,
} from './buckets.ts';
import type { Histogram, Instruments } from './instruments.ts';

/** A sequence that ended. What did not come to pass has no time. */
export interface EndedSequence {
  readonly reason: FinishReason;
  readonly promptTokenCount: number;
  readonly generatedTokenCount: number;
  readonly maxTokens: number;
  readonly timesMs: PhaseTimes;
}

export interface PhaseTimes {
  /** From arrival until it left the queue. */
  readonly queueMs: number | null;
  /** Until its first token. */
  readonly prefillMs: number | null;
  /** From its first token to its last. */
  readonly decodeMs: number | null;
  /** From arrival to the end. */
  readonly totalMs: number;
}

/** The outcome of a request that met a fault of the server. */
const ourBug = 'internal_error';

const finishReasons: readonly FinishReason[] = ['stop', 'length', 'abort', 'error'];

export class RequestMetrics {
  readonly #promptTokens;
  readonly #success;
  readonly #requests;
  readonly #rejected;
  readonly #timeToFirstToken;
  readonly #timePerOutputToken;
  readonly #seconds;
  readonly #sizes;

  constructor(instruments: Instruments, contextLength: number) {
    const counts = tokenCounts(contextLength);
    const seconds = (part: string, help: string) =>
      instruments.histogram(`vllm:${part}_seconds`, help, requestSeconds);
    const tokens = (name: string, help: string) =>
      instruments.histogram(`vllm:request_${name}`, help, counts);

    this.#promptTokens = instruments.counter(
      'vllm:prompt_tokens_total',
      'Tokens of prompts that were processed; of several samples of one, once.',
    );
    this.#success = instruments.counters(
      'vllm:request_success_total',
      'Sequences that ended, by how.',
      'finished_reason',
      finishReasons,
    );
    this.#requests = instruments.counters(
      'kvasir:requests_total',
      'Completion requests, by outcome: ok, aborted, or the code of an error.',
      'outcome',
      ['ok', 'aborted', ...codesOf('overloaded', 'unavailable', 'timedOut', 'failed'), ourBug],
    );
    this.#rejected = instruments.counters(
      'kvasir:rejected_total',
      'What was turned away before any work was done for it, by the code of the error.',
      'reason',
      codesOf('unauthorized', 'forbidden', 'overloaded', 'unavailable'),
    );
    this.#timeToFirstToken = instruments.histogram(
      'vllm:time_to_first_token_seconds',
      'From the arrival of a request to the first token of each sequence.',
      timeToFirstTokenSeconds,
    );
    this.#timePerOutputToken = instruments.histogram(
      'vllm:request_time_per_output_token_seconds',
      'From the first token of a sequence to its last, per token after the first.',
      interTokenSeconds,
    );
    this.#seconds = {
      total: seconds(
        'e2e_request_latency',
        'From the arrival of a request to the end of each sequence.',
      ),
      queue: seconds('request_queue_time', 'From the arrival of a request to its turn.'),
      prefill: seconds('request_prefill_time', 'From the turn of a sequence to its first token.'),
      decode: seconds('request_decode_time', 'From the first token of a sequence to its last.'),
      inference: seconds(
        'request_inference_time',
        'From the turn of a sequence to its last token.',
      ),
    };
    this.#sizes = {
      prompt: tokens('prompt_tokens', 'Tokens of the prompt of a sequence.'),
      generation: tokens('generation_tokens', 'Tokens that a sequence generated.'),
      longest: tokens('max_num_generation_tokens', 'Of the samples of a prompt, the longest.'),
      maxTokens: tokens('params_max_tokens', 'What max_tokens was.'),
      samples: instruments.histogram('vllm:request_params_n', 'What n was.', sampleCounts),
    };
  }

  requestStarted(sampleCount: number): void {
    this.#sizes.samples.observe(sampleCount);
  }

  /** Once for all samples of a prompt, and for prompts that are only scored. */
  promptProcessed(tokenCount: number): void {
    this.#promptTokens.inc(tokenCount);
  }

  firstToken(sinceArrivalMs: number): void {
    this.#timeToFirstToken.observe(sinceArrivalMs / 1000);
  }

  sequenceEnded(ended: EndedSequence): void {
    const { reason, generatedTokenCount, timesMs } = ended;
    const { queueMs, prefillMs, decodeMs, totalMs } = timesMs;
    this.#success.inc({ finished_reason: reason });
    this.#sizes.prompt.observe(ended.promptTokenCount);
    this.#sizes.generation.observe(generatedTokenCount);
    this.#sizes.maxTokens.observe(ended.maxTokens);
    this.#seconds.total.observe(totalMs / 1000);
    observe(this.#seconds.queue, queueMs);
    observe(this.#seconds.prefill, prefillMs);
    observe(this.#seconds.decode, decodeMs);
    if (prefillMs === null || decodeMs === null) return;
    this.#seconds.inference.observe((prefillMs + decodeMs) / 1000);
    if (generatedTokenCount > 1) {
      this.#timePerOutputToken.observe(decodeMs / 1000 / (generatedTokenCount - 1));
    }
  }

  /** All samples of a prompt ended. */
  promptEnded(longestTokenCount: number): void {
    this.#sizes.longest.observe(longestTokenCount);
  }

  requestEnded(outcome: string): void {
    this.#requests.inc({ outcome });
  }

  rejected(reason: string): void {
    this.#rejected.inc({ reason });
  }
}

/** What somebody is to hear of is there from the start: a rise from nothing is no rise to Prometheus. */
function codesOf(...kinds: readonly ErrorKind[]): readonly ErrorCode[] {
  const codes = Object.keys(errorTable) as ErrorCode[];
  return codes.filter((code) => kinds.includes(errorTable[code]));
}

function observe(histogram: Histogram, ms: number | null): void {
  if (ms !== null) histogram.observe(ms / 1000);
}
