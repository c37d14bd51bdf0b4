// What is said to those who do not see the page change. One thing at a time; the last word stands.

import { byId } from './element.ts';

export function announce(sentence: string): void {
  byId('announcer').textContent = sentence;
}
