// The Dockerfile as far as it can be judged by reading it.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { validate } from 'dockerfile-utils';
import { describe, expect, test } from 'vitest';
import { copied, readDockerfile, type Stage, stageOf } from './dockerfile.ts';
import { readIgnored } from './ignored.ts';

const text = readFileSync('Dockerfile', 'utf8');
const dockerfile = readDockerfile();
const { stages, defaults } = dockerfile;
const targets = ['cpu', 'cuda'] as const;
const isIgnored = readIgnored();

const copies = stages.flatMap((stage) =>
  stage.steps.filter(({ keyword }) => keyword === 'COPY').map((step) => ({ stage, step })),
);

function lastOf(stage: Stage, keyword: string) {
  return stage.steps.findLast((step) => step.keyword === keyword);
}

test('the linter finds nothing', () => {
  expect(validate(text)).toEqual([]);
});

test('whoever names no target builds the image for processors', () => {
  expect(stages.at(-1)!.name).toBe('cpu');
});

test('every image that is begun from is an argument, pinned to a version', () => {
  const names = stages.map(({ name }) => name);
  const images = stages.map(({ base }) => base).filter((base) => !names.includes(base));
  const pinned = [...defaults].filter(([name]) => name.endsWith('_IMAGE')).map(([, tag]) => tag);
  for (const image of images) if (image !== 'scratch') expect(pinned).toContain(image);
  for (const image of pinned) expect(image).toMatch(/:\d+\.\d+\.\d+[\w.-]*$/);
});

test("the version in the labels is the project's", () => {
  expect(defaults.get('VERSION')).toBe(JSON.parse(readFileSync('package.json', 'utf8')).version);
});

test('a stage begins from and copies from stages that stand before it', () => {
  stages.forEach((stage, index) => {
    const before = stages.slice(0, index).map(({ name }) => name);
    for (const { flags } of stage.steps) {
      if (flags.has('from')) expect(before).toContain(flags.get('from'));
    }
    const names = stages.map(({ name }) => name);
    if (names.includes(stage.base)) expect(before).toContain(stage.base);
  });
});

test('what is copied from the repository is there, and .dockerignore lets it in', () => {
  const sources = copies
    .filter(({ step }) => !step.flags.has('from'))
    .flatMap(({ step }) => copied(step).sources);
  expect(sources.length).toBeGreaterThan(5);
  for (const source of sources) {
    expect(existsSync(source), source).toBe(true);
    expect(isIgnored(source), source).toBe(false);
  }
});

test('all that is compiled is copied, but the benchmarks', () => {
  const { include } = JSON.parse(readFileSync('tsconfig.build.json', 'utf8'));
  const sources = stageOf(dockerfile, 'build').steps.flatMap((step) =>
    step.keyword === 'COPY' ? copied(step).sources : [],
  );
  for (const folder of include) if (folder !== 'bench') expect(sources).toContain(folder);
});

test('.dockerignore keeps out all else', () => {
  const sources = copies
    .filter(({ step }) => !step.flags.has('from'))
    .flatMap(({ step }) => copied(step).sources);
  const letIn = readFileSync('.dockerignore', 'utf8').match(/(?<=^!).+/gm);
  expect(letIn!.toSorted()).toEqual(sources.toSorted());
  for (const name of ['.git/config', 'node_modules/ws/index.js', '.env', 'deploy/compose.yml']) {
    expect(isIgnored(name), name).toBe(true);
  }
});

test('several files are copied into a folder that is written as one', () => {
  for (const { step } of copies) {
    const { sources, to } = copied(step);
    if (sources.length > 1) expect(to, `line ${step.line}`).toMatch(/\/$/);
  }
});

test('what apt fetched of lists stays in no layer, and it asks nothing', () => {
  const runs = stages.flatMap(({ steps }) => steps).filter(({ keyword }) => keyword === 'RUN');
  for (const { text: command } of runs) {
    if (!command.includes('apt-get')) continue;
    expect(command).toContain('rm -rf /var/lib/apt/lists/*');
    expect(command).toMatch(/install --yes --no-install-recommends/);
  }
});

