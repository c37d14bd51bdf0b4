// How well the texts of a page stand out: for each that can be seen its contrast with what is behind
// it, as WCAG 2.2 counts it (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio).

import type { Page } from 'playwright-core';

export interface Contrast {
  readonly text: string;
  readonly ratio: number;
}

/** Texts of disabled controls are left out, as they are in WCAG. */
export function contrasts(page: Page): Promise<Contrast[]> {
  return page.evaluate(inPage);
}

const inPage = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  // Whatever way a colour is written in: drawn over another one, and read as bytes.
  const over = (colour, ground) => {
    canvas.fillStyle = 'rgb(' + ground.join(' ') + ')';
    canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const groundOf = (element) => {
    const { backgroundColor } = getComputedStyle(element);
    const parent = element.parentElement;
    return over(backgroundColor, parent === null ? [255, 255, 255] : groundOf(parent));
  };
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((byte) => {
      const share = byte / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const text = texts.currentNode.textContent.trim();
    if (text === '' || element.closest(':disabled, noscript, .unseen')) continue;
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    const ground = groundOf(element);
    const [low, high] = [luminance(ground), luminance(over(getComputedStyle(element).color, ground))]
      .sort((one, other) => one - other);
    found.push({ text, ratio: (high + 0.05) / (low + 0.05) });
  }
  return found;
})()`;
