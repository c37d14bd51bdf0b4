// The tokenizer over HTTP, in vLLM's shapes: /tokenize, /detokenize, /tokenizer_info. A request holds
// the main thread for some 20 ms at most, since no text of more tokens than that is encoded.

import type { FastifyInstance } from 'fastify';
import { ServeError } from '../../errors.ts';
import { noFrame } from '../../tokenizer/contract.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import { mostEncodedCharacters, mostEncodedTokens } from '../completion/prompts.ts';
import { readFields } from '../completion/read-fields.ts';
import { checkModelName, type ServedModel } from '../completion/served-model.ts';
import { TokenNames } from '../completion/token-names.ts';
import { detokenizeFields, tokenizeFields } from './fields.ts';

export function addTokenizerRoutes(
  app: FastifyInstance,
  tokenizer: Tokenizer,
  model: ServedModel,
): void {
  const names = new TokenNames(tokenizer, false);
  const info = tokenizerInfo(tokenizer, model);
  app.post('/tokenize', async ({ body }) => {
    const asked = readFields(tokenizeFields, body);
    checkModelName(asked.model ?? model.name, model.name);
    const { before, behind } = asked.add_special_tokens === false ? noFrame : tokenizer.frame;
    const tokens = [...before, ...encode(asked.prompt, tokenizer), ...behind];
    return {
      count: tokens.length,
      max_model_len: model.contextLength,
      tokens,
      token_strs: asked.return_token_strs === true ? tokens.map((id) => names.of(id)) : null,
    };
  });
  app.post('/detokenize', async ({ body }) => {
    const { model: name, tokens, return_token_strs } = readFields(detokenizeFields, body);
    checkModelName(name ?? model.name, model.name);
    const prompt = decode(tokens, tokenizer);
    if (return_token_strs !== true) return { prompt };
    return { prompt, token_strs: tokens.map((id) => names.of(id)) };
  });
  app.get('/tokenizer_info', async () => info);
}

function encode(text: string, tokenizer: Tokenizer): number[] {
  const isShort = text.length <= mostEncodedCharacters;
  const tokens = isShort ? tokenizer.encodeWithin(text, mostEncodedTokens) : null;
  if (tokens !== null) return tokens;
  throw new ServeError(
    'invalid_value',
    `prompt has more than ${mostEncodedTokens} tokens or ${mostEncodedCharacters} characters, ` +
      'which are the most that are encoded at once',
    'prompt',
  );
}

function decode(tokens: readonly number[], tokenizer: Tokenizer): string {
  const last = tokenizer.vocabularySize - 1;
  const stranger = tokens.findIndex((id) => id < 0 || id > last);
  if (stranger < 0) return tokenizer.decode(tokens);
  throw new ServeError(
    'invalid_value',
    `tokens[${stranger}] must be a token id from 0 to ${last}, got ${tokens[stranger]}`,
    'tokens',
  );
}

/** What Hugging Face's tokenizer_config.json says, as far as it is true here. */
function tokenizerInfo(tokenizer: Tokenizer, model: ServedModel): object {
  const { bosTokenId } = model;
  const eosTokenId = model.eosTokenIds[0] ?? null;
  const textOf = (id: number | null) => (id === null ? null : tokenizer.decode([id]));
  return {
    tokenizer_class: classes[model.tokenizer],
    model_max_length: model.contextLength,
    vocab_size: model.vocabularySize,
    bos_token: textOf(bosTokenId),
    bos_token_id: bosTokenId,
    eos_token: textOf(eosTokenId),
    eos_token_id: eosTokenId,
    unk_token: model.tokenizer === 'gpt2' ? textOf(eosTokenId) : null,
    add_bos_token: tokenizer.frame.before.length > 0,
    add_prefix_space: tokenizer.addsPrefixSpace,
    clean_up_tokenization_spaces: false,
  };
}

/** Those that read the same files. A model without a vocabulary needs none. */
const classes = { gpt2: 'GPT2Tokenizer', bpe: 'PreTrainedTokenizerFast', ids: null } as const;
