// The tokens that were added to a vocabulary, and which of them are special, from all the files that
// may say so. Of what several say, tokenizer.json counts first, then tokenizer_config.json.

import { CheckpointError } from '../../../models/errors.ts';
import { Fields } from '../../../models/fields.ts';
import type { AddedToken } from '../../../models/vocabulary.ts';
import { idsByToken, type VocabularyFolder } from './files.ts';

const tokenizerFile = 'tokenizer.json';
const configFile = 'tokenizer_config.json';
const rolesFile = 'special_tokens_map.json';
const addedFile = 'added_tokens.json';

/** Named where tokens have roles; the last two are lists. */
const roles = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'].map((role) => `${role}_token`);
const roleLists = ['additional_special_tokens', 'extra_special_tokens'];

/** Of GPT-2's class, where no file names another. */
const endOfText = '<|endoftext|>';

type Attributes = Omit<AddedToken, 'id' | 'text'>;

const yesOrNo = [true, false] as const;
const anyText = /^.+$/su;
const fail = (message: string) => new CheckpointError(message);

/**
 * `ids`: of the vocabulary they were added to. Those whose id is beyond the model's rows are left out:
 * the model knows nothing of them, and their text is text.
 */
export function readAddedTokens(
  folder: VocabularyFolder,
  ids: ReadonlyMap<string, number>,
  vocabularySize: number,
): readonly AddedToken[] {
  const found = new Found(ids);
  const tokenizer = folder.optional(tokenizerFile);
  if (tokenizer?.has('added_tokens')) {
    for (const token of tokenizer.objects('added_tokens')) {
      found.add(tokenizerFile, contentOf(token), idOf(token), attributesOf(token));
    }
  }
  const config = folder.optional(configFile);
  if (config?.has('added_tokens_decoder')) {
    for (const [id, json] of Object.entries(config.raw('added_tokens_decoder') ?? {})) {
      const token = new Fields(`${configFile}: added_tokens_decoder.${id}`, json, fail);
      found.add(configFile, contentOf(token), Number(id), attributesOf(token));
    }
  }
  if (folder.has(addedFile)) {
    for (const [text, id] of idsByToken(addedFile, folder.json(addedFile))) {
      found.add(addedFile, text, id, plain);
    }
  }
  if (ids.has(endOfText)) found.special(endOfText, special);
  for (const [file, fields] of [
    [configFile, config],
    [rolesFile, folder.optional(rolesFile)],
  ] as const) {
    if (fields !== null) for (const token of named(file, fields)) found.special(...token);
  }
  return found.tokens.filter(({ id }) => id < vocabularySize);
}

/** The text of a role's token; that of GPT-2's class where no file names one. */
export function namedToken(folder: VocabularyFolder, role: string): string {
  for (const file of [configFile, rolesFile]) {
    const fields = folder.optional(file);
    if (fields?.has(role)) return tokenOf(`${file}: ${role}`, fields.raw(role))[0];
  }
  return endOfText;
}

class Found {
  readonly #ids: ReadonlyMap<string, number>;
  readonly #tokens = new Map<string, AddedToken>(); // by text
  readonly #texts = new Map<number, string>();
  #nextId: number;

  constructor(ids: ReadonlyMap<string, number>) {
    this.#ids = ids;
    this.#nextId = 0;
    for (const id of ids.values()) this.#nextId = Math.max(this.#nextId, id + 1);
  }

  get tokens(): readonly AddedToken[] {
    return [...this.#tokens.values()].toSorted((a, b) => a.id - b.id);
  }

  add(file: string, text: string, id: number, attributes: Attributes): void {
    if (!Number.isSafeInteger(id) || id < 0) throw fail(`${file} adds ${shown(text)} at no id`);
    const known = this.#ids.get(text) ?? this.#tokens.get(text)?.id ?? id;
    const twin = this.#texts.get(id);
    if (known !== id) throw fail(`${file} adds ${shown(text)} at ${id}; elsewhere it is ${known}`);
    if (twin !== undefined && twin !== text) {
      throw fail(`${file} adds ${shown(text)} at ${id}, which is ${shown(twin)} already`);
    }
    if (!this.#tokens.has(text)) this.#tokens.set(text, { id, text, ...attributes });
    this.#texts.set(id, text);
    this.#nextId = Math.max(this.#nextId, id + 1);
  }

  /** A token with a role is special, and is added where it was not. */
  special(text: string, attributes: Attributes): void {
    const known = this.#tokens.get(text);
    const id = known?.id ?? this.#ids.get(text) ?? this.#nextId++;
    this.#tokens.set(text, { id, text, ...(known ?? attributes), isSpecial: true });
    this.#texts.set(id, text);
  }
}

const plain: Attributes = {
  isSpecial: false,
  stripsLeft: false,
  stripsRight: false,
  isWord: false,
  isNormalized: false,
};
const special: Attributes = { ...plain, isSpecial: true };

function contentOf(token: Fields): string {
  return token.text('content', anyText, 'a text');
}

function idOf(token: Fields): number {
  return token.wholeNumber('id', { least: 0, most: Number.MAX_SAFE_INTEGER });
}

function attributesOf(token: Fields): Attributes {
  const isSpecial = token.oneOf('special', yesOrNo, false);
  return {
    isSpecial,
    stripsLeft: token.oneOf('lstrip', yesOrNo, false),
    stripsRight: token.oneOf('rstrip', yesOrNo, false),
    isWord: token.oneOf('single_word', yesOrNo, false),
    isNormalized: token.oneOf('normalized', yesOrNo, !isSpecial),
  };
}

/** A role's token is a text, or an object with its content and attributes. */
function* named(file: string, fields: Fields): Iterable<[text: string, attributes: Attributes]> {
  for (const role of roles)
    if (fields.has(role)) yield tokenOf(`${file}: ${role}`, fields.raw(role));
  for (const list of roleLists) {
    const tokens = fields.raw(list);
    // Some list them by names of their own.
    const values: unknown[] =
      typeof tokens === 'object' && tokens !== null ? Object.values(tokens) : [];
    for (const [at, value] of values.entries()) yield tokenOf(`${file}: ${list}[${at}]`, value);
  }
}

function tokenOf(where: string, value: unknown): [text: string, attributes: Attributes] {
  if (typeof value === 'string' && value !== '') return [value, special];
  const fields = new Fields(where, value, fail);
  const normalized = fields.oneOf('normalized', yesOrNo, false);
  return [
    contentOf(fields),
    { ...attributesOf(fields), isSpecial: true, isNormalized: normalized },
  ];
}

function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
