// Log-probabilities on the real model: of prompts and of generated tokens.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SequenceRequest, TokenScore } from '../../src/engine/protocol.ts';
import { freeDraw } from '../../src/sampling/parameters.ts';
import { greedy, request, scoring, TestBench, type TestEngine } from '../support/engine.ts';
import { exportedStoryteller, type OraclePrompt, oracle } from '../support/storyteller.ts';

let bench: TestBench;
beforeAll(async () => {
  bench = new TestBench(await exportedStoryteller());
});
afterAll(() => bench.dispose());

function run(chunkTokens: number, ...requests: SequenceRequest[]): TestEngine {
  const engine = bench.engine({ rowCount: 4, chunkTokens });
  for (const each of requests) engine.loop.submit(each);
  engine.run();
  return engine;
}

function promptScores(chunkTokens: number, ...requests: SequenceRequest[]): readonly TokenScore[] {
  return run(chunkTokens, ...requests).prompts.get(requests[0]!.id)!.scores;
}

describe('a scored prompt', () => {
  test.each([...oracle.prompts, oracle.long].map((prompt, index) => [index, prompt] as const))(
    'has the log-probabilities of an independent implementation: %i',
    (_, prompt: Omit<OraclePrompt, 'last_logits'>) => {
      const found = promptScores(256, scoring(1, prompt.ids, 5));
      expect(found).toHaveLength(prompt.ids.length - 1);
      found.forEach((score, position) => {
        const logits = prompt.top_logits[position]!;
        const tolerance = 1e-4 * Math.max(...logits.map(Math.abs), prompt.log_sum_exp[position]!);
        const expected = logits.map((logit) => logit - prompt.log_sum_exp[position]!);
        expect([...score.topIds]).toEqual(prompt.top_ids[position]);
        score.topLogprobs.forEach((logprob, place) => {
          expect(Math.abs(logprob - expected[place]!)).toBeLessThan(tolerance);
        });
        const place = prompt.top_ids[position]!.indexOf(prompt.ids[position + 1]!);
        if (place >= 0) expect(score.logprob).toBe(score.topLogprobs[place]);
        else expect(score.logprob).toBeLessThanOrEqual(score.topLogprobs[4]!);
      });
    },
  );

  test('gives a text the likelihood that an independent implementation gives it', () => {
    const windows = [0, 512, 1024, 1536].map((start, id) =>
      scoring(id, oracle.text.ids.slice(start, start + 513), 0),
    );
    const { prompts } = run(256, ...windows);
    const logprobs = windows.flatMap(({ id }) => prompts.get(id)!.scores.map((s) => s.logprob));
    const mean = logprobs.reduce((sum, logprob) => sum - logprob, 0) / logprobs.length;
    expect(logprobs).toHaveLength(2048);
    expect(mean).toBeCloseTo(oracle.text.mean_nll, 4);
  });

  test('has the same bits in chunks, among others and in one piece', () => {
    const subject = scoring(1, oracle.text.ids.slice(0, 300), 3);
    const others = [2, 3].map((id) => request(id, oracle.prompts[id]!.ids, 40));
    const whole = promptScores(1023, subject);
    // Rows of 50,257 floats lie in memory each as its index has it: neither may that matter.
    for (const chunkTokens of [2, 5, 100])
      expect(promptScores(chunkTokens, subject)).toEqual(whole);
    expect(promptScores(37, subject, ...others, scoring(4, oracle.prompts[0]!.ids, 20))).toEqual(
      whole,
    );
  });

  test('has the same bits where it shares a step with others', () => {
    const subjects = [300, 30, 25, 18].map((length, id) => {
      return scoring(id, oracle.text.ids.slice(100 * id, 100 * id + length), id);
    });
    const others = [request(8, oracle.text.ids.slice(500, 520), 3)];
    const engine = bench.engine({ rowCount: 8, chunkTokens: 128 });
    for (const each of [...subjects.slice(1), ...others, subjects[0]!]) engine.loop.submit(each);
    expect([...engine.step()!.admitted]).toEqual([1, 2, 3, 8]);
    engine.run();
    for (const subject of subjects) {
      expect(engine.prompts.get(subject.id)!.scores).toEqual(promptScores(1023, subject));
    }
  });

  test.each([7, 37, 256])(
    'has the same bits where only its end is scored, in chunks of %i',
    (size) => {
      const subject = scoring(1, oracle.text.ids.slice(0, 300), 2);
      const whole = promptScores(1023, subject);
      for (const firstScored of [1, 2, 38, 150, 257, 299, 300]) {
        const found = promptScores(size, { ...subject, firstScored });
        expect(found.slice(firstScored - 1)).toEqual(whole.slice(firstScored - 1));
        expect(found.slice(0, firstScored - 1)).toEqual(new Array(firstScored - 1).fill(null));
      }
    },
  );

  test('is scored as far as its forks ask, too', () => {
    const leader = { ...scoring(1, oracle.text.ids.slice(0, 60), 0), firstScored: 50 };
    const fork = { ...leader, id: 2, forkOf: 1, promptLogprobCount: 1, firstScored: 20 };
    const whole = promptScores(1023, scoring(1, leader.promptIds as never, 1));
    const { prompts } = run(16, leader, fork);
    expect(prompts.get(2)!.scores.slice(19)).toEqual(whole.slice(19));
    expect(
      prompts
        .get(2)!
        .scores.slice(0, 19)
        .every((score) => score === null),
    ).toBe(true);
    expect(prompts.get(1)!.scores[49]!.logprob).toBe(whole[49]!.logprob);
  });

  test('that was scored in part is reused only where its scores are known', () => {
    const ids = oracle.text.ids.slice(0, 80);
    const engine = bench.engine({ rowCount: 4, chunkTokens: 64, prefixReuse: true });
    for (const each of [{ ...scoring(1, ids, 0), firstScored: 40 }, scoring(2, ids, 0)]) {
      engine.loop.submit(each);
      engine.run();
    }
    expect(engine.prompts.get(2)!.cachedTokenCount).toBe(0);
    expect(engine.prompts.get(2)!.scores).toEqual(promptScores(64, scoring(2, ids, 0)));
  });

  test('ends with its prompt where nothing is to be generated, whatever its length', () => {
    const { contextLength } = bench.manifest.config;
    const full = scoring(1, oracle.text.ids.slice(0, contextLength), 0);
    const engine = run(256, full, scoring(2, [464], 5), scoring(3, [464, 262], 5));
    expect([1, 2, 3].map((id) => engine.prompts.get(id)!.scores.length)).toEqual([1023, 0, 1]);
    expect([1, 2, 3].map((id) => engine.endings.get(id))).toEqual(['length', 'length', 'length']);
    expect([...engine.ids.values()].flat()).toEqual([]);
  });

  test('generates what it generates unscored', () => {
    const { ids, greedy_ids: greedyIds } = oracle.prompts[1]!;
    const engine = run(16, request(1, ids, 12, greedy, [], { promptLogprobCount: 1 }));
    expect(engine.ids.get(1)).toEqual(greedyIds.slice(0, 12));
    expect(engine.prompts.get(1)!.scores).toEqual(promptScores(16, scoring(1, ids, 1)));
  });
});

