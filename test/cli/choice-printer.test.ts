// Texts that come at the same time, and are printed one after the other.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChoicePrinter, separator } from '../../src/cli/choice-printer.ts';

function printing(choiceCount: number) {
  let printed = '';
  const printer = new ChoicePrinter(choiceCount, (text) => (printed += text));
  return { printer, printed: () => printed };
}

test('one text is printed as it comes', () => {
  const { printer, printed } = printing(1);
  printer.take(0, 'a b', false);
  expect(printed()).toBe('a b');
  expect(printer.endsLine).toBe(false);
  printer.take(0, ' c\n', true);
  expect(printed()).toBe('a b c\n');
  expect(printer.endsLine).toBe(true);
});

test('a second one waits for the first, and then is printed as far as it has come', () => {
  const { printer, printed } = printing(2);
  printer.take(1, 'B', false);
  printer.take(0, 'A', false);
  expect(printed()).toBe('A');
  printer.take(0, '', true);
  expect(printed()).toBe(`A\n${separator}\nB`);
  printer.take(1, 'b', true);
  expect(printed()).toBe(`A\n${separator}\nBb`);
});

test('whatever the order the pieces come in, the texts are whole and in order', () => {
  const piece = fc.constantFrom('a', 'bc', '\n', '');
  const texts = fc.array(fc.array(piece, { minLength: 1, maxLength: 5 }), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(texts, fc.infiniteStream(fc.nat()), (choices, picks) => {
      const { printer, printed } = printing(choices.length);
      const next = choices.map(() => 0);
      for (const pick of picks) {
        const open = choices.flatMap((text, index) => (next[index]! < text.length ? [index] : []));
        if (open.length === 0) break;
        const index = open[pick % open.length]!;
        const at = next[index]!++;
        printer.take(index, choices[index]![at]!, next[index] === choices[index]!.length);
      }
      const whole = choices.map((pieces) => pieces.join(''));
      const expected = whole
        .map((text, index) => {
          const isLast = index === whole.length - 1;
          // A line that has not ended ends before the separator; after one, the line is new.
          return isLast ? text : `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}---\n`;
        })
        .join('');
      expect(printed()).toBe(expected);
    }),
  );
});
