// Checks of what a model on a device computes: against the processors, against itself in another order,
// and step by step against replayed steps.

import type { Model } from '../model/model.ts';
import { agreement, agreesInFp16, shownAgreement } from './agreement.ts';
import type { Findings, Result } from './findings.ts';
import { HandSteps, logitsOf } from './hand-steps.ts';

export interface Subjects {
  /** On the device, steps captured and replayed. */
  readonly device: Model;
  /** On the device, nothing captured; null where it could not be opened. */
  readonly plain: Model | null;
  /** In fp32 on the processors. */
  readonly reference: Model;
  /** At least 320 of real text. */
  readonly ids: Int32Array;
}

/** Each model has eight rows and takes prompts of 256 tokens. */
export async function checkNumerics(findings: Findings, subjects: Subjects | null): Promise<void> {
  await findings.check('precision of prompts', subjects, scoredPrompt);
  await findings.check('ragged prompts in one padded step', subjects, raggedPrompts);
  await findings.check('decode over its own cache', subjects, decodeAgainstPrompt);
  await findings.check('decode of ragged rows', subjects, raggedDecode);
  await findings.check('decode of rows elsewhere in the cache', subjects, offsetRows);
  await findings.check('holes leave their neighbours alone', subjects, holes);
  await findings.check('chunks of a prompt', subjects, chunks);
  await findings.check('rows copied on the device', subjects, copiedRows);
  const both = subjects?.plain ? { ...subjects, plain: subjects.plain } : null;
  await findings.check('replayed steps against plain ones', both, replays);
}

const scoredTokens = 256;

function scoredPrompt({ device, reference, ids }: Subjects): Result<null> {
  const prompt = ids.slice(0, scoredTokens);
  const [found, expected] = [device, reference].map((model) => {
    const scores = new HandSteps(model).prompt(0, prompt, 0, true);
    const logits = logitsOf(scores, scoredTokens);
    const targets = Array.from(prompt.subarray(1), (_, row) => {
      return scores.logNormalizers[row]! - scores.targetScores[row]!;
    });
    const perplexity = Math.exp(targets.reduce((sum, nats) => sum + nats, 0) / targets.length);
    return { logits, perplexity };
  }) as [Scored, Scored];
  const near = agreement(found.logits, expected.logits);
  const said =
    `${shownAgreement(near)}; perplexity ${found.perplexity.toFixed(4)} against ` +
    expected.perplexity.toFixed(4);
  const isNear = Math.abs(found.perplexity / expected.perplexity - 1) < 0.01;
  const figures = { ...near, perplexity: [found.perplexity, expected.perplexity] };
  return { isGood: agreesInFp16(near) && isNear, said, figures, value: null };
}

interface Scored {
  readonly logits: Float32Array[];
  readonly perplexity: number;
}

const lengths = [5, 17, 64, 33, 2];

function raggedOf(ids: Int32Array): Int32Array[] {
  return lengths.map((length, index) => ids.slice(31 * index, 31 * index + length));
}

function raggedPrompts({ device, reference, ids }: Subjects): Result<null> {
  const prompts = raggedOf(ids);
  const found = logitsOf(new HandSteps(device).prompts(0, prompts), prompts.length);
  const alone = new HandSteps(reference);
  const expected = prompts.map((prompt) => logitsOf(alone.prompt(0, prompt), 1)[0]!);
  return judged(found, expected);
}

function decodeAgainstPrompt({ device, reference, ids }: Subjects): Result<null> {
  const steps = new HandSteps(device);
  steps.prompt(1, ids.slice(0, 40));
  let last: Float32Array[] = [];
  for (let at = 40; at < 56; at++) last = logitsOf(steps.decode(1, [ids[at]!], [at]), 1);
  const whole = logitsOf(steps.prompt(2, ids.slice(0, 56)), 1);
  const expected = logitsOf(new HandSteps(reference).prompt(0, ids.slice(0, 56)), 1);
  const own = agreement(last, whole);
  const far = judged(last, expected);
  return {
    ...far,
    isGood: far.isGood && agreesInFp16(own),
    said: `16 steps against the whole prompt: ${shownAgreement(own)}; against fp32: ${far.said}`,
    figures: { own, reference: far.figures },
  };
}

