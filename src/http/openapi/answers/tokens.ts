// The shapes in which the tokenizer answers.

import { Type } from 'typebox';
import { count, orNull, tokenIds } from './parts.ts';

export const tokens = Type.Object({
  count: count('how many there are'),
  max_model_len: count('tokens that prompt and completion may have together'),
  tokens: tokenIds('their ids'),
  token_strs: orNull(Type.Array(Type.String()), 'their texts, where they are asked for'),
});

export const text = Type.Object({
  prompt: Type.String({ description: 'the text' }),
  token_strs: Type.Optional(
    Type.Array(Type.String(), {
      description:
        'the text of each token, where they are asked for; of one that is not whole characters its ' +
        'bytes, as in `bytes:\\xf0\\x9f`',
    }),
  ),
});

export const tokenizerInfo = Type.Object({
  tokenizer_class: orNull(
    Type.Enum(['GPT2Tokenizer', 'PreTrainedTokenizerFast']),
    'which of their classes reads the same files; null where texts are plain ids',
  ),
  model_max_length: count('tokens that prompt and completion may have together'),
  vocab_size: count('how many different tokens there are'),
  bos_token: orNull(Type.String(), 'what a new text begins after, where there is such a token'),
  bos_token_id: orNull(count(''), 'its id'),
  eos_token: orNull(Type.String(), 'what ends a text, where there is such a token'),
  eos_token_id: orNull(count(''), 'its id'),
  unk_token: orNull(Type.String(), 'what GPT-2 names here: the same'),
  add_bos_token: Type.Boolean({ description: 'whether prompts have tokens put before them' }),
  add_prefix_space: Type.Boolean({ description: 'whether texts are encoded as after a space' }),
  clean_up_tokenization_spaces: Type.Literal(false),
});
