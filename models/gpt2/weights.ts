// The tensors of a GPT-2 by their names in the checkpoint, and how a file's own names map to them.
// Conv1D weights (c_attn, c_proj, c_fc) are stored [in, out]: y = x · W + b, nothing is transposed.
//
// Files differ: those saved with the language-model head prefix every name with `transformer.`, old
// ones carry the causal mask as a buffer in each layer. A tensor that is neither known nor one of
// those masks is an error: it would mean that the file describes another network.

import { CheckpointError } from '../errors.ts';
import type { Gpt2Config } from './config.ts';

export type TensorShape = readonly number[];

const prefix = 'transformer.';
const maskBuffer = /^h\.\d+\.attn\.(bias|masked_bias)$/;

/** Every tensor the config implies, in the order of the computation. */
export function weightShapes(config: Gpt2Config): ReadonlyMap<string, TensorShape> {
  const { vocabularySize, contextLength, width, innerWidth } = config;
  const shapes = new Map<string, TensorShape>();
  const pair = (name: string, weight: TensorShape) => {
    shapes.set(`${name}.weight`, weight);
    shapes.set(`${name}.bias`, weight.slice(-1)); // [out]
  };
  shapes.set('wte.weight', [vocabularySize, width]);
  shapes.set('wpe.weight', [contextLength, width]);
  for (let layer = 0; layer < config.layerCount; layer++) {
    pair(`h.${layer}.ln_1`, [width]);
    pair(`h.${layer}.attn.c_attn`, [width, 3 * width]);
    pair(`h.${layer}.attn.c_proj`, [width, width]);
    pair(`h.${layer}.ln_2`, [width]);
    pair(`h.${layer}.mlp.c_fc`, [width, innerWidth]);
    pair(`h.${layer}.mlp.c_proj`, [innerWidth, width]);
  }
  pair('ln_f', [width]);
  if (config.headWeight === 'lm_head.weight') shapes.set('lm_head.weight', [vocabularySize, width]);
  return shapes;
}

export function elementCount(shape: TensorShape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function parameterCount(config: Gpt2Config): number {
  let count = 0;
  for (const shape of weightShapes(config).values()) count += elementCount(shape);
  return count;
}

export interface MatchedWeights {
  /** Our name -> the file's name, for every tensor the config implies. */
  readonly storedNames: ReadonlyMap<string, string>;
  /** A head stored beside the embedding it is tied to, which it must then equal; or none. */
  readonly headCopy: string | null;
}

/** Finds each implied tensor among those a file holds, by name and shape. */
export function matchWeights(
  config: Gpt2Config,
  stored: ReadonlyMap<string, TensorShape>,
): MatchedWeights {
  const wanted = weightShapes(config);
  const storedNames = new Map<string, string>();
  const unknown: string[] = [];
  let headCopy: string | null = null;
  for (const [storedName, shape] of stored) {
    const name = storedName.startsWith(prefix) ? storedName.slice(prefix.length) : storedName;
    if (maskBuffer.test(name)) continue;
    const isHeadCopy = storedName === 'lm_head.weight' && !wanted.has(storedName);
    const expected = wanted.get(isHeadCopy ? 'wte.weight' : name);
    if (expected === undefined) {
      unknown.push(storedName);
      continue;
    }
    requireShape(storedName, shape, expected);
    if (isHeadCopy) {
      headCopy = storedName;
      continue;
    }
    const twin = storedNames.get(name);
    if (twin !== undefined) throw new CheckpointError(`${twin} and ${storedName} are one tensor`);
    storedNames.set(name, storedName);
  }
  const missing = [...wanted.keys()].filter((name) => !storedNames.has(name));
  if (missing.length > 0) throw new CheckpointError(`tensors missing: ${listed(missing)}`);
  if (unknown.length > 0) throw new CheckpointError(`tensors not of GPT-2: ${listed(unknown)}`);
  return { storedNames, headCopy };
}

function requireShape(name: string, found: TensorShape, expected: TensorShape): void {
  if (found.length === expected.length && found.every((size, axis) => size === expected[axis])) {
    return;
  }
  const shapes = `is [${found.join(', ')}], config.json implies [${expected.join(', ')}]`;
  throw new CheckpointError(`${name} ${shapes}`);
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}
