// Which modules a compiled module needs, itself first: all that are named in `import` and `export`,
// and what those name in turn.

import path from 'node:path';

const names = /(?:^|[;\n])\s*(?:import|export)\b[^;'"]*?["'](\.[^'"\n]+)["']/g;

/** Paths with slashes, relative to one folder. `textOf`: what stands in a module. */
export function importedBy(entry: string, textOf: (name: string) => string): readonly string[] {
  const found = [entry];
  for (const name of found) {
    for (const [, place] of textOf(name).matchAll(names)) {
      const imported = path.posix.join(path.posix.dirname(name), place!);
      if (!found.includes(imported)) found.push(imported);
    }
  }
  return found;
}
