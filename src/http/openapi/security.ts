// The keys that each route asks for, by the rules that requests are checked with.

import { adminPrefix, publicRoutes } from '../authentication.ts';
import type { Operation, ServerFacts } from './operation.ts';
import type { SecurityScheme } from './specification.ts';

export type KeyHolder = 'client' | 'operator' | 'nobody';

export function keyHolderOf({ path, route }: Operation, facts: ServerFacts): KeyHolder {
  if (path.startsWith(adminPrefix)) return 'operator';
  return facts.asksForKeys && !publicRoutes.includes(route ?? path) ? 'client' : 'nobody';
}

/** A key may be shown in any of these ways. */
export function waysToShow(holder: KeyHolder): readonly string[] {
  return holder === 'nobody' ? [] : Object.keys(schemesOf(holder));
}

export function securitySchemes(facts: ServerFacts): Readonly<Record<string, SecurityScheme>> {
  return {
    ...(facts.asksForKeys && schemesOf('client')),
    ...(facts.hasOperators && schemesOf('operator')),
  };
}

function schemesOf(holder: 'client' | 'operator'): Record<string, SecurityScheme> {
  const description = holder === 'client' ? 'a key of the server' : 'a key for operators';
  return {
    [`${holder}Bearer`]: { type: 'http', scheme: 'bearer', description },
    [`${holder}Header`]: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description },
  };
}
