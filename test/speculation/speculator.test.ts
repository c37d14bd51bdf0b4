import { expect, test } from 'vitest';
import { Speculator } from '../../src/speculation/speculator.ts';

function growing(promptIds: readonly number[], room = 40) {
  const text = {
    promptIds: Int32Array.from(promptIds),
    generatedIds: new Int32Array(room),
    generatedCount: 0,
    push(...ids: number[]) {
      for (const id of ids) text.generatedIds[text.generatedCount++] = id;
    },
  };
  return text;
}

const rhyme = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14];

/** Has seen an ordinary step, of another text. */
function experienced(contextLength: number): Speculator {
  const speculator = new Speculator(contextLength);
  const text = growing([1]);
  speculator.draftFor(text, 1);
  speculator.stepped(text, 20);
  return speculator;
}

/** What is drafted once drafts may be long. */
function drafted(speculator: Speculator, text: ReturnType<typeof growing>, limit: number) {
  const count = speculator.draftFor(text, limit);
  return [...speculator.draft.subarray(0, count)];
}

test('what followed the same words in the prompt is drafted', () => {
  const speculator = experienced(100);
  const text = growing([...rhyme, 1, 2, 5]);
  expect(drafted(speculator, text, 16), 'one token is no ending to look for').toEqual([]);
  text.push(6);
  const first = drafted(speculator, text, 16);
  expect(first.length).toBeGreaterThan(0);
  expect(first).toEqual(rhyme.slice(2, 2 + first.length));
  speculator.checked(first.length, first.length, 22);
  text.push(...rhyme.slice(2, 3 + first.length));
  const second = drafted(speculator, text, 16);
  expect(second.length, 'accepted drafts are followed by longer ones').toBeGreaterThan(
    first.length,
  );
  const start = 3 + first.length;
  const expected = [...rhyme.slice(start), 1, 2, ...rhyme.slice(0, start)];
  expect(second).toEqual(expected.slice(0, second.length));
});

test('no draft is longer than the limit', () => {
  const speculator = experienced(100);
  const text = growing([...rhyme, ...rhyme]);
  expect(drafted(speculator, text, 1)).toEqual([5]);
  expect(drafted(speculator, text, 0)).toEqual([]);
});

test('another text starts anew, even one that begins like the last', () => {
  const speculator = experienced(100);
  expect(drafted(speculator, growing([...rhyme, 5, 6]), 1)).toEqual([7]);
  expect(drafted(speculator, growing([5, 6]), 1)).toEqual([]);
  expect(drafted(speculator, growing([...rhyme, 8, 9]), 1)).toEqual([10]);
});

test('drafts that fail are given up, those of another text are not', () => {
  const speculator = experienced(400);
  const text = growing([...rhyme, ...rhyme], 200);
  let draftCount = 0;
  for (let step = 0; step < 60; step += 1) {
    // The next token is never what came before, but the two before it always did.
    text.push(5, 6);
    const count = speculator.draftFor(text, 16);
    if (count > 0) {
      speculator.checked(count, 0, 20 * (1 + 0.1 * count));
      draftCount += 1;
    } else speculator.stepped(text, 20);
    text.push(100 + step);
  }
  expect(draftCount).toBeGreaterThan(0);
  expect(draftCount).toBeLessThan(15);
  expect(drafted(speculator, growing([...rhyme, ...rhyme]), 1)).toEqual([5]);
});

test('the first step of all is an ordinary one, to compare others with', () => {
  const speculator = new Speculator(100);
  const text = growing([...rhyme, 5, 6]);
  expect(drafted(speculator, text, 16)).toEqual([]);
  speculator.stepped(text, 20);
  expect(drafted(speculator, text, 1)).toEqual([7]);
});
