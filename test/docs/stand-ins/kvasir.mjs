// The program as the blocks of the documentation call it. A server would never end: it is started on a
// free port, asked whether it is ready, and told to stop.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const program = path.join(process.env.DOCUMENTED_PROJECT, 'dist/src/main.js');

export async function kvasir(words) {
  const serves =
    words[0] === 'serve' && !words.some((word) => /^--(help|print-config)$/.test(word));
  return serves ? await serveUntilReady(words) : await run(program, words);
}

export async function run(file, words) {
  const child = spawn(process.execPath, [file, ...words], { stdio: 'inherit' });
  const [code] = await once(child, 'close');
  return code;
}

async function serveUntilReady(words) {
  // Of a flag given twice the last counts.
  const child = spawn(process.execPath, [program, ...words, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listening = new Promise((resolve) => {
    const take = (piece) => {
      output += piece;
      const found = /listening on (http:\/\/\S+:\d+)/.exec(output);
      if (found !== null) resolve(found[1].replace('0.0.0.0', '127.0.0.1'));
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
  });
  const ended = once(child, 'close');
  const url = await Promise.race([listening, ended.then(() => null)]);
  if (url !== null) {
    const reply = await fetch(`${url}/ready`);
    console.log(`served: ${reply.status}`);
    child.kill('SIGTERM');
  }
  const [code] = await ended;
  if (code !== 0) process.stderr.write(output);
  return code;
}

if (process.argv[1] === import.meta.filename)
  process.exitCode = await kvasir(process.argv.slice(2));
