// The doctor's timing of one model: each shape by itself, a table at the end, and all of it kept.

import type { Manifest } from '../../models/manifest.ts';
import type { Findings } from '../doctor/findings.ts';
import {
  type DecodeShape,
  decodeBytes,
  type Patience,
  type PromptShape,
  type TimedModel,
  type Timing,
  time,
} from '../doctor/speed.ts';
import { type DecodeRow, decodeLines, type PromptRow, promptLines } from '../doctor/speed-table.ts';

export interface Timed {
  readonly size: string;
  readonly batches: readonly number[];
  readonly pasts: readonly number[];
  readonly prompts: readonly PromptShape[];
  /** Of the memory that the model is in; null where nobody measured it. */
  readonly bytesPerSecond: number | null;
  readonly patience: Patience;
}

export interface TimedSubject {
  readonly model: TimedModel;
  readonly manifest: Manifest;
  /** As weights and cache are stored. */
  readonly bytesPerNumber: number;
}

/** A prompt by itself, short and long. */
export const onePrompt: readonly PromptShape[] = [
  { prompts: 1, tokens: 64, isScored: false },
  { prompts: 1, tokens: 512, isScored: false },
];

export type DecodeTimes = ReadonlyMap<string, Timing>;

/** What the same steps took in another way, to stand beside; null: nothing does. */
export interface Beside {
  readonly name: string;
  readonly times: DecodeTimes | null;
}

export async function timeModel(
  findings: Findings,
  name: string,
  { model, manifest, bytesPerNumber }: TimedSubject,
  timed: Timed,
  beside: Beside,
): Promise<DecodeTimes> {
  const { config } = manifest;
  const { bytesPerSecond, patience } = timed;
  const times = new Map<string, Timing>();
  const rows: DecodeRow[] = [];
  for (const past of timed.pasts) {
    for (const batch of timed.batches) {
      const shape = { batch, past };
      const timing = await findings.measure(`${name} decode ${nameOf(shape)}`, () =>
        time(model.decode(shape), findings.now, patience),
      );
      if (timing === null) continue;
      times.set(nameOf(shape), timing);
      const bytes = decodeBytes(config, bytesPerNumber, shape);
      const boundMs = bytesPerSecond === null ? null : (1000 * bytes) / bytesPerSecond;
      rows.push({ ...shape, timing, beside: beside.times?.get(nameOf(shape)) ?? null, boundMs });
    }
  }
  const prompts: PromptRow[] = [];
  for (const shape of timed.prompts) {
    const timing = await findings.measure(`${name} prompts ${shape.prompts}x${shape.tokens}`, () =>
      time(model.prompts(shape), findings.now, patience),
    );
    if (timing !== null) prompts.push({ ...shape, timing });
  }
  findings.note(`speed ${name} ${timed.size}`, { decode: rows, prompts });
  findings.say(`\n${timed.size}, ${name}: steps of one token for each sequence`);
  for (const line of decodeLines(rows, beside.name)) findings.say(line);
  findings.say(`\n${timed.size}, ${name}: prompts, to their first token`);
  for (const line of promptLines(prompts)) findings.say(line);
  findings.say('');
  return times;
}

function nameOf({ batch, past }: DecodeShape): string {
  return `${batch} after ${past}`;
}
