// Steps of the model without HTTP and without a scheduler: decode steps, prompts, scored prompts; beside
// llama-batched-bench on the same weights.

import { spread } from '../../src/load/statistics.ts';
import { readManifest } from '../../src/model/artifact.ts';
import {
  boundSeconds,
  decodeWork,
  prefillWork,
  type ServedWeights,
  type Work,
} from '../bounds/roofline.ts';
import { command } from '../command.ts';
import { count, flag, numbers, variants } from '../flags.ts';
import { RawModel } from '../raw-model.ts';
import { shownShare, shownSpread, table, writeJson } from '../report.ts';
import { type Bench, facts, llamaTypes, modelFlags, prepare, systemFlags } from '../setup.ts';
import { artifactOf, weightsOf } from '../systems/artifact.ts';
import { batchedBench } from '../systems/batched-bench.ts';

const flags = {
  artifacts: flag('LIST', 'fp32', 'NAME=FLAGS;NAME=FLAGS: each made by kvasir export with these'),
  batches: flag('LIST', '1,8,32', 'sequences of a decode step'),
  pasts: flag('LIST', '64,512', 'tokens before the first step'),
  steps: flag('N', '16', 'steps that are timed together'),
  prompts: flag('LIST', '64,256,512', 'tokens of a prompt'),
  scored: flag('LIST', '512', 'tokens of a prompt that is scored'),
  ...modelFlags,
  llama: systemFlags.llama,
  'llama-type': systemFlags['llama-type'],
  timeout: flag('SECONDS', '900', 'longest run of llama-batched-bench'),
};

/** One thing that is timed, by every system. */
interface Task {
  readonly name: string;
  readonly work: Work;
  /** Runs of `work`. */
  readonly times: number;
  readonly ours: (model: RawModel) => number;
  /** Null: it does no such thing. */
  readonly llama: { readonly batch: number; readonly prompt: number; readonly part: Part } | null;
}

type Part = 'prefillSeconds' | 'decodeSeconds';

interface Contestant {
  readonly name: string;
  readonly weights: ServedWeights;
  /** Seconds of each task of one round; null where it does no such thing. */
  run(tasks: readonly Task[]): Promise<readonly (number | null)[]>;
}

export const steps = command(
  'steps of the model alone, beside llama-batched-bench',
  flags,
  async (values) => {
    const bench = await prepare(values);
    const shapes = {
      batches: numbers('batches', values.batches),
      pasts: numbers('pasts', values.pasts),
      steps: count('steps', values.steps),
      prompts: numbers('prompts', values.prompts),
      scored: numbers('scored', values.scored),
    };
    const timeoutMs = 1000 * count('timeout', values.timeout);
    const tasks = tasksOf(shapes);
    const contestants: Contestant[] = [];
    for (const variant of variants('artifacts', values.artifacts)) {
      contestants.push(kvasir(bench, variant.name, await artifactOf(bench.model, variant), shapes));
    }
    if (values.llama !== '') {
      for (const type of llamaTypes(values['llama-type'])) {
        contestants.push(llama(bench, { directory: values.llama, type }, shapes, timeoutMs));
      }
    }
    const results = new Map(contestants.map((one) => [one, tasks.map((): number[] => [])]));
    for (let round = 0; round < bench.rounds; round++) {
      for (let place = 0; place < contestants.length; place++) {
        const one = contestants[(place + round) % contestants.length]!;
        (await one.run(tasks)).forEach((seconds, index) => {
          if (seconds !== null) results.get(one)![index]!.push(seconds);
        });
      }
    }
    const rows = tasks.flatMap((task, index) =>
      contestants
        .filter((one) => results.get(one)![index]!.length > 0)
        .map((one) => row(bench, task, one, results.get(one)![index]!)),
    );
    console.log(`\n${shown(rows)}`);
    writeJson(values.json, { ...facts(bench), scenario: 'steps', shapes, rows });
  },
);

interface Shapes {
  readonly batches: readonly number[];
  readonly pasts: readonly number[];
  readonly steps: number;
  readonly prompts: readonly number[];
  readonly scored: readonly number[];
}

function tasksOf({ batches, pasts, steps, prompts, scored }: Shapes): Task[] {
  const decode = pasts.flatMap((past) =>
    batches.map((batch): Task => {
      return {
        name: `decode ${batch} after ${past}`,
        work: decodeWork(batch, past + steps / 2),
        times: steps,
        ours: (model) => model.decode(batch, past, steps),
        llama: { batch, prompt: past, part: 'decodeSeconds' },
      };
    }),
  );
  const prefill = prompts.map((prompt): Task => {
    return {
      name: `prefill ${prompt}`,
      work: prefillWork(prompt, 1),
      times: 1,
      ours: (model) => model.prefill(prompt, false),
      llama: { batch: 1, prompt, part: 'prefillSeconds' },
    };
  });
  const scoring = scored.map((prompt): Task => {
    return {
      name: `score ${prompt}`,
      work: prefillWork(prompt, prompt),
      times: 1,
      ours: (model) => model.prefill(prompt, true),
      llama: null,
    };
  });
  return [...decode, ...prefill, ...scoring];
}

function kvasir(
  { machine }: Bench,
  name: string,
  artifact: string,
  { batches }: Shapes,
): Contestant {
  return {
    name,
    weights: weightsOf(readManifest(artifact)),
    run: async (tasks) => {
      const raw = new RawModel(artifact, Math.max(...batches), machine.serverThreads);
      try {
        raw.prefill(64, false); // first runs allocate
        return tasks.map((task) => task.ours(raw));
      } finally {
        raw.dispose();
      }
    },
  };
}

function llama(
  { model, machine }: Bench,
  choice: { readonly directory: string; readonly type: 'f32' | 'q8_0' },
  { batches, pasts, steps, prompts }: Shapes,
  timeoutMs: number,
): Contestant {
  const run = (shapes: { prompts: readonly number[]; batches: readonly number[]; steps: number }) =>
    batchedBench(model, machine, choice, shapes, timeoutMs);
  return {
    name: `llama-${choice.type}`,
    weights: { kind: choice.type === 'f32' ? 'fp32' : 'q8_0', cacheBytesPerNumber: 2 },
    run: async (tasks) => {
      const decoded = await run({ prompts: pasts, batches, steps });
      const read = await run({ prompts, batches: [1], steps: 1 });
      return tasks.map((task) => {
        if (task.llama === null) return null;
        const { batch, prompt, part } = task.llama;
        const lines = part === 'decodeSeconds' ? decoded : read;
        const line = lines.find((one) => one.batch === batch && one.promptTokens === prompt);
        if (line === undefined) throw new Error(`llama-batched-bench left out ${task.name}`);
        return line[part];
      });
    },
  };
}

type Row = ReturnType<typeof row>;

function row(
  { bounds, model }: Bench,
  { name, work, times }: Task,
  contestant: Contestant,
  seconds: readonly number[],
) {
  const ms = spread(seconds.map((time) => (1000 * time) / times));
  const bound = bounds && boundSeconds(work, model.config, contestant.weights, bounds);
  return {
    task: name,
    system: contestant.name,
    ms,
    tokensPerSecond: spread(seconds.map((time) => (work.tokens * times) / time)),
    boundShare: bound && (1000 * bound) / ms.median,
  };
}

function shown(rows: readonly Row[]): string {
  return table([
    ['task', 'system', 'ms', 'tokens/s', 'of bound'],
    ...rows.map((row) => [
      row.task,
      row.system,
      shownSpread(row.ms, 1),
      shownSpread(row.tokensPerSecond),
      shownShare(row.boundShare),
    ]),
  ]);
}
