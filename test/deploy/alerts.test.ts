// The rules and the configuration by Prometheus' own checks, and the made-up histories in alerts.yml.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { program } from '../support/programs.ts';
import { alertsFile, readAlerts } from './board.ts';

const promtool = program('promtool');
const historiesFile = 'test/deploy/alerts.yml';

interface Case {
  readonly alertname: string;
  readonly exp_alerts?: readonly object[];
}

const histories: readonly { readonly alert_rule_test: readonly Case[] }[] = parse(
  readFileSync(historiesFile, 'utf8'),
).tests;
const cases = histories.flatMap((history) => history.alert_rule_test);
const alerts = readAlerts();

function check(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(promtool.file!, words, { encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

describe.skipIf(promtool.file === null)(`promtool${promtool.why}`, () => {
  test.each([
    [['check', 'config', 'deploy/prometheus/prometheus.yml']],
    [['check', 'rules', '--lint=all', '--lint-fatal', alertsFile]],
    [['test', 'rules', historiesFile]],
  ])('%j finds nothing', (words) => {
    const { status, said } = check(...words);
    expect(status, said).toBe(0);
  });
});

describe.each(alerts)('the alert $alert', ({ alert, labels, annotations }) => {
  const own = cases.filter(({ alertname }) => alertname === alert);
  const isRaised = ({ exp_alerts = [] }: Case) => exp_alerts.length > 0;

  test('is raised by one history, and by another it is not', () => {
    expect(own.some(isRaised)).toBe(true);
    expect(own.filter((each) => !isRaised(each)).length).toBeGreaterThanOrEqual(2);
  });

  test('says how bad it is, and what is wrong where', () => {
    expect(['warning', 'critical']).toContain(labels.severity);
    expect(annotations.summary).toContain('{{ $labels.instance }}');
    expect(annotations.description).toMatch(/\.$/);
  });

  test('has its place in the documentation, with what to do', () => {
    const page = readFileSync('docs/deploying.md', 'utf8');
    expect(page).toMatch(new RegExp(`^\\| \`${alert}\` \\| .{40,} \\|$`, 'm'));
  });
});
