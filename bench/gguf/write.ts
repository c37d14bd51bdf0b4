// Writes a GPT-2 checkpoint as GGUF, so that llama.cpp can serve the very same weights: for comparisons
// only. The format is described in ggml's own documents, the tensors' names in llama.cpp's; nothing of
// theirs is copied.

import { closeSync, openSync, renameSync, writeSync } from 'node:fs';
import { type Checkpoint, openCheckpoint } from '../../export/checkpoint/checkpoint.ts';
import { detectTokenizer } from '../../export/checkpoint/tokenizer.ts';
import type { Gpt2Config } from '../../models/gpt2/config.ts';
import { type Entry, encodeGgufHeader, type GgufType, padding, type TensorInfo } from './header.ts';
import { encodeQ8 } from './q8.ts';
import { ggufVocabulary } from './vocabulary.ts';

interface GgufTensor extends TensorInfo {
  /** In the checkpoint. */
  readonly source: string;
  /** GPT-2 stores [in, out]; GGUF wants the numbers of one output together. */
  readonly isTransposed: boolean;
}

/** Throws `CheckpointError`, or `Error` for a vocabulary that is not GPT-2's own. */
export function writeGguf(checkpointDirectory: string, file: string, type: GgufType): void {
  const checkpoint = openCheckpoint(checkpointDirectory);
  try {
    if (detectTokenizer(checkpointDirectory, checkpoint.config.vocabularySize).kind !== 'gpt2') {
      throw new Error(`${checkpointDirectory} has not GPT-2's vocabulary: llama.cpp needs one`);
    }
    writeTensors(checkpoint, file, type);
  } finally {
    checkpoint.close();
  }
}

function writeTensors(checkpoint: Checkpoint, file: string, type: GgufType): void {
  const tensors = ggufTensors(checkpoint.config, type);
  // Under another name until it is whole.
  const unfinished = `${file}.part`;
  const descriptor = openSync(unfinished, 'w');
  try {
    const write = (bytes: Uint8Array) => {
      for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
    };
    write(encodeGgufHeader(metadata(checkpoint.config, type), tensors));
    for (const tensor of tensors) {
      const bytes = encodeTensor(checkpoint, tensor);
      write(bytes);
      write(padding(bytes.length));
    }
  } finally {
    closeSync(descriptor);
  }
  renameSync(unfinished, file);
}

function encodeTensor(checkpoint: Checkpoint, tensor: GgufTensor): Uint8Array {
  const read = checkpoint.read(tensor.source);
  const [columns, rows] = tensor.shape; // [in, out]
  const numbers = tensor.isTransposed ? transpose(read, columns!, rows!) : read;
  if (tensor.type === 'q8_0') return encodeQ8(numbers);
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** [rows, columns] -> [columns, rows] */
function transpose(numbers: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(numbers.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = numbers[row * columns + column]!;
    }
  }
  return turned;
}

function ggufTensors(config: Gpt2Config, type: GgufType): GgufTensor[] {
  const { vocabularySize, contextLength, width, innerWidth } = config;
  const tensors: GgufTensor[] = [];
  const plain = (name: string, source: string, ...shape: number[]) =>
    tensors.push({ name, source, shape, type: 'f32', isTransposed: false });
  const table = (name: string, source: string) =>
    tensors.push({ name, source, shape: [width, vocabularySize], type, isTransposed: false });
  const norm = (name: string, source: string) => {
    plain(`${name}.weight`, `${source}.weight`, width);
    plain(`${name}.bias`, `${source}.bias`, width);
  };
  const linear = (name: string, source: string, inputs: number, outputs: number) => {
    const shape = [inputs, outputs];
    const weight = { name: `${name}.weight`, source: `${source}.weight`, shape, type };
    tensors.push({ ...weight, isTransposed: true });
    plain(`${name}.bias`, `${source}.bias`, outputs);
  };
  table('token_embd.weight', 'wte.weight');
  plain('position_embd.weight', 'wpe.weight', width, contextLength);
  norm('output_norm', 'ln_f');
  if (config.headWeight !== 'wte.weight') table('output.weight', config.headWeight);
  for (let layer = 0; layer < config.layerCount; layer++) {
    const [to, from] = [`blk.${layer}`, `h.${layer}`];
    norm(`${to}.attn_norm`, `${from}.ln_1`);
    linear(`${to}.attn_qkv`, `${from}.attn.c_attn`, width, 3 * width);
    linear(`${to}.attn_output`, `${from}.attn.c_proj`, width, width);
    norm(`${to}.ffn_norm`, `${from}.ln_2`);
    linear(`${to}.ffn_up`, `${from}.mlp.c_fc`, width, innerWidth);
    linear(`${to}.ffn_down`, `${from}.mlp.c_proj`, innerWidth, width);
  }
  return tensors;
}

function metadata(config: Gpt2Config, type: GgufType): Record<string, Entry> {
  const { tokens, merges, special } = ggufVocabulary();
  const uint32 = (value: number): Entry => ({ kind: 'uint32', value });
  const string = (value: string): Entry => ({ kind: 'string', value });
  return {
    'general.architecture': string('gpt2'),
    'general.name': string('gpt2'),
    'general.file_type': uint32(type === 'f32' ? 0 : 7),
    'gpt2.context_length': uint32(config.contextLength),
    'gpt2.embedding_length': uint32(config.width),
    'gpt2.block_count': uint32(config.layerCount),
    'gpt2.feed_forward_length': uint32(config.innerWidth),
    'gpt2.attention.head_count': uint32(config.headCount),
    'gpt2.attention.layer_norm_epsilon': { kind: 'float32', value: config.layerNormEpsilon },
    'tokenizer.ggml.model': string('gpt2'),
    'tokenizer.ggml.pre': string('gpt-2'),
    'tokenizer.ggml.tokens': { kind: 'strings', value: tokens },
    // 1: an ordinary token; 3: one that controls.
    'tokenizer.ggml.token_type': {
      kind: 'int32s',
      value: tokens.map((_, token) => (token === special ? 3 : 1)),
    },
    'tokenizer.ggml.merges': { kind: 'strings', value: merges },
    'tokenizer.ggml.bos_token_id': uint32(special),
    'tokenizer.ggml.eos_token_id': uint32(special),
  };
}
