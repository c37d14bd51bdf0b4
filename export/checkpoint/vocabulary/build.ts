// From what the files of a vocabulary say to the vocabulary of an artifact: every id has one token,
// every merge has its three, and no id is beyond the model's rows.

import { CheckpointError } from '../../../models/errors.ts';
import { type AddedToken, type Vocabulary, vocabularyFormat } from '../../../models/vocabulary.ts';
import type { Merge } from './files.ts';

/** As files have it: tokens by their spelling. */
export interface OwnWords
  extends Omit<Vocabulary, 'format' | 'tokens' | 'merges' | 'unknownId' | 'added'> {
  /** The file that the tokens are from, and where it has the merges. */
  readonly where: string;
  readonly mergesWhere: string;
  readonly ids: ReadonlyMap<string, number>;
  readonly merges: readonly Merge[];
  readonly unknown: string | null;
}

/** Throws `CheckpointError`. */
export function buildVocabulary(
  words: OwnWords,
  added: readonly AddedToken[],
  vocabularySize: number,
): Vocabulary {
  const { where, ids, symbols, prefersWholes, fusesUnknown, fallsBackToBytes, spaceMark } = words;
  const { normalizer, pieces, prefixIds, suffixIds } = words;
  const tokens = tokensById(where, ids, vocabularySize);
  requireNoHoles(where, tokens, added);
  const strange = [...prefixIds, ...suffixIds].find((id) => id >= vocabularySize);
  if (strange !== undefined) {
    throw new CheckpointError(
      `${where}: post_processor adds the id ${strange}; ${room(vocabularySize)}`,
    );
  }
  return {
    format: vocabularyFormat,
    symbols,
    tokens,
    merges: mergesById(words),
    prefersWholes,
    unknownId: unknownId(words, added),
    fusesUnknown,
    fallsBackToBytes,
    spaceMark,
    normalizer,
    pieces,
    added,
    prefixIds,
    suffixIds,
  };
}

function tokensById(
  where: string,
  ids: ReadonlyMap<string, number>,
  vocabularySize: number,
): (string | null)[] {
  const tokens: (string | null)[] = [];
  for (const [token, id] of ids) {
    if (id >= vocabularySize) {
      throw new CheckpointError(`${where} has ${shown(token)} at ${id}; ${room(vocabularySize)}`);
    }
    const twin = tokens[id] ?? null;
    if (twin !== null) {
      throw new CheckpointError(
        `${where} has two tokens at ${id}: ${shown(twin)}, ${shown(token)}`,
      );
    }
    while (tokens.length <= id) tokens.push(null);
    tokens[id] = token;
  }
  return tokens;
}

const room = (size: number) => `the model's vocab_size is ${size}: its ids end at ${size - 1}`;

/** Ids past the last token may well be without one: embeddings are filled up. Between tokens they may not. */
function requireNoHoles(
  where: string,
  tokens: readonly (string | null)[],
  added: readonly AddedToken[],
): void {
  const filled = new Set(added.map(({ id }) => id));
  const hole = tokens.findIndex((token, id) => token === null && !filled.has(id));
  if (hole < 0) return;
  throw new CheckpointError(
    `${where} has no token at ${hole}; supported: one for each id up to the last, ${tokens.length - 1}`,
  );
}

function mergesById({ ids, merges, where, mergesWhere }: OwnWords): number[] {
  const byId: number[] = [];
  for (const [index, [left, right]] of merges.entries()) {
    const [leftId, rightId] = [ids.get(left), ids.get(right)];
    if (leftId === undefined || rightId === undefined || !ids.has(left + right)) {
      const stranger = [left, right, left + right].find((token) => !ids.has(token))!;
      throw new CheckpointError(
        `${mergesWhere}: merge ${index + 1}, of ${shown(left)} and ${shown(right)}, ` +
          `needs ${shown(stranger)}, which ${where} does not have`,
      );
    }
    byId.push(leftId, rightId);
  }
  return byId;
}

function unknownId({ unknown, ids, where }: OwnWords, added: readonly AddedToken[]): number | null {
  if (unknown === null) return null;
  const id = ids.get(unknown) ?? added.find(({ text }) => text === unknown)?.id;
  if (id !== undefined) return id;
  throw new CheckpointError(`${where}: unk_token ${shown(unknown)} is not in the vocabulary`);
}

function shown(token: string): string {
  return JSON.stringify(token.length > 40 ? `${token.slice(0, 40)}…` : token);
}
