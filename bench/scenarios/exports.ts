// What it takes to write a checkpoint and to export it, by size: seconds, megabytes per second and the
// most memory, each command in a process of its own. The figures are those that the commands print.

import { rm } from 'node:fs/promises';
import path from 'node:path';
import { runChild } from '../child.ts';
import { command } from '../command.ts';
import { count, flag, variants } from '../flags.ts';
import { cacheFlag } from '../model.ts';
import { table, writeJson } from '../report.ts';
import { program } from '../server.ts';

const flags = {
  sizes: flag('LIST', '124M', 'published shapes, with random weights'),
  exports: flag('LIST', 'fp32', 'NAME=FLAGS;NAME=FLAGS: kvasir export with each of these'),
  cache: cacheFlag,
  keep: flag('on|off', 'off', 'whether what was written stays'),
  timeout: flag('SECONDS', '3600', 'longest run of one command'),
  json: flag('FILE', '', 'keeps the figures'),
};

interface Part {
  readonly seconds: number;
  readonly peakMegabytes: number;
}

interface Row {
  readonly size: string;
  readonly name: string;
  readonly written: Part & { readonly megabytesPerSecond: number };
  readonly verified: (Part & { readonly extent: string; readonly largestError: string }) | null;
}

export const exports = command(
  'seconds and memory of writing and exporting checkpoints, by size',
  flags,
  async (options) => {
    const timeoutMs = 1000 * count('timeout', options.timeout);
    const rows: Row[] = [];
    for (const size of options.sizes.split(',')) {
      const checkpoint = path.join(options.cache, `gpt2-${size}-export`);
      const folders = [checkpoint];
      try {
        // What stayed from another time is measured again.
        await rm(checkpoint, { recursive: true, force: true });
        const init = ['init', '--size', size, '--seed', '1', '--out', checkpoint];
        rows.push(readRow(size, 'init', await run(init, timeoutMs)));
        for (const variant of variants('exports', options.exports)) {
          const artifact = `${checkpoint}-${variant.name}`;
          folders.push(artifact);
          const given = ['export', '--checkpoint', checkpoint, '--out', artifact, ...variant.flags];
          rows.push(readRow(size, variant.name, await run(given, timeoutMs)));
          if (options.keep !== 'on') await rm(artifact, { recursive: true, force: true });
        }
      } finally {
        for (const folder of options.keep === 'on' ? [] : folders) {
          await rm(folder, { recursive: true, force: true });
        }
      }
    }
    print(rows);
    writeJson(options.json, { rows });
  },
);

/** What the program says, which is shown as it comes. */
function run(given: readonly string[], timeoutMs: number): Promise<string> {
  const show = (piece: string) => process.stderr.write(piece);
  return runChild(process.execPath, [program, ...given], timeoutMs, show);
}

/** Throws `Error` where the program said something else than it does. */
export function readRow(size: string, name: string, said: string): Row {
  const written = /^written in ([\d.]+) s, (\d+) MB\/s, peak memory (\d+) MB$/m.exec(said);
  if (written === null) throw new Error(`no figures in what was said:\n${said}`);
  const verified = /^verified in ([\d.]+) s, peak memory (\d+) MB$/m.exec(said);
  const compared = /^compared with the reference: (.+); largest error (\S+)/m.exec(said);
  const [, seconds, megabytesPerSecond, peakMegabytes] = written.map(Number);
  return {
    ...{ size, name },
    written: {
      seconds: seconds!,
      megabytesPerSecond: megabytesPerSecond!,
      peakMegabytes: peakMegabytes!,
    },
    verified:
      verified === null || compared === null
        ? null
        : {
            seconds: Number(verified[1]),
            peakMegabytes: Number(verified[2]),
            extent: compared[1]!,
            largestError: compared[2]!,
          },
  };
}

function print(rows: readonly Row[]): void {
  const heading = ['size', '', 'written s', 'MB/s', 'peak MB', 'verified s', 'peak MB', 'error'];
  const body = rows.map(({ size, name, written, verified }) => [
    ...[size, name, written.seconds.toFixed(1), String(written.megabytesPerSecond)],
    String(written.peakMegabytes),
    ...(verified === null
      ? ['', '', '']
      : [verified.seconds.toFixed(1), String(verified.peakMegabytes), verified.largestError]),
  ]);
  console.log(table([heading, ...body]));
  const extents = rows.filter(({ verified }) => verified !== null);
  for (const { size, name, verified } of extents) {
    console.log(`${size} ${name}: compared with the reference: ${verified!.extent}`);
  }
}
