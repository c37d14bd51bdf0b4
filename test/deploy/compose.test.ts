// compose.yml: whether what it names is there, and fits what the images and the other files say.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { boardFile } from './board.ts';
import { readDockerfile, stageOf } from './dockerfile.ts';

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly target: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly stop_grace_period?: string;
  readonly command?: readonly string[];
}

const read = (file: string) => parse(readFileSync(file, 'utf8'), { merge: true });
const folder = 'deploy';
const compose = read('deploy/compose.yml');
const services: Readonly<Record<string, Service>> = compose.services;
const { server, prometheus, grafana } = services as Record<string, Service>;
const each = Object.entries(services);

/** [what is mounted, where, how]. */
const mounts = each.flatMap(([, { volumes }]) => volumes.map((volume) => volume.split(':')));

describe.each(each)('the service %s', (_, service) => {
  test('has an image of one version', () => {
    expect(service.image).toMatch(/^[\w/.-]+:v?\d+\.\d+\.\d+$/);
  });

  test('can write nothing but its volumes, and has no privileges', () => {
    expect(service.read_only).toBe(true);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
  });

  test('is reached from this machine alone', () => {
    for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  test('waits for services that can say that they are healthy', () => {
    for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(Object.keys(services)).toContain(name);
      expect(condition).toBe('service_healthy');
      // The server's check is in its image.
      if (services[name]!.build === undefined) expect(services[name]!.healthcheck).toBeDefined();
    }
  });
});

test('what is mounted of the repository is there, and cannot be written', () => {
  const own = mounts.filter(([from]) => from!.startsWith('.'));
  expect(own.length).toBeGreaterThan(2);
  for (const [from, , how] of own) {
    expect(existsSync(path.join(folder, from!)), from).toBe(true);
    expect(how, from).toBe('ro');
  }
});

test('volumes are declared, and each is used', () => {
  const used = mounts.map(([from]) => from!).filter((from) => !from.startsWith('.'));
  expect(Object.keys(compose.volumes).toSorted()).toEqual(used.toSorted());
});

describe('the server', () => {
  const stage = stageOf(readDockerfile(), server!.build!.target);
  const settings = new Map(
    stage.steps.filter(({ keyword }) => keyword === 'ENV').flatMap((step) => [...step.properties]),
  );

  test("is built from the project's Dockerfile, and has the project's version", () => {
    expect(path.join(folder, server!.build!.context)).toBe('.');
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(server!.image).toBe(`kvasir:${version}`);
  });

  test('has its volume where it keeps what it pulls', () => {
    const [, where] = server!.volumes[0]!.split(':');
    expect(where).toBe(settings.get('KVASIR_CACHE_DIRECTORY'));
  });

  test('is given longer to stop than it drains', () => {
    const grace = Number.parseInt(server!.stop_grace_period!, 10);
    expect(grace).toBeGreaterThan(Number(server!.environment!['KVASIR_DRAIN_TIMEOUT']));
  });

  test('is where Prometheus asks, by a name that it answers to', () => {
    const [scrape] = read('deploy/prometheus/prometheus.yml').scrape_configs;
    const [target] = scrape.static_configs[0].targets;
    expect(target).toBe(`server:${settings.get('KVASIR_PORT')}`);
    expect(server!.environment!['KVASIR_ALLOWED_HOSTS']).toBe('server');
    expect(server!.ports[0]).toMatch(`:${settings.get('KVASIR_PORT')}`);
  });
});

test('Prometheus finds its configuration, and its rules beside it', () => {
  const [from, where] = prometheus!.volumes[0]!.split(':');
  const flag = prometheus!.command!.find((each) => each.startsWith('--config.file='))!;
  const file = path.join(folder, from!, path.relative(where!, flag.split('=')[1]!));
  expect(existsSync(file)).toBe(true);
  for (const rules of read(file).rule_files) {
    expect(existsSync(path.join(path.dirname(file), rules)), rules).toBe(true);
  }
});

describe('Grafana', () => {
  test('has its source where Prometheus is, by the name that the board begins with', () => {
    const file = 'deploy/grafana/provisioning/datasources/prometheus.yml';
    const [source] = read(file).datasources;
    expect(source.url).toBe('http://prometheus:9090');
    expect(prometheus!.ports[0]).toMatch(/:9090$/);
    const board = JSON.parse(readFileSync(boardFile, 'utf8'));
    expect(board.templating.list[0].current.value).toBe(source.uid);
  });

  test('counts on as many scrapes as there are', () => {
    const [source] = read('deploy/grafana/provisioning/datasources/prometheus.yml').datasources;
    const { global } = read('deploy/prometheus/prometheus.yml');
    expect(source.jsonData.timeInterval).toBe(global.scrape_interval);
  });

  test('reads boards from where they are mounted, and begins with ours', () => {
    const [provider] = read('deploy/grafana/provisioning/dashboards/boards.yml').providers;
    const mounted = grafana!.volumes
      .map((each) => each.split(':'))
      .find(([from]) => from!.endsWith('/boards'))!;
    expect(provider.options.path).toBe(mounted[1]);
    const first = grafana!.environment!['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'];
    expect(first).toBe(`${mounted[1]}/${path.basename(boardFile)}`);
  });

  test('lets nobody change anything, and asks nobody outside', () => {
    expect(grafana!.environment).toMatchObject({
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
      GF_AUTH_BASIC_ENABLED: 'false',
      GF_AUTH_DISABLE_LOGIN_FORM: 'true',
      GF_ANALYTICS_REPORTING_ENABLED: 'false',
      GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
    });
  });
});
