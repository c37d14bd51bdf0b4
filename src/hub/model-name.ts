// Names of models at a hub: `owner/repo`, `owner/repo@revision`, and the short names of the published
// ones. A name that was accepted here is safe in an address and as the name of a folder.

export interface ModelName {
  readonly owner: string;
  readonly repo: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
}

export const defaultRevision = 'main';

/** As the hub called them before every name had an owner. */
const shortNames = {
  gpt2: 'openai-community/gpt2',
  'gpt2-medium': 'openai-community/gpt2-medium',
  'gpt2-large': 'openai-community/gpt2-large',
  'gpt2-xl': 'openai-community/gpt2-xl',
  distilgpt2: 'distilbert/distilgpt2',
} as const;

export const publishedNames: readonly string[] = Object.keys(shortNames);

export const nameForms = 'owner/repo, owner/repo@revision, or one of the short names';

// The hub itself forbids `--` and `..`; a folder called owner--repo therefore has one meaning.
const part = /^(?!.*(--|\.\.))[A-Za-z0-9_]([\w.-]{0,94}\w)?$/;
const revisionForm = /^(?!.*(\.\.|\/\/|\/$))[A-Za-z0-9_][\w./+-]{0,199}$/;

/** Null where the text cannot be the name of a model. */
export function parseModelName(text: string): ModelName | null {
  const at = text.indexOf('@');
  const given = at === -1 ? text : text.slice(0, at);
  const revision = at === -1 ? defaultRevision : text.slice(at + 1);
  const full = Object.hasOwn(shortNames, given)
    ? shortNames[given as keyof typeof shortNames]
    : given;
  const [owner, repo, ...rest] = full.split('/');
  if (owner === undefined || repo === undefined || rest.length > 0) return null;
  if (!part.test(owner) || !part.test(repo) || !revisionForm.test(revision)) return null;
  return { owner, repo, revision };
}

/** Without the revision. */
export function repoOf({ owner, repo }: ModelName): string {
  return `${owner}/${repo}`;
}

/** As it would be typed. */
export function shownName(name: ModelName): string {
  const { revision } = name;
  return revision === defaultRevision ? repoOf(name) : `${repoOf(name)}@${revision}`;
}
