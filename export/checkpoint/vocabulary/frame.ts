// tokenizer_config.json may put the tokens that begin and end a text around every prompt, or say that
// there are none, whatever tokenizer.json has.

import type { AddedToken } from '../../../models/vocabulary.ts';
import { namedToken } from './added.ts';
import type { OwnWords } from './build.ts';
import type { VocabularyFolder } from './files.ts';

const yesOrNo = [true, false] as const;

export function framed(
  words: OwnWords,
  folder: VocabularyFolder,
  added: readonly AddedToken[],
): OwnWords {
  const config = folder.optional('tokenizer_config.json');
  if (config === null || !(config.has('add_bos_token') || config.has('add_eos_token')))
    return words;
  const idOf = (role: 'bos' | 'eos') => {
    if (!config.oneOf(`add_${role}_token`, yesOrNo, false)) return [];
    const text = namedToken(folder, `${role}_token`);
    const id = words.ids.get(text) ?? added.find((token) => token.text === text)?.id;
    if (id === undefined)
      throw config.refuse(`add_${role}_token`, `false: there is no ${role}_token`);
    return [id];
  };
  return { ...words, prefixIds: idOf('bos'), suffixIds: idOf('eos') };
}
