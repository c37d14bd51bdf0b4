// Checks of what a model over blocks computes on a device, against the processors in fp32: texts packed
// together, at every way of being cut, over blocks that lie anywhere.

import type { Model } from '../model/model.ts';
import { agreement, agreesInFp16, shownAgreement } from './agreement.ts';
import type { Findings, Result } from './findings.ts';
import { HandSteps, logitsOf } from './hand-steps.ts';
import { type HandPiece, type PagedPlace, PagedSteps } from './paged-steps.ts';

export interface PagedSubjects {
  readonly device: PagedPlace;
  /** Over rows, in fp32 on the processors. */
  readonly reference: Model;
  /** At least 400 of real text. */
  readonly ids: Int32Array;
}

/** The model has blocks for eight texts of 320 tokens, and takes 600 tokens in a step. */
export async function checkPagedNumerics(
  findings: Findings,
  subjects: PagedSubjects | null,
): Promise<void> {
  await findings.check('blocks: prompts packed in one step', subjects, packedPrompts);
  await findings.check('blocks: every token of a prompt beyond one block', subjects, scoredPrompt);
  await findings.check('blocks: decode and prompts mixed', subjects, mixed);
  await findings.check('blocks: decode across their border', subjects, acrossBorder);
  await findings.check('blocks: copied on the device', subjects, copied);
  await findings.check('blocks: the same steps again and again', subjects, again);
}

const textTokens = 320;
const lengths = [5, 290, 64, 33, 1];

function textsOf(ids: Int32Array): Int32Array[] {
  return lengths.map((length, index) => ids.slice(13 * index, 13 * index + length));
}

const wholeTexts = (texts: readonly Int32Array[]): HandPiece[] =>
  texts.map((ids, text) => ({ text, ids, start: 0 }));

const longer = (ids: Int32Array, ...tokens: readonly number[]) => Int32Array.of(...ids, ...tokens);

/** The last token's logits of each text by itself, as the processors have them. */
function alone(reference: Model, texts: readonly Int32Array[]): Float32Array[] {
  const steps = new HandSteps(reference);
  return texts.map((ids) => logitsOf(steps.prompt(0, ids), 1)[0]!);
}

function packedPrompts({ device, reference, ids }: PagedSubjects): Result<null> {
  const texts = textsOf(ids);
  const scores = new PagedSteps(device, textTokens).step(wholeTexts(texts));
  return judged(logitsOf(scores, texts.length), alone(reference, texts));
}

function scoredPrompt({ device, reference, ids }: PagedSubjects): Result<null> {
  const text = ids.slice(0, 300);
  const steps = new PagedSteps(device, textTokens);
  const scores = steps.step([{ text: 3, ids: text, start: 0, isScored: true }]);
  const found = logitsOf(scores, text.length).filter((_, at) => at % 7 === 0 || at > 250);
  const all = new HandSteps(reference).prompt(0, text, 0, true);
  const expected = logitsOf(all, text.length).filter((_, at) => at % 7 === 0 || at > 250);
  return judged(found, expected);
}

function mixed({ device, reference, ids }: PagedSubjects): Result<null> {
  const texts = textsOf(ids);
  const steps = new PagedSteps(device, textTokens);
  steps.step(wholeTexts(texts.slice(0, 3)));
  // Three go on by a token, one begins, and one comes in two pieces.
  const [fourth, fifth] = [ids.slice(60, 120), ids.slice(100, 400)];
  steps.step([{ text: 4, ids: fifth.slice(0, 130), start: 0 }]);
  const grown = texts.slice(0, 3).map((text, index) => longer(text, ids[300 + index]!));
  const pieces: HandPiece[] = [
    ...grown.map((text, index) => ({ text: index, ids: text, start: lengths[index]! })),
    { text: 3, ids: fourth, start: 0 },
    { text: 4, ids: fifth, start: 130 },
  ];
  const found = logitsOf(steps.step(pieces), pieces.length);
  return judged(found, alone(reference, [...grown, fourth, fifth]));
}

function acrossBorder({ device, reference, ids }: PagedSubjects): Result<null> {
  const begin = device.blockSize - 2;
  const steps = new PagedSteps(device, textTokens);
  const texts = [ids.slice(0, begin), ids.slice(50, 50 + begin)];
  steps.step(wholeTexts(texts));
  const found: Float32Array[] = [];
  const expected: Float32Array[] = [];
  let grown = texts;
  for (let round = 0; round < 4; round++) {
    grown = grown.map((text, index) => longer(text, ids[10 * index + round]!));
    const pieces = grown.map((text, index) => ({ text: index, ids: text, start: begin + round }));
    found.push(...logitsOf(steps.step(pieces), 2));
    expected.push(...alone(reference, grown));
  }
  return judged(found, expected);
}

function copied({ device, reference, ids }: PagedSubjects): Result<null> {
  const steps = new PagedSteps(device, textTokens);
  const text = ids.slice(0, 280);
  steps.step([{ text: 0, ids: text, start: 0 }]);
  const two = [longer(text, ids[5]!), longer(text, ids[6]!)];
  const pieces = two.map((grown, index) => ({ text: index, ids: grown, start: text.length }));
  const scores = steps.step(pieces, steps.copies(0, 1, text.length));
  return judged(logitsOf(scores, 2), alone(reference, two));
}

/** Steps of one to five texts, captured or not, say the same each time. */
function again({ device, reference, ids }: PagedSubjects): Result<null> {
  const steps = new PagedSteps(device, textTokens);
  const texts = textsOf(ids);
  steps.step(wholeTexts(texts));
  const grown = texts.map((text, index) => longer(text, ids[300 + index]!));
  const found: Float32Array[] = [];
  const first: Float32Array[] = [];
  for (const count of [1, 2, 4, 5]) {
    const pieces = grown.slice(0, count).map((text, index) => {
      return { text: index, ids: text, start: lengths[index]! };
    });
    const plan = steps.plan(pieces);
    const once = logitsOf(steps.run(plan), count);
    for (let round = 0; round < 6; round++) {
      found.push(...logitsOf(steps.run(plan), count));
      first.push(...once);
    }
  }
  const same = agreement(found, first);
  const near = judged(found.slice(-grown.length), alone(reference, grown));
  return {
    ...near,
    isGood: near.isGood && same.isEqual,
    said: `${shownAgreement(same)}; against fp32: ${near.said}`,
  };
}

function judged(found: readonly Float32Array[], expected: readonly Float32Array[]): Result<null> {
  const near = agreement(found, expected);
  return { isGood: agreesInFp16(near), said: shownAgreement(near), figures: near, value: null };
}
