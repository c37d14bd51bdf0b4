// `kvasir pull`: a model from a hub, into the cache folder.

import type { PullSettings } from '../config.ts';
import { ServeError } from '../errors.ts';
import { type ModelName, nameForms, parseModelName, publishedNames } from '../hub/model-name.ts';
import { pulledName, totalBytes } from '../hub/pulled.ts';
import { nearest } from '../nearest.ts';
import { isBuiltIn } from './find-model.ts';
import { megabytes, pullWithProgress } from './hub-client.ts';

export async function runPull(model: string, settings: PullSettings): Promise<void> {
  const pulled = await pullWithProgress(nameOf(model, settings.revision), settings);
  console.log(
    `${pulledName(pulled)}: ${megabytes(totalBytes(pulled.files))} MB in ${pulled.folder}\n` +
      `serve it: kvasir serve --model ${pulledName(pulled)}`,
  );
}

function nameOf(model: string, revision: string): ModelName {
  if (revision !== '' && model.includes('@')) {
    throw refused(`${model} has a revision already: leave --revision out`);
  }
  const name = parseModelName(revision === '' ? model : `${model}@${revision}`);
  if (name !== null) return name;
  if (isBuiltIn(model)) {
    throw refused(`${model} is built in, and there already: kvasir serve --model ${model}`);
  }
  const close = meant(model);
  throw refused(
    `"${model}" is not the name of a model: ` +
      (close === null
        ? `names are ${nameForms}, ${publishedNames.join(', ')}`
        : `did you mean ${close}?`),
  );
}

/** Of an address in a browser, the name in it; else a short name that is almost the same. */
function meant(model: string): string | null {
  const bare = model.replace(/^(https?:\/\/)?(www\.)?(huggingface\.co|hf\.co)\//, '');
  const [, repo, revision] =
    /^([^/]+\/[^/]+?)(?:\/(?:tree|blob|resolve)\/([^/]+).*)?\/?$/.exec(bare) ?? [];
  const name = revision === undefined || revision === 'main' ? repo : `${repo}@${revision}`;
  if (name !== undefined && parseModelName(name) !== null) return name;
  return nearest(bare.replace(/\/$/, ''), publishedNames);
}

function refused(message: string): ServeError {
  return new ServeError('invalid_setting', message, 'NAME');
}
