// The board and the alerts as their files have them, and what they ask Prometheus.

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly datasource: { readonly uid: string };
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly Target[];
}

export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string }[];
  };
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
}

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

export const boardFile = 'deploy/grafana/boards/kvasir.json';
export const alertsFile = 'deploy/prometheus/alerts.yml';

export function readBoard(): Board {
  return JSON.parse(readFileSync(boardFile, 'utf8'));
}

export function readAlerts(): readonly Alert[] {
  const { groups } = parse(readFileSync(alertsFile, 'utf8'));
  return groups.flatMap(({ rules }: { rules: readonly Alert[] }) => rules);
}

/** Of all panels, with the panel that asks. */
export function queriesOf(
  board: Board,
): readonly { readonly title: string; readonly expr: string }[] {
  return board.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ title, expr })),
  );
}

/** As Grafana sends it where every server is shown. */
export function asAsked(expr: string, range: string): string {
  return expr
    .replaceAll('$__rate_interval', range)
    .replaceAll('$job', '.*')
    .replaceAll('$instance', '.*');
}

/** What it reads: names with their matchers, without ranges. */
export function selectorsOf(expr: string): readonly string[] {
  return expr.match(/\b(?:[a-z]+:[a-z0-9_]+|process_[a-z_]+|up)\b(?:\{[^}]*\})?/g) ?? [];
}
