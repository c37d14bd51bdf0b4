// All completions of the server, whatever transport brought them: admits, starts, and sees to it that
// each ends exactly once. Draining is decided here, since only here it is known what is open.

import type { Engine } from '../../engine/engine.ts';
import { ServeError } from '../../errors.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import type { Caller } from '../caller.ts';
import type { Ledger } from '../ledger.ts';
import type { RequestRecord } from '../request-record.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Admission, Admit } from './admission.ts';
import { admit } from './admit.ts';
import type { Completion } from './completion.ts';
import type { CompletionRequest, Delivery } from './request.ts';
import type { ServedModel } from './served-model.ts';
import { CompletionStarter } from './starter.ts';

/** Carries a completion out to its client; resolves when the client has all of it, or left. */
export type Write = (completion: Completion, delivery: Delivery) => Promise<void>;

export interface CompletionsOptions {
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
  readonly model: ServedModel;
  readonly maxSequences: number;
  readonly ledger: Ledger;
  readonly surroundings: Surroundings;
}

/** What OpenAI gives where nobody says how much. */
export const openAiMaxTokens = 16;

/** How long answers that were cut short may take to reach their clients. */
const farewellMs = 1000;

export class Completions {
  readonly #options: CompletionsOptions;
  readonly #admission: Admission;
  readonly #starter: CompletionStarter;
  readonly #open = new Set<Completion>();
  #onEmpty: (() => void)[] = [];
  #isDraining = false;

  constructor(options: CompletionsOptions) {
    this.#options = options;
    const { engine, model, tokenizer, maxSequences, surroundings } = options;
    const { freshSeed } = surroundings;
    this.#starter = new CompletionStarter(engine, tokenizer, model);
    const openCount = () => engine.openCount;
    this.#admission = {
      model,
      tokenizer,
      maxSequences,
      openCount,
      freshSeed,
      usualMaxTokens: openAiMaxTokens,
    };
  }

  /** Throws why no completion can be taken on at the moment. */
  checkReady(): void {
    const { stopped } = this.#options.engine;
    if (stopped !== null) throw new ServeError('engine_stopped', `the engine stopped: ${stopped}`);
    if (this.#isDraining) {
      throw new ServeError('draining', 'the server is stopping and takes no new requests');
    }
  }

  /**
   * One request, from its unread body to its end. Throws what it was refused for, and what ended it
   * early, after `write` had its chance to say so. `read`: what makes sense of the body.
   */
  async serve(caller: Caller, body: unknown, write: Write, read: Admit = admit): Promise<void> {
    const record = this.#options.ledger.open(caller, body);
    try {
      this.checkReady();
      this.#options.ledger.checkRoom();
      const { request, delivery } = await read(body, this.#admission);
      record.close(await this.#carry(this.#start(record, request), delivery, write));
    } catch (error) {
      record.fail(error);
      throw error;
    }
  }

  /**
   * Takes no new requests, and resolves when the open ones have ended. Those that are still open
   * after the timeout end with an error.
   */
  async drain(timeoutMs: number): Promise<void> {
    this.#isDraining = true;
    if (await this.#emptyWithin(timeoutMs)) return;
    for (const completion of this.#open) {
      completion.fail(new ServeError('draining', 'the server stopped before this was complete'));
    }
    await this.#emptyWithin(farewellMs);
  }

  #start(record: RequestRecord, request: CompletionRequest): Completion {
    this.checkReady();
    const id = request.completionId ?? record.caller.completionId;
    const created = this.#options.surroundings.epochSeconds();
    const { completion, sequences, streams } = this.#starter.start(
      request,
      { id, created },
      record,
    );
    record.begin(completion, { sequences, streams, sampleCount: request.sampleCount });
    return completion;
  }

  async #carry(
    completion: Completion,
    delivery: Delivery,
    write: Write,
  ): Promise<'ok' | 'aborted'> {
    this.#open.add(completion);
    let rest: 'abort' | 'error' = 'error';
    try {
      await write(completion, delivery);
      rest = 'abort';
      return completion.isAborted ? 'aborted' : 'ok';
    } finally {
      completion.close(rest);
      this.#open.delete(completion);
      if (this.#open.size === 0) for (const wake of this.#onEmpty.splice(0)) wake();
    }
  }

  /** False where something was still open after that time. */
  async #emptyWithin(timeoutMs: number): Promise<boolean> {
    if (this.#open.size === 0) return true;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.surroundings.after(timeoutMs, resolve);
      this.#onEmpty.push(() => {
        cancel();
        resolve();
      });
    });
    return this.#open.size === 0;
  }
}
