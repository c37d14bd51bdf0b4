// A completion with all of its events put together: one for each choice that is returned.

import type { Completion, CompletionEvent } from './completion.ts';

/** In the order of the choices; complete unless the completion was aborted. */
export async function wholeChoices(completion: Completion): Promise<readonly CompletionEvent[]> {
  const { prompts, sampleCount, returnedCount } = completion.origin.request;
  const choices = Array.from({ length: prompts.length * sampleCount }, () => new GrowingChoice());
  for await (const event of completion.events()) choices[event.choiceIndex]!.add(event);
  const means = completion.meanLogprobs;
  return prompts.flatMap((_, promptIndex) => {
    const first = promptIndex * sampleCount;
    const samples = Array.from({ length: sampleCount }, (_, sample) => first + sample);
    // The likeliest first; samples that are equally likely, in the order they were asked for.
    if (returnedCount < sampleCount) samples.sort((a, b) => means[b]! - means[a]!);
    return samples
      .slice(0, returnedCount)
      .map((sample, index) => choices[sample]!.whole(promptIndex * returnedCount + index));
  });
}

class GrowingChoice {
  readonly #events: CompletionEvent[] = [];

  add(event: CompletionEvent): void {
    this.#events.push(event);
  }

  whole(choiceIndex: number): CompletionEvent {
    const events = this.#events;
    const last = events.at(-1);
    return {
      choiceIndex,
      text: events.map(({ text }) => text).join(''),
      tokens: events.flatMap(({ tokens }) => tokens),
      prompt: events[0]?.prompt ?? null,
      finish: last?.finish ?? null,
      stopReason: last?.stopReason ?? null,
    };
  }
}
