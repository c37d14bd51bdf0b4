// The same random workload over rows and over blocks: who is not given up gets the same text, the same
// end and the same scores.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockCache } from '../../../src/kv/blocks/block-cache.ts';
import { BlockPool } from '../../../src/kv/blocks/block-pool.ts';
import { RowCache } from '../../../src/kv/row-cache.ts';
import { RowPool } from '../../../src/kv/rows.ts';
import { scoreAt, type TokenScore } from '../../../src/kv/token-score.ts';
import { type FinishReason, finishCodes, type Outcome } from '../../../src/scheduler/outcome.ts';
import { PagedScheduler } from '../../../src/scheduler/paged/paged-scheduler.ts';
import { Scheduler } from '../../../src/scheduler/scheduler.ts';
import type { SequenceRequest } from '../../../src/scheduler/sequence.ts';
import { BlockMemory } from '../../reference/block-memory.ts';
import { SimulatedCache } from '../../reference/cache.ts';
import { contextLength, peacefulOperation, requestsOf, settings } from './workload.ts';
import type { PagedSettings } from './world.ts';

interface Text {
  readonly tokens: number[];
  scores: (TokenScore | null)[];
  finish: FinishReason | null;
}

/** A scheduler of either kind, the model beneath it, and what became of each sequence. */
interface Side {
  readonly scheduler: Pick<Scheduler, 'submit' | 'abort' | 'outcome' | 'checkIntegrity'>;
  /** False when there was nothing to do. */
  readonly step: () => boolean;
  readonly texts: Map<number, Text>;
}

function overRows({ slotCount, spareTokens, prefixReuse }: PagedSettings): Side {
  const rows = new RowPool({ rowCount: slotCount, contextLength, rowBytes: 1 });
  const cache = new RowCache(rows, prefixReuse);
  const chunkTokens = 2 + spareTokens;
  const scheduler = new Scheduler({ cache, maxRunning: slotCount, chunkTokens });
  const memory = new SimulatedCache(slotCount, contextLength);
  const step = () => {
    const plan = scheduler.plan();
    if (plan === null) return false;
    const { picks, answers } = memory.run(plan);
    scheduler.commit(plan, picks, answers);
    return true;
  };
  return { scheduler, step, texts: new Map() };
}

function overBlocks(settings: PagedSettings): Side & { readonly scheduler: PagedScheduler } {
  const { blockSize, spareBlocks, slotCount, spareTokens, prefixReuse } = settings;
  const blockCount = Math.ceil(contextLength / blockSize) + spareBlocks;
  const pool = new BlockPool({ blockCount, blockSize, blockBytes: 1 });
  const cache = new BlockCache(pool, { slotCount, contextLength, reusesPrefixes: prefixReuse });
  const scheduler = new PagedScheduler({ cache, stepTokens: slotCount + spareTokens });
  const memory = new BlockMemory(blockCount, blockSize);
  const step = () => {
    const plan = scheduler.plan();
    if (plan === null) return false;
    const { picks, answers } = memory.run(plan);
    scheduler.commit(plan, picks, answers);
    return true;
  };
  return { scheduler, step, texts: new Map() };
}

function submit(side: Side, request: SequenceRequest): void {
  side.texts.set(request.id, { tokens: [], scores: [], finish: null });
  side.scheduler.submit(request);
}

function step(side: Side): boolean {
  const hasStepped = side.step();
  note(side.scheduler.outcome, side.texts);
  return hasStepped;
}

function note(outcome: Outcome, texts: ReadonlyMap<number, Text>): void {
  for (const { id, scores } of outcome.prompts) {
    texts.get(id)!.scores = Array.from(scores.counts, (_, index) => scoreAt(scores, index));
  }
  for (let index = 0; index < outcome.count; index += 1) {
    const text = texts.get(outcome.ids[index]!)!;
    if (outcome.tokens[index]! >= 0) text.tokens.push(outcome.tokens[index]!);
    text.finish = finishCodes[outcome.finishes[index]!]!;
  }
  outcome.clear();
}

test('over blocks a sequence gets what it gets over rows', () => {
  const counts = { compared: 0, scored: 0, preempted: 0 };
  fc.assert(
    fc.property(
      settings,
      fc.array(peacefulOperation, { minLength: 10, maxLength: 50 }),
      (chosen, operations) => {
        const rows = overRows(chosen);
        const blocks = overBlocks(chosen);
        const requests: SequenceRequest[] = [];
        for (const operation of operations) {
          if (operation.kind === 'submit') {
            // The rows' memory has scores for all tokens of a prompt.
            const submission = { ...operation, firstScored: 1 };
            for (const request of requestsOf(submission, requests.length)) {
              requests.push(request);
              submit(rows, request);
              submit(blocks, request);
            }
          } else if (operation.kind === 'abort') {
            rows.scheduler.abort(operation.id);
            blocks.scheduler.abort(operation.id);
          } else {
            for (let count = 0; count < operation.count; count += 1) {
              step(rows);
              step(blocks);
            }
          }
        }
        while (step(rows));
        while (step(blocks));
        for (const { id } of requests) {
          const [a, b] = [rows.texts.get(id)!, blocks.texts.get(id)!];
          if (a.finish === 'abort' || b.finish === 'abort') continue;
          expect(b.tokens).toEqual(a.tokens);
          expect(b.finish).toBe(a.finish);
          expect(b.scores).toEqual(a.scores);
          counts.compared += 1;
          counts.scored += a.scores.length;
        }
        counts.preempted += blocks.scheduler.preemptionCount;
      },
    ),
    { numRuns: 150 },
  );
  expect(counts.compared).toBeGreaterThan(1000);
  expect(counts.scored, 'some prompts are scored').toBeGreaterThan(1000);
  expect(counts.preempted, 'some sequences are preempted').toBeGreaterThan(50);
});
