// The keys that clients and operators show: those of the environment and those of a file, read once.

import { ServeError } from '../errors.ts';
import { readSettingFile } from '../setting-file.ts';
import { keyCharacters, keyName } from './names.ts';

export interface KeySources {
  readonly apiKeys: readonly string[];
  readonly apiKeysFile: string;
  readonly adminKeys: readonly string[];
  readonly adminKeysFile: string;
}

export interface Keys {
  /** Empty: no key is asked for. */
  readonly apiKeys: readonly string[];
  /** Empty: there is nothing to administer. */
  readonly adminKeys: readonly string[];
}

/** Throws `ServeError`: invalid_setting. */
export function readKeys(sources: KeySources): Keys {
  const apiKeys = [...sources.apiKeys, ...keysOfFile('--api-keys-file', sources.apiKeysFile)];
  const adminKeys = [
    ...sources.adminKeys,
    ...keysOfFile('--admin-keys-file', sources.adminKeysFile),
  ];
  if (adminKeys.some((key) => apiKeys.includes(key))) {
    throw wrong('--admin-keys-file', 'a key of clients must not be a key of operators, too');
  }
  return { apiKeys, adminKeys };
}

/** One a line; what follows a # is a comment. A file without any key was hardly meant. */
function keysOfFile(flag: string, file: string): readonly string[] {
  if (file === '') return [];
  const keys: string[] = [];
  const text = readSettingFile(flag, file, 'a file with one key a line');
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const given = line.replace(/(^|\s)#.*/, '').trim();
    if (given === '') continue;
    const key = keyName(given);
    if (key === undefined) {
      throw wrong(flag, `line ${index + 1} of ${file} is no key: keys are ${keyCharacters}`);
    }
    keys.push(key);
  }
  if (keys.length === 0) throw wrong(flag, `there is no key in ${file}`);
  return keys;
}

function wrong(flag: string, reason: string): ServeError {
  return new ServeError('invalid_setting', `${flag}: ${reason}`, flag);
}
