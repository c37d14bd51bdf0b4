// A button that puts a text on the clipboard, and says that it did.

import { announce } from './announcer.ts';
import { button } from './element.ts';

const thanksMs = 1500;

export function copyButton(
  label: string,
  attributes: Readonly<Record<string, string>>,
  textOf: () => string,
): HTMLButtonElement {
  const element = button(label, attributes, () => void copy());
  const tell = (word: string) => {
    element.textContent = word;
    announce(`${word}.`);
    setTimeout(() => {
      element.textContent = label;
    }, thanksMs);
  };
  const copy = async () => {
    try {
      // Browsers have no clipboard for pages that came without encryption from another machine.
      await navigator.clipboard.writeText(textOf());
      tell('Copied');
    } catch {
      tell('Not allowed');
    }
  };
  return element;
}
