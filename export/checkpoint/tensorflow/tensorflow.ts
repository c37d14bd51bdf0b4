// OpenAI's GPT-2, and what was made of it with their code: a TensorFlow checkpoint by the names of the
// others.
//
//   model/wte               wte.weight
//   model/h0/ln_1/g         h.0.ln_1.weight
//   model/h0/attn/c_attn/w  h.0.attn.c_attn.weight    [1, in, out] -> [in, out], the same memory

import { CheckpointError } from '../../../models/errors.ts';
import type { TensorShape } from '../../../models/gpt2/weights.ts';
import type { TensorFile } from '../tensor-file.ts';
import { Bundle } from './bundle.ts';

export function openTensorFlow(indexPath: string): TensorFile {
  const bundle = Bundle.open(indexPath);
  const shapes = new Map<string, TensorShape>();
  const storedNames = new Map<string, string>();
  for (const [storedName, shape] of bundle.shapes) {
    if (ofOptimizer.test(storedName)) continue;
    const name = translated(storedName);
    const twin = storedNames.get(name);
    if (twin !== undefined) {
      bundle.close();
      throw new CheckpointError(`${twin} and ${storedName} are one tensor`);
    }
    storedNames.set(name, storedName);
    shapes.set(name, storedName.endsWith('/w') ? withoutFirstOne(shape) : shape);
  }
  return {
    shapes,
    read: (name) => bundle.read(storedNames.get(name) ?? name),
    close: () => bundle.close(),
  };
}

/** What training leaves beside the weights: moments of each, powers, the count of steps. */
const ofOptimizer = /\/(Adam|Adam_1|Adafactor|Momentum)$|^(beta[12]_power|global_step)$/;

const kinds: Readonly<Record<string, string>> = { w: 'weight', g: 'weight', b: 'bias' };

/** What is no name of GPT-2 stays as it is. */
function translated(name: string): string {
  const table = /^model\/(wte|wpe)$/.exec(name);
  if (table !== null) return `${table[1]}.weight`;
  const match = /^model\/(?:h(\d+)\/)?((?:\w+\/)*\w+)\/([wgb])$/.exec(name);
  if (match === null) return name;
  const [, layer, module, kind] = match;
  const block = layer === undefined ? '' : `h.${layer}.`;
  return `${block}${module!.replaceAll('/', '.')}.${kinds[kind!]}`;
}

function withoutFirstOne(shape: TensorShape): TensorShape {
  return shape.length === 3 && shape[0] === 1 ? shape.slice(1) : shape;
}
