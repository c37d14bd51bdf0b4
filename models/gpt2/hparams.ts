// OpenAI's hparams.json: five sizes, and everything else as GPT-2 has it. Read into the same config
// as the config.json of other checkpoints.

import { CheckpointError } from '../errors.ts';
import { Fields } from '../fields.ts';
import { type Gpt2Config, parseConfig } from './config.ts';

const size = { least: 1, most: 2 ** 24 };

/** Throws `CheckpointError` naming the field. */
export function parseHparams(json: unknown): Gpt2Config {
  const fields = new Fields('hparams.json', json, (message) => new CheckpointError(message));
  const width = fields.wholeNumber('n_embd', size);
  const headCount = fields.wholeNumber('n_head', size);
  if (width % headCount !== 0) throw fields.refuse('n_head', `a divisor of n_embd, ${width}`);
  const vocabularySize = fields.wholeNumber('n_vocab', size);
  return parseConfig({
    model_type: 'gpt2',
    vocab_size: vocabularySize,
    n_positions: fields.wholeNumber('n_ctx', { ...size, least: 4 }),
    n_embd: width,
    n_head: headCount,
    n_layer: fields.wholeNumber('n_layer', { least: 1, most: 1024 }),
    // `<|endoftext|>` is the last of encoder.json, in whatever vocabulary.
    bos_token_id: vocabularySize - 1,
    eos_token_id: vocabularySize - 1,
  });
}
