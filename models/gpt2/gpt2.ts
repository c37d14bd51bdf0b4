// GPT-2 on one page, after Radford et al., "Language Models are Unsupervised Multitask Learners"
// (2019), section 2.3, and the code published with it. Names are the checkpoint's.
//
//   tokens ─ wte ─┐
//                 + ─► [ ln_1 ─ attn ─ + ─ ln_2 ─ mlp ─ + ] x layers ─► ln_f ─► · wteᵀ ─► logits
//   positions wpe ┘      └────────────►┘    └──────────►┘

import type { Ops, Param } from '../ops.ts';
import type { Gpt2Config } from './config.ts';

export interface Gpt2Inputs<T> {
  readonly inputIds: T; // [n]
  readonly positionIds: T; // [n]
  /** Which of the n hidden states go through the final norm and the vocabulary head. */
  readonly logitsRows: T; // [rows]
}

/** The logits of the chosen rows: [rows, vocabulary]. */
export function gpt2<T>(
  ops: Ops<T>,
  config: Gpt2Config,
  param: Param<T>,
  inputs: Gpt2Inputs<T>,
): T {
  const tokens = ops.gather(param('wte.weight'), inputs.inputIds); // [n, width]
  const positions = ops.gather(param('wpe.weight'), inputs.positionIds); // [n, width]

  let x = ops.add(tokens, positions); // [n, width]
  for (let layer = 0; layer < config.layerCount; layer++) x = block(ops, config, param, layer, x);

  const chosen = ops.gather(x, inputs.logitsRows); // [rows, width]
  return ops.project(norm(ops, config, param, 'ln_f', chosen), param(config.headWeight));
}

/** Pre-norm: each half reads a normalized copy and adds its result to the untouched stream. */
function block<T>(ops: Ops<T>, config: Gpt2Config, param: Param<T>, layer: number, input: T): T {
  const h = `h.${layer}`;
  let x = input;
  x = ops.add(x, attention(ops, config, param, layer, norm(ops, config, param, `${h}.ln_1`, x)));
  x = ops.add(x, mlp(ops, config, param, layer, norm(ops, config, param, `${h}.ln_2`, x)));
  return x; // [n, width]
}

function attention<T>(ops: Ops<T>, config: Gpt2Config, param: Param<T>, layer: number, x: T): T {
  const qkv = linear(ops, param, `h.${layer}.attn.c_attn`, x); // [n, 3 · width]
  const shape = { layer, headCount: config.headCount, scale: attentionScale(config, layer) };
  const attended = ops.selfAttention(qkv, shape); // [n, width]
  return linear(ops, param, `h.${layer}.attn.c_proj`, attended);
}

/** 1 / √(head size), as published. Later checkpoints may leave that out, or damp deeper layers. */
function attentionScale(config: Gpt2Config, layer: number): number {
  const scale = config.scalesAttention ? 1 / Math.sqrt(config.width / config.headCount) : 1;
  return config.dampsAttentionByLayer ? scale / (layer + 1) : scale;
}

function mlp<T>(ops: Ops<T>, config: Gpt2Config, param: Param<T>, layer: number, x: T): T {
  const inner = linear(ops, param, `h.${layer}.mlp.c_fc`, x); // [n, inner]
  const hidden = ops.activate(inner, config.activation); // [n, inner]
  return linear(ops, param, `h.${layer}.mlp.c_proj`, hidden); // [n, width]
}

function linear<T>(ops: Ops<T>, param: Param<T>, name: string, x: T): T {
  return ops.linear(x, param(`${name}.weight`), param(`${name}.bias`));
}

function norm<T>(ops: Ops<T>, config: Gpt2Config, param: Param<T>, name: string, x: T): T {
  const { layerNormEpsilon } = config;
  return ops.layerNorm(x, param(`${name}.weight`), param(`${name}.bias`), layerNormEpsilon);
}