function raggedDecode({ device, reference, ids }: Subjects): Result<null> {
  const prompts = raggedOf(ids);
  const steps = new HandSteps(device);
  steps.prompts(0, prompts);
  const alone = new HandSteps(reference);
  const tokens = prompts.map((_, index) => ids[200 + index]!);
  const found = logitsOf(steps.decode(0, tokens, lengths), prompts.length);
  const expected = prompts.map((prompt, index) => {
    return logitsOf(alone.prompt(0, Int32Array.from([...prompt, tokens[index]!])), 1)[0]!;
  });
  return judged(found, expected);
}

function offsetRows({ device, ids }: Subjects): Result<null> {
  const steps = new HandSteps(device);
  const prompts = raggedOf(ids).slice(0, 3);
  const tokens = [ids[200]!, ids[201]!, ids[202]!];
  const [here, there] = [0, 4].map((firstRow) => {
    steps.prompts(firstRow, prompts);
    return logitsOf(steps.decode(firstRow, tokens, lengths.slice(0, 3)), 3);
  }) as [Float32Array[], Float32Array[]];
  return sameBits(there, here);
}

function holes({ device, ids }: Subjects): Result<null> {
  const steps = new HandSteps(device);
  const prompts = raggedOf(ids).slice(0, 3);
  const tokens = [ids[200]!, ids[201]!, ids[202]!];
  const [full, holed] = [tokens, [tokens[0]!, -1, tokens[2]!]].map((asked) => {
    steps.prompts(0, prompts);
    const held = asked.map((token, row) => (token < 0 ? 0 : lengths[row]!));
    return logitsOf(steps.decode(0, asked, held), asked.filter((token) => token >= 0).length);
  }) as [Float32Array[], Float32Array[]];
  return sameBits(holed, [full[0]!, full[2]!]);
}

function chunks({ device, ids }: Subjects): Result<null> {
  const steps = new HandSteps(device);
  const prompt = ids.slice(0, 200);
  const whole = logitsOf(steps.prompt(0, prompt), 1);
  for (const [start, end] of [
    [0, 70],
    [70, 72],
  ] as const) {
    steps.prompt(3, prompt.slice(0, end), start);
  }
  return judged(logitsOf(steps.prompt(3, prompt, 72), 1), whole);
}

function copiedRows({ device, ids }: Subjects): Result<null> {
  const steps = new HandSteps(device);
  steps.prompt(5, ids.slice(0, 100));
  const stayed = logitsOf(steps.decode(5, [ids[100]!], [100]), 1);
  const copies = [{ fromRow: 5, toRow: 1, tokenCount: 100 }];
  return sameBits(logitsOf(steps.decode(1, [ids[100]!], [100], copies), 1), stayed);
}

/** The third time around a step is replayed for sure; the first and the last must say the same. */
function replays({ device, plain, ids }: Subjects & { readonly plain: Model }): Result<null> {
  const prompts = raggedOf(ids);
  const tokens = prompts.map((_, index) => ids[200 + index]!);
  const [replayed, expected] = [device, plain].map((model) => {
    const steps = new HandSteps(model);
    steps.prompts(0, prompts);
    const rows: Float32Array[] = [];
    // Of one row to five: several shapes, each often enough to be captured.
    for (const count of [1, 2, 4, 5]) {
      for (let round = 0; round < 7; round++) {
        const asked = tokens.slice(0, count);
        rows.push(...logitsOf(steps.decode(0, asked, lengths.slice(0, count)), count));
      }
    }
    return rows;
  }) as [Float32Array[], Float32Array[]];
  return sameBits(replayed, expected);
}

function judged(found: readonly Float32Array[], expected: readonly Float32Array[]): Result<null> {
  const near = agreement(found, expected);
  return { isGood: agreesInFp16(near), said: shownAgreement(near), figures: near, value: null };
}

function sameBits(found: readonly Float32Array[], expected: readonly Float32Array[]): Result<null> {
  const near = agreement(found, expected);
  return { isGood: near.isEqual, said: shownAgreement(near), figures: near, value: null };
}
