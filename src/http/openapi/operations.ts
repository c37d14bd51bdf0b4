// Every route that a server can have, in the order in which the page shows them.

import { adminPrefix } from '../authentication.ts';
import type { Operation, ServerFacts } from './operation.ts';
import { administrationOperations } from './operations/administration.ts';
import { chatOperations } from './operations/chats.ts';
import { completionOperations } from './operations/completions.ts';
import { modelOperations } from './operations/models.ts';
import { documentOperations, operatingOperations } from './operations/operating.ts';
import { pageOperations } from './operations/page.ts';
import { tokenOperations } from './operations/tokens.ts';

const operations: readonly Operation[] = [
  ...completionOperations,
  ...chatOperations,
  ...tokenOperations,
  ...modelOperations,
  ...operatingOperations,
  ...administrationOperations,
  ...pageOperations,
  ...documentOperations,
];

/** Those of a server without operators have none for them. */
export function operationsOf({ hasOperators }: ServerFacts): readonly Operation[] {
  return operations.filter(({ path }) => hasOperators || !path.startsWith(adminPrefix));
}
