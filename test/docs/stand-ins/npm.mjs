// npm as the blocks of the documentation call it: `npm start` and `npm run NAME` do what package.json
// says without compiling again; `npm ci` and `npm test` have been done, or are being done, by whoever runs
// this. Anything else is an error.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { kvasir, run } from './kvasir.mjs';

const project = process.env.DOCUMENTED_PROJECT;
const { scripts } = JSON.parse(readFileSync(path.join(project, 'package.json'), 'utf8'));
const [verb, ...rest] = process.argv.slice(2);

/** Words after `--`, or after the name, as npm passes them on. */
function given(words) {
  return words[0] === '--' ? words.slice(1) : words;
}

async function runScript(name, words) {
  const script = scripts[name];
  if (script === undefined) throw new Error(`package.json has no script ${name}`);
  const built = /^npm run --silent build && exec node (\S+)(.*)$/.exec(script);
  if (built === null) throw new Error(`what "npm run ${name}" does is not known here: ${script}`);
  const [, file, fixed] = built;
  const words_ = [...fixed.trim().split(' ').filter(Boolean), ...words];
  const isKvasir = file === 'dist/src/main.js';
  return isKvasir ? await kvasir(words_) : await run(path.join(project, file), words_);
}

switch (verb) {
  case 'ci':
    if (!existsSync(path.join(project, 'package-lock.json')))
      throw new Error('no package-lock.json');
    break;
  case 'test':
    if (scripts.test === undefined) throw new Error('package.json has no script test');
    break;
  case 'start':
    process.exitCode = await runScript('start', given(rest));
    break;
  case 'run':
    process.exitCode = await runScript(rest[0], given(rest.slice(1)));
    break;
  default:
    throw new Error(`npm ${verb} is not known here`);
}
