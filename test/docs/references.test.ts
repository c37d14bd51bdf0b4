// The references are what the tables say. `npm run docs` writes them.

import path from 'node:path';
import { expect, test } from 'vitest';
import { configurationPage } from '../../docs/references/configuration.ts';
import { errorsPage } from '../../docs/references/errors.ts';
import { project } from './markdown.ts';

test.each([
  ['configuration.md', configurationPage],
  ['errors.md', errorsPage],
])('docs/%s is what the table says (npm run docs writes it)', async (name, page) => {
  await expect(page()).toMatchFileSnapshot(path.join(project, 'docs', name));
});
