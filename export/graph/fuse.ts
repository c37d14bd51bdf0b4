// Makes fewer and larger nodes of a graph, for providers to whom each node is a kernel to be started:
// CUDA's step at small batches costs what starting its kernels costs. ONNX Runtime's own optimizer
// finds few of these.
//
//   Gather of rows, then norm          ->  norm, then Gather: so that the last norm, too, follows a sum
//   Add, then LayerNormalization       ->  SkipLayerNormalization, whose fourth output is the sum
//   bias, then that Add                ->  its fifth input
//   bias, then Gelu by tanh            ->  FastGelu with a bias (the exact gelu has no such kernel)
//
// Each gives the same numbers but for where they are rounded.

import type { Graph, Node, Value } from './ir.ts';
import { Wiring } from './wiring.ts';

export function fuse(graph: Graph): Graph {
  return [normalizeFirst, fuseNorms, fuseGelus].reduce((fused, pass) => pass(fused), graph);
}

/** Rows are normalized each by itself, so it may be done before some of them are chosen. */
function normalizeFirst(graph: Graph): Graph {
  const wiring = new Wiring(graph);
  const changes = new Changes();
  for (const norm of graph.nodes) {
    if (norm.operator !== 'LayerNormalization') continue;
    const gather = wiring.maker(norm.inputs[0], 'Gather');
    if (gather === null || !wiring.isOnlyFor(norm, gather.outputs[0]!)) continue;
    const table = gather.inputs[0]!; // [batch*tokens, width]
    const reshape = wiring.maker(table, 'Reshape');
    const all = reshape?.inputs[0] ?? table; // [batch, tokens, width], or packed: [tokens, width]
    const isRowwise = all.shape.at(-1) === table.shape.at(-1);
    if (!isRowwise || !wiring.isOnlyFor(gather, table)) continue;
    const chosen = norm.outputs[0]!;
    const normalized: Value = { ...all, name: `${chosen.name}.all` };
    const normalize = { ...norm, inputs: norm.inputs.with(0, all), outputs: [normalized] };
    if (reshape === null) {
      const rows = gather.inputs.with(0, normalized);
      changes.replace(gather, [normalize, { ...gather, inputs: rows, outputs: [chosen] }]);
    } else {
      const flattened = { ...reshape, inputs: reshape.inputs.with(0, normalized) };
      changes.replace(reshape, [normalize, flattened]);
      changes.replace(gather, [{ ...gather, outputs: [chosen] }]);
    }
    changes.replace(norm, []);
  }
  return changes.applied(graph);
}

function fuseNorms(graph: Graph): Graph {
  const wiring = new Wiring(graph);
  const changes = new Changes();
  for (const norm of graph.nodes) {
    if (norm.operator !== 'LayerNormalization') continue;
    const [sum, weight, bias] = norm.inputs as readonly [Value, Value, Value];
    const add = wiring.maker(sum, 'Add');
    if (add === null || changes.has(add)) continue;
    const [first, second] = add.inputs as readonly [Value, Value];
    if (first.shape.length !== second.shape.length || second.shape.at(-1) === 1) continue;
    // One of the two may have a bias of its own; then that one is the skip.
    const ofSecond = wiring.beforeBias(add, second);
    const biased = ofSecond ?? wiring.beforeBias(add, first);
    const [stream, skip] = biased === null || ofSecond !== null ? [first, second] : [second, first];
    if (biased !== null) changes.replace(biased.add, []);
    changes.replace(add, [
      {
        operator: 'SkipLayerNormalization',
        domain: 'com.microsoft',
        inputs: [stream, biased?.x ?? skip, weight, bias, ...(biased ? [biased.bias] : [])],
        outputs: wiring.isOnlyFor(norm, sum) ? norm.outputs : [norm.outputs[0]!, null, null, sum], // between them, statistics that nobody needs
        attributes: { epsilon: norm.attributes['epsilon']! },
      },
    ]);
    changes.replace(norm, []);
  }
  return changes.applied(graph);
}

function fuseGelus(graph: Graph): Graph {
  const wiring = new Wiring(graph);
  const changes = new Changes();
  for (const gelu of graph.nodes) {
    if (gelu.operator !== 'Gelu' || gelu.attributes['approximate']?.value !== 'tanh') continue;
    const biased = wiring.beforeBias(gelu, gelu.inputs[0]!);
    if (biased === null) continue;
    changes.replace(biased.add, []);
    const fused = { operator: 'FastGelu', domain: 'com.microsoft', attributes: {} } as const;
    changes.replace(gelu, [{ ...gelu, ...fused, inputs: [biased.x, biased.bias] }]);
  }
  return changes.applied(graph);
}

/** What stands in the place of nodes that a pass does away with. */
class Changes {
  readonly #instead = new Map<Node, readonly Node[]>();

  has(node: Node): boolean {
    return this.#instead.has(node);
  }

  replace(node: Node, by: readonly Node[]): void {
    this.#instead.set(node, by);
  }

  applied(graph: Graph): Graph {
    return { ...graph, nodes: graph.nodes.flatMap((node) => this.#instead.get(node) ?? [node]) };
  }
}
