// What each operator makes of its inputs: types, shapes, and the contents of the small vectors that
// say shapes. Written from the operators' side alone, so that a wrong claim of the builder's meets a
// second opinion in the checker. An operator that no rule knows is an error.

import type { Node } from './ir.ts';
import type { Inferred, Rule } from './rule.ts';
import { floatRules } from './rules-float.ts';
import { fusedRules } from './rules-fused.ts';
import { int4Rules } from './rules-int4.ts';
import { int8Rules } from './rules-int8.ts';
import { pagedRules } from './rules-paged.ts';

const rules: Readonly<Record<string, Rule>> = {
  ...floatRules,
  ...fusedRules,
  ...int8Rules,
  ...int4Rules,
  ...pagedRules,
};

/** Of each output of the node. Throws `Error` where the node has too few, or too many. */
export function infer(node: Node, inputs: readonly (Inferred | null)[]): readonly Inferred[] {
  const name = node.domain === '' ? node.operator : `${node.domain}.${node.operator}`;
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (rule === undefined) throw new Error(`the operator ${name} is not known here`);
  const unknown = Object.keys(node.attributes).find((key) => !rule.attributes.includes(key));
  if (unknown !== undefined) throw new Error(`the attribute ${unknown} is not known here`);
  if (rule.places !== undefined) {
    const places = [...inputs.keys()].filter((place) => inputs[place] !== null);
    if (places.join() !== rule.places.join()) throw new Error(`its inputs are the ${places}`);
  }
  const present = inputs.filter((input) => input !== null);
  const inferred = rule.infer(present, node.attributes);
  const { length } = node.outputs;
  const { leastOutputs = inferred.length } = rule;
  if (length < leastOutputs || length > inferred.length)
    throw new Error(`it has ${length} outputs`);
  return inferred.slice(0, length);
}
