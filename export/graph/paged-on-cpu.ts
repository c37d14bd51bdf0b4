// The slow twin of a graph with PagedAttention, for processors, which have no kernel for it: each such node
// becomes standard operators that do what it does, over the same inputs and the same memory. An export is
// verified by it, and tests run it; nothing is served with it.
//
//   slots ─► ScatterND of new keys and values into the pool
//   block table ─► Gather of all blocks of all sequences ─► scores of every token with every key in them
//   boundaries, past lengths ─► what a token may see (paged-sight.ts) ─► the rest is -∞ ─► softmax
//
// Whatever the number format, scores and softmax are computed in float32, as the kernel adds them up.

import {
  type Attributes,
  type Graph,
  int,
  type Node,
  type Shape,
  string,
  type Value,
} from './ir.ts';
import { NodeList } from './node-list.ts';
import { type Sight, sightOf } from './paged-sight.ts';

/** Throws `Error` where the graph has no such node. */
export function pagedOnCpu(graph: Graph): Graph {
  const list = new NodeList(graph);
  let sight: Sight | null = null;
  for (const node of graph.nodes) {
    if (node.operator !== 'PagedAttention') {
      list.add(node);
      continue;
    }
    sight ??= sightOf(list, pagedInputs(node)); // it is the same in all layers
    attend(list, node, sight);
  }
  if (sight === null) throw new Error('the graph has no PagedAttention');
  return list.graph();
}

/** By where they stand in the operator's own list; there are others, which a GPT-2 does without. */
const places = {
  qkv: 0,
  keys: 3,
  values: 4,
  boundaries: 5,
  pasts: 6,
  table: 7,
  slots: 10,
  metadata: 16,
} as const;

export type PagedInputs = { readonly [name in keyof typeof places]: Value };

function pagedInputs({ inputs }: Node): PagedInputs {
  const given = Object.entries(places).map(([name, place]) => [name, inputs[place]!]);
  return Object.fromEntries(given) as PagedInputs;
}

function attend(list: NodeList, node: Node, sight: Sight): void {
  const { qkv, keys, values, table } = pagedInputs(node);
  const [attended, nextKeys, nextValues] = node.outputs as readonly [Value, Value, Value];
  const [, , headCount, headSize] = keys.shape as readonly number[];
  const width = headCount! * headSize!;
  const { type } = qkv;
  const ofType = (x: Value, wanted: 'float32' | 'float16', name?: string): Value =>
    list.node('Cast', [x], { type: wanted, shape: x.shape, ...(name && { name }) }, castTo[wanted]);
  const heads = (x: Value, first: string): Value => {
    const shape = list.vector([-1, headCount!, headSize!]);
    return list.node('Reshape', [x, shape], { type, shape: [first, headCount!, headSize!] });
  };
  const math = (operator: string, inputs: readonly Value[], shape: Shape, how: Attributes = {}) =>
    list.node(operator, inputs, { type: 'float32', shape }, how);

  const [query, ...fresh] = list.nodes(
    'Split',
    [qkv],
    Array.from({ length: 3 }, () => ({ type, shape: ['tokens', width] })),
    { axis: int(1), num_outputs: int(3) },
  );
  const pools = [
    { pool: keys, next: nextKeys },
    { pool: values, next: nextValues },
  ].map(({ pool, next }, at) => {
    const updates = [pool, sight.slots, heads(fresh[at]!, 'tokens')];
    const written = list.node('ScatterND', updates, next); // [blocks, blockSize, heads, headSize]
    const shape = ['batch', 'table_width', ...pool.shape.slice(1)];
    const read = list.node('Gather', [written, table], { type, shape });
    return ofType(heads(read, 'keys'), 'float32'); // [keys, heads, headSize]
  }) as [Value, Value];

  const queries = ofType(heads(query!, 'tokens'), 'float32'); // [tokens, heads, headSize]
  const scale = list.scalar(Number(node.attributes['scale']!.value), 'float32');
  const perHead = [headCount!, 'tokens', 'keys'];
  const products = math('Einsum', [queries, pools[0]], perHead, {
    equation: string('thd,khd->htk'),
  });
  const scores = math('Mul', [products, scale], perHead);
  const unseen = list.scalar(Number.NEGATIVE_INFINITY, 'float32');
  const visible = math('Where', [sight.isSeen, scores, unseen], perHead);
  const shares = math('Softmax', [visible], perHead, { axis: int(-1) });
  const sums = math('Einsum', [shares, pools[1]], ['tokens', headCount!, headSize!], {
    equation: string('htk,khd->thd'),
  });
  const flat = math('Reshape', [sums, list.vector([-1, width])], ['tokens', width]);
  ofType(flat, type === 'float16' ? 'float16' : 'float32', attended.name);
}

/** TensorProto.DataType */
const castTo = { float32: { to: int(1) }, float16: { to: int(10) } } as const;
