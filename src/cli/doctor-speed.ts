// The doctor's timing of one model: each shape by itself, a table at the end, and all of it kept.

import type { Manifest } from '../../models/manifest.ts';
import type { Findings } from '../doctor/findings.ts';
import {
  type DecodeShape,
  decodeBytes,
  type Patience,
  type PromptShape,
  type Timing,
  timeDecode,
  timePrompts,
} from '../doctor/speed.ts';
import { type DecodeRow, decodeLines, type PromptRow, promptLines } from '../doctor/speed-table.ts';
import type { Model } from '../model/model.ts';

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
  readonly model: Model;
  readonly rowCount: number;
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

/** `plain`: what the same steps took without captured graphs, to stand beside. */
export async function timeModel(
  findings: Findings,
  name: string,
  { model, rowCount, manifest, bytesPerNumber }: TimedSubject,
  timed: Timed,
  plain: DecodeTimes | null,
): Promise<DecodeTimes> {
  const { config } = manifest;
  const { bytesPerSecond, patience } = timed;
  const times = new Map<string, Timing>();
  const rows: DecodeRow[] = [];
  for (const past of timed.pasts) {
    for (const batch of timed.batches) {
      const shape = { batch, past };
      const timing = await findings.measure(`${name} decode ${nameOf(shape)}`, () => {
        if (batch > rowCount) throw new Error(`memory is there for ${rowCount} rows`);
        return timeDecode(model, config, shape, findings.now, patience);
      });
      if (timing === null) continue;
      times.set(nameOf(shape), timing);
      const bytes = decodeBytes(config, bytesPerNumber, shape);
      const boundMs = bytesPerSecond === null ? null : (1000 * bytes) / bytesPerSecond;
      rows.push({ ...shape, timing, plain: plain?.get(nameOf(shape)) ?? null, boundMs });
    }
  }
  const prompts: PromptRow[] = [];
  for (const shape of timed.prompts) {
    const timing = await findings.measure(
      `${name} prompts ${shape.prompts}x${shape.tokens}`,
      () => {
        if (shape.prompts > rowCount) throw new Error(`memory is there for ${rowCount} rows`);
        return timePrompts(model, config, shape, findings.now, patience);
      },
    );
    if (timing !== null) prompts.push({ ...shape, timing });
  }
  findings.note(`speed ${name} ${timed.size}`, { decode: rows, prompts });
  findings.say(`\n${timed.size}, ${name}: steps of one token for each sequence`);
  for (const line of decodeLines(rows)) findings.say(line);
  findings.say(`\n${timed.size}, ${name}: prompts, to their first token`);
  for (const line of promptLines(prompts)) findings.say(line);
  findings.say('');
  return times;
}

function nameOf({ batch, past }: DecodeShape): string {
  return `${batch} after ${past}`;
}