test('no secret is an argument or a variable', () => {
  const names = stages
    .flatMap(({ steps }) => steps)
    .flatMap(({ keyword, properties }) => (keyword === 'LABEL' ? [] : [...properties.keys()]));
  for (const name of [...names, ...defaults.keys()]) {
    expect(name).not.toMatch(/token|secret|password|api_?key/i);
  }
});

describe.each(targets)('the target %s', (name) => {
  const stage = stageOf(dockerfile, name);

  test('runs as somebody who is not root, by number', () => {
    const user = lastOf(stage, 'USER')!;
    expect(user.text).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    const after = stage.steps.slice(stage.steps.indexOf(user) + 1).map(({ keyword }) => keyword);
    expect(after).not.toContain('RUN');
  });

  test('starts the server as its first process, which hears signals', () => {
    expect(lastOf(stage, 'ENTRYPOINT')!.exec).toEqual(['node', 'dist/src/main.js']);
    expect(lastOf(stage, 'CMD')!.exec).toEqual(['serve']);
    expect(lastOf(stage, 'STOPSIGNAL')).toBeUndefined();
  });

  test('has a health check without a shell, on the port that the server listens on', () => {
    const { text: check, flags } = lastOf(stage, 'HEALTHCHECK')!;
    const [program, , code] = JSON.parse(check.replace(/^CMD /, ''));
    expect(program).toBe('node');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it stands so in the file
    expect(code).toContain('127.0.0.1:${process.env.KVASIR_PORT}/ready');
    expect([...flags.keys()]).toEqual(['interval', 'timeout', 'start-period', 'retries']);
  });

  test('listens on every interface, on the port that it exposes', () => {
    const { properties } = lastOf(stage, 'ENV')!;
    expect(properties.get('KVASIR_HOST')).toBe('0.0.0.0');
    expect(lastOf(stage, 'EXPOSE')!.text).toBe(properties.get('KVASIR_PORT'));
  });

  test('says what it is in labels', () => {
    const { properties } = lastOf(stage, 'LABEL')!;
    const label = (key: string) => properties.get(`org.opencontainers.image.${key}`);
    expect(label('title')).toMatch(/Kvasir/);
    expect(label('description')).toMatch(/GPT-2/);
    expect(label('licenses')).toBe('MIT');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it stands so in the file
    expect(label('version')).toBe('${VERSION}');
  });

  test('sets only what the command line knows', () => {
    const table = readFileSync('src/config/serve-table.ts', 'utf8');
    const cuda = readFileSync('src/config/cuda-table.ts', 'utf8');
    const hub = readFileSync('src/config/hub-table.ts', 'utf8');
    for (const variable of lastOf(stage, 'ENV')!.properties.keys()) {
      if (!variable.startsWith('KVASIR_')) continue;
      const flag = variable.slice('KVASIR_'.length).toLowerCase().replaceAll('_', '-');
      expect(table + cuda + hub, variable).toContain(`'${flag}'`);
    }
  });
});

test("the images differ in nothing that they have in common but the device's", () => {
  const keep = (name: string) =>
    stageOf(dockerfile, name).steps.filter(({ keyword }) =>
      ['USER', 'EXPOSE', 'ENTRYPOINT', 'CMD', 'WORKDIR'].includes(keyword),
    );
  const texts = (name: string) => keep(name).map(({ keyword, text: words }) => [keyword, words]);
  expect(texts('cuda')).toEqual(texts('cpu'));
  const check = (name: string) => lastOf(stageOf(dockerfile, name), 'HEALTHCHECK')!.text;
  expect(check('cuda')).toBe(check('cpu'));
});

test('scripts that the Dockerfile runs can be run', () => {
  expect(statSync('deploy/check-cuda-provider.sh').mode & 0o111).toBe(0o111);
});
