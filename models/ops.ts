// The vocabulary a network is written in. A network is a function of `Ops<T>`: called with graph
// values it builds a graph, called with plain arrays it computes. Nothing here knows which.
//
// Shapes are written at line ends and in the docstrings; `n` counts tokens, whatever sequences they
// belong to: which token attends to which is the implementer's knowledge, kept with its cache.

/** Fetches a parameter by its name in the checkpoint. */
export type Param<T> = (name: string) => T;

/**
 * What bends the hidden layer of an mlp, by its name in checkpoints. `gelu` is x · Φ(x), `gelu_new` its
 * tanh approximation, which GPT-2 was trained with.
 */
export const activations = ['gelu_new', 'gelu', 'relu'] as const;
export type Activation = (typeof activations)[number];

export interface AttentionShape {
  readonly layer: number;
  readonly headCount: number;
  /** What query-key products are multiplied with before the softmax. */
  readonly scale: number;
}

export interface Ops<T> {
  /** Rows of `table` [entries, width] at `ids` [n] -> [n, width]. */
  gather(table: T, ids: T): T;

  /** Elementwise a + b; the shapes are equal, or b is [n, 1]. */
  add(a: T, b: T): T;
  /** Elementwise a * b; the shapes are equal, or b is [n, 1]. */
  multiply(a: T, b: T): T;

  /** x [n, in] · weight [in, out] + bias [out] -> [n, out]. Checkpoints call this Conv1D. */
  linear(x: T, weight: T, bias: T): T;
  /** x [n, width] · tableᵀ, table [entries, width] -> [n, entries]. */
  project(x: T, table: T): T;
  /** (x - mean) / sqrt(variance + epsilon) * weight + bias over the last axis. */
  layerNorm(x: T, weight: T, bias: T, epsilon: number): T;
  /** Of every entry by itself: [n, width] -> [n, width]. */
  activate(x: T, activation: Activation): T;

  /**
   * Masked self-attention over packed queries, keys and values [n, 3 · width] -> [n, width]: every
   * token attends to itself and to what came before it in its own sequence. Appends this step's keys
   * and values to the layer's cache, which belongs to the implementer.
   */
  selfAttention(qkv: T, shape: AttentionShape): T;

  /** The logarithm of the sum of each row's exponentials: [n, entries] -> [n]. */
  logSumExp(x: T): T;
  /** One entry of each row: x [n, entries] at ids [n] -> [n]. */
  pick(x: T, ids: T): T;
  /** The `count` largest entries of each row, largest first, ties by lower id: both [n, count]. */
  topK(x: T, count: number): { scores: T; ids: T };
  /** [n] -> [n, 1]. */
  column(x: T): T;
}