describe('a generated token', () => {
  test('is scored as it would be in a prompt, but for rounding', () => {
    const { ids } = oracle.prompts[1]!;
    const engine = run(16, request(1, ids, 20, greedy, [], { logprobCount: 4 }));
    const text = [...ids, ...engine.ids.get(1)!];
    const expected = promptScores(16, scoring(1, text, 4)).slice(ids.length - 1);
    const found = engine.tokenScores.get(1)!;
    expect(found).toHaveLength(20);
    found.forEach((score, index) => {
      expect(score.logprob).toBe(score.topLogprobs[0]);
      expect(score.logprob).toBeCloseTo(expected[index]!.logprob, 4);
      expect(score.topIds).toEqual(expected[index]!.topIds);
    });
  });

  test('is scored before temperature, also where no candidate is what was drawn', () => {
    const hot = { ...freeDraw, inverseTemperature: 0.2, seedLow: 5 };
    const ids = oracle.prompts[0]!.ids;
    const engine = run(16, request(1, ids, 20, hot, [], { logprobCount: 20 }));
    const text = [...ids, ...engine.ids.get(1)!];
    const expected = promptScores(16, scoring(1, text, 0)).slice(ids.length - 1);
    expect(engine.failures.get(1)).toBeUndefined();
    engine.tokenScores.get(1)!.forEach((score, index) => {
      expect(score.topIds).toHaveLength(20);
      expect(score.logprob).toBeCloseTo(expected[index]!.logprob, 3);
      expect(score.logprob).toBe(Math.fround(score.logprob));
    });
    const places = engine.tokenScores.get(1)!.map((score, index) => {
      return score.topIds.indexOf(engine.ids.get(1)![index]!);
    });
    expect(places).toContain(-1);
  });

  test('has a score only where one was asked for', () => {
    const ids = oracle.prompts[0]!.ids;
    const asking = request(2, ids, 3, greedy, [], { logprobCount: 0 });
    const engine = run(16, request(1, ids, 5), asking);
    expect(engine.tokenScores.get(1)).toBeUndefined();
    expect(engine.tokenScores.get(2)!.map((score) => score.topIds.length)).toEqual([0, 0, 0]);
    expect(engine.prompts.get(1)).toEqual({ id: 1, cachedTokenCount: 0, scores: [] });
  });
});
