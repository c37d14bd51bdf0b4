// Completions without a transport: admitted, started and put in the words of the API as the server does
// it, for callers in the same process.

import type {
  Completion,
  CompletionChunk,
  CompletionRequest,
  StreamedCompletionRequest,
} from '../../client/completion-types.ts';
import type { CallOptions } from '../../client/http.ts';
import { type Engine, sequenceCapacity } from '../engine/engine.ts';
import { ServeError } from '../errors.ts';
import type { Admission } from '../http/completion/admission.ts';
import { admit } from '../http/completion/admit.ts';
import type { ChoiceObserver, Completion as Running } from '../http/completion/completion.ts';
import { openAiMaxTokens } from '../http/completion/completions.ts';
import { usageSoFar } from '../http/completion/delivery.ts';
import type { Delivery } from '../http/completion/request.ts';
import type { ServedModel } from '../http/completion/served-model.ts';
import { CompletionStarter } from '../http/completion/starter.ts';
import { wholeChoices } from '../http/completion/whole.ts';
import { realSurroundings } from '../http/surroundings.ts';
import { completionDialect } from '../http/wire.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';

export interface AskerOptions {
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
  readonly model: ServedModel;
  readonly limits: { readonly maxRunning: number; readonly maxQueue: number };
}

export class Asker {
  readonly #admission: Admission;
  readonly #starter: CompletionStarter;
  readonly #name: string;
  readonly #open = new Set<Running>();
  #isClosed = false;

  constructor({ engine, tokenizer, model, limits }: AskerOptions) {
    this.#admission = {
      model,
      tokenizer,
      maxSequences: sequenceCapacity(engine.facts, limits),
      openCount: () => engine.openCount,
      freshSeed: realSurroundings.freshSeed,
      usualMaxTokens: openAiMaxTokens,
    };
    this.#starter = new CompletionStarter(engine, tokenizer, model);
    this.#name = model.name;
  }

  /** Throws what it is refused for, or the reason of the signal. */
  async whole(request: CompletionRequest, call: CallOptions): Promise<Completion> {
    const { running, end } = await this.#start({ ...request, stream: false }, call);
    try {
      const choices = await wholeChoices(running);
      call.signal?.throwIfAborted();
      const worded = choices.map((choice) => completionDialect.choice(running, choice));
      return completionDialect.whole(running, this.#name, worded) as Completion;
    } finally {
      end();
    }
  }

  /** The same. */
  async *chunks(
    request: StreamedCompletionRequest,
    call: CallOptions,
  ): AsyncGenerator<CompletionChunk, void, undefined> {
    const { running, delivery, end } = await this.#start({ ...request, stream: true }, call);
    try {
      for await (const event of running.events()) {
        const usage = usageSoFar(running, delivery);
        for (const chunk of completionDialect.chunks(running, this.#name, event, usage)) {
          yield chunk as CompletionChunk;
          call.signal?.throwIfAborted();
        }
      }
      call.signal?.throwIfAborted();
      if (delivery.usage === 'never') return;
      yield completionDialect.counts(running, this.#name) as CompletionChunk;
    } finally {
      end();
    }
  }

  /** What is open fails, and so does what is asked from now on. */
  close(): void {
    this.#isClosed = true;
    for (const running of this.#open) running.fail(closed());
  }

  async #start(body: object, { signal }: CallOptions): Promise<Started> {
    signal?.throwIfAborted();
    const { request, delivery } = await admit(body, this.#admission);
    signal?.throwIfAborted();
    if (this.#isClosed) throw closed();
    const id = request.completionId ?? `cmpl-${realSurroundings.freshName()}`;
    const origin = { id, created: realSurroundings.epochSeconds() };
    const running = this.#starter.start(request, origin, nobody).completion;
    const abort = () => running.abort();
    signal?.addEventListener('abort', abort, { once: true });
    this.#open.add(running);
    const end = () => {
      signal?.removeEventListener('abort', abort);
      this.#open.delete(running);
      running.close('abort');
    };
    return { running, delivery, end };
  }
}

interface Started {
  readonly running: Running;
  readonly delivery: Delivery;
  /** To be called once, however it ended. */
  readonly end: () => void;
}

/** There is nothing to measure for anybody else. */
const nobody: ChoiceObserver = { promptProcessed() {}, firstToken() {}, ended() {} };

function closed(): ServeError {
  return new ServeError('engine_stopped', 'the model was closed');
}
