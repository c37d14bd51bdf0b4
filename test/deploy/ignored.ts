// What .dockerignore keeps from the builder: the last pattern that a path or a folder above it matches
// decides, and one that begins with `!` lets it in.

import { readFileSync } from 'node:fs';
import path from 'node:path';

interface Rule {
  readonly keeps: boolean;
  readonly pattern: RegExp;
}

/** `isIgnored` takes paths relative to the folder of the file, with slashes. */
export function readIgnored(file = '.dockerignore'): (name: string) => boolean {
  const rules = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(readRule);
  return (name) => {
    let isIgnored = false;
    for (const { keeps, pattern } of rules) if (pattern.test(name)) isIgnored = !keeps;
    return isIgnored;
  };
}

function readRule(line: string): Rule {
  const keeps = line.startsWith('!');
  const glob = path.posix.normalize(keeps ? line.slice(1) : line).replace(/^\/|\/$/g, '');
  const source = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*\*\/?|\*|\?/g, (wild) => {
    if (wild === '?') return '[^/]';
    return wild === '*' ? '[^/]*' : '(?:.*/)?';
  });
  return { keeps, pattern: new RegExp(`^${source}(?:/|$)`) };
}
