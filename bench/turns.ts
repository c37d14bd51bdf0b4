// Rounds in which the systems take turns, so that what the machine does meanwhile meets all of them.
// Only one is under load at a time. The others are suspended: even an idle server looks at its clock,
// and threads that wait for one another by spinning pay dearly for a neighbour.

import { setTimeout as pause } from 'node:timers/promises';
import { runClosedLoop } from '../src/load/closed-loop.ts';
import { randomPrompt } from '../src/load/prompts.ts';
import { processorSeconds, type Server } from './server.ts';
import type { Comparison } from './setup.ts';
import type { Asked, Demand, System } from './systems/system.ts';

export type Turn<T> = (system: System, server: Server, round: number) => Promise<T>;

/** A suspended process has nothing of a processor; but /proc counts in ticks, and may be late by some. */
const idleShare = 0.03;
const idleWatchMs = 1000;

/**
 * Calls `turn` for each system in each round, on a server that was started for `demand` and warmed; of
 * each system what it gave, round by round.
 */
export async function takeTurns<T>(
  comparison: Comparison,
  demand: Demand,
  systems: readonly System[],
  turn: Turn<T>,
): Promise<ReadonlyMap<System, readonly T[]>> {
  const results = new Map<System, T[]>(systems.map((system) => [system, []]));
  const servers = new Map<System, Server>();
  const start = async (system: System) => {
    servers.set(system, await system.start(demand));
    await warm(comparison, system, servers.get(system)!);
  };
  const wake = async (system: System) => {
    servers.get(system)!.resume();
    await warm(comparison, system, servers.get(system)!);
  };
  const stop = async (system: System) => {
    const server = servers.get(system);
    servers.delete(system);
    await server?.stop(system.kind === 'kvasir' ? 'SIGTERM' : 'SIGKILL');
  };
  try {
    if (!comparison.apart) {
      for (const system of systems) {
        await start(system);
        servers.get(system)!.suspend();
      }
      await requireIdle(servers);
    }
    for (let round = 0; round < comparison.rounds; round++) {
      // Each round begins with another one.
      for (let place = 0; place < systems.length; place++) {
        const system = systems[(place + round) % systems.length]!;
        if (comparison.apart) await start(system);
        else await wake(system);
        try {
          results.get(system)!.push(await turn(system, servers.get(system)!, round));
        } catch (error) {
          // Once more on a fresh server: hours of measuring should not hang on one connection.
          console.error(`${system.name} failed and is started again: ${(error as Error).message}`);
          await stop(system);
          await start(system);
          results.get(system)!.push(await turn(system, servers.get(system)!, round));
        }
        if (comparison.apart) await stop(system);
        else servers.get(system)!.suspend();
      }
    }
  } finally {
    for (const system of [...servers.keys()]) await stop(system);
  }
  return results;
}

/** A few tokens for each of a few streams: first runs allocate. */
async function warm(comparison: Comparison, system: System, server: Server): Promise<void> {
  const { vocabularySize } = comparison.model.config;
  await runClosedLoop(server, {
    clientCount: 2,
    requestsPerClient: 1,
    timeoutMs: comparison.timeoutMs,
    body: (index) =>
      system.body({
        prompt: randomPrompt(warmSeed + index, 32, vocabularySize),
        generatedTokens: 8,
        seed: 1,
      }),
  });
}

/** Far from those that are measured. */
const warmSeed = 2 ** 30;

async function requireIdle(servers: ReadonlyMap<System, Server>): Promise<void> {
  const before = [...servers.values()].map(({ processId }) => processorSeconds(processId));
  await pause(idleWatchMs);
  [...servers].forEach(([{ name }, { processId }], index) => {
    const share = (processorSeconds(processId) - before[index]!) / (idleWatchMs / 1000);
    if (share <= idleShare) return;
    throw new Error(`${name} is suspended and uses ${(100 * share).toFixed(0)} % of a processor`);
  });
}

/** The n-th prompt of a round: the same for every system, and never asked of a server before. */
export function promptOf(
  comparison: Comparison,
  place: { readonly point: number; readonly round: number; readonly index: number },
  promptTokens: number,
  generatedTokens: number,
): Asked {
  const { point, round, index } = place;
  const seed = ((point * 100 + round) * 10_000 + index) % warmSeed;
  const prompt = randomPrompt(seed + 1, promptTokens, comparison.model.config.vocabularySize);
  return { prompt, generatedTokens, seed: seed + 1 };
}
