// The one model of the server: its name outside, and what requests are checked against.

import type { TokenizerKind } from '../../../models/manifest.ts';
import type { EngineFacts } from '../../engine/protocol.ts';
import { ServeError } from '../../errors.ts';

export interface ServedModel {
  readonly name: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly contextLength: number;
  readonly vocabularySize: number;
  /** Most alternatives to a token that the model can name. */
  readonly candidateCount: number;
  readonly tokenizer: TokenizerKind;
  /** What a prompt of nothing stands for; null where the model has no such token. */
  readonly bosTokenId: number | null;
  readonly eosTokenIds: readonly number[];
}

export function servedModel(
  { manifest }: Pick<EngineFacts, 'manifest'>,
  name: string,
  created: number,
): ServedModel {
  const { config, candidateCount, tokenizer } = manifest;
  const { contextLength, vocabularySize, bosTokenId, eosTokenIds } = config;
  return {
    name,
    created,
    contextLength,
    vocabularySize,
    candidateCount,
    tokenizer,
    bosTokenId,
    eosTokenIds,
  };
}

/** Throws `ServeError`: model_not_found. */
export function checkModelName(asked: string, served: string): void {
  if (asked === served) return;
  throw new ServeError(
    'model_not_found',
    `there is no model ${JSON.stringify(asked.slice(0, 100))} here; this server has "${served}"`,
    'model',
  );
}
