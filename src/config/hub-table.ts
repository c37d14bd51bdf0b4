// The settings of every command that may pull a model. What other programs that use a hub go by has
// their variables' names.

import { choice, secret, setting, text } from './kinds.ts';
import type { Values } from './read.ts';

function proxy(name: string, scheme: string) {
  return secret(name.toLowerCase().replace('_', '-'), {
    variable: name,
    meaning: `proxy to go through to ${scheme}:// addresses`,
    accepts: 'an address like http://proxy.example.com:3128',
    // What cannot be used is refused when it is: a server that pulls nothing does not care.
    pattern: /^/,
    fallback: '',
    because: 'none',
  });
}

export const cacheDirectory = text('cache-directory', {
  meaning: 'where pulled models and exported checkpoints are kept',
  placeholder: 'FOLDER',
  accepts: 'a folder',
  fallback: (machine) => machine.cacheDirectory,
});

export const hub = {
  hubEndpoint: setting<string>(
    'hub-endpoint',
    {
      variable: 'HF_ENDPOINT',
      meaning: 'hub that models are pulled from',
      fallback: 'https://huggingface.co',
      isGuarded: true,
    },
    {
      placeholder: 'URL',
      accepts: 'an address like https://hub.example.com',
      parse: hubAddress,
      show: (value) => value,
    },
  ),
  hubToken: secret('hub-token', {
    variable: 'HF_TOKEN',
    meaning: 'who pulls, for models that are gated or private',
    accepts: 'a token of the hub',
    pattern: /^[\x21-\x7e]+$/,
    fallback: '',
    because: 'nobody',
  }),
  hubTokenFile: text('hub-token-file', {
    variable: 'HF_TOKEN_PATH',
    meaning: 'file with that token, where HF_TOKEN is not set',
    placeholder: 'FILE',
    accepts: 'a file',
    fallback: '',
    because: 'none',
  }),
  hubOffline: setting<boolean>(
    'hub-offline',
    { variable: 'HF_HUB_OFFLINE', meaning: 'nothing is pulled', fallback: false },
    {
      from: 'variable',
      placeholder: '',
      accepts: '1, on, yes or true; anything else is no',
      // As the hub's own clients read it.
      parse: (given) => /^(1|on|yes|true)$/i.test(given),
      show: String,
    },
  ),
  httpsProxy: proxy('HTTPS_PROXY', 'https'),
  httpProxy: proxy('HTTP_PROXY', 'http'),
  noProxy: secret('no-proxy', {
    variable: 'NO_PROXY',
    meaning: 'hosts that are reached without a proxy',
    accepts: 'host names with commas between; * for all',
    pattern: /^/,
    fallback: '',
    because: 'none',
  }),
};

/** For commands that use a model, and pull it where that is needed. */
export const pulling = {
  pull: choice('pull', {
    meaning: 'whether a model that is not here is pulled from the hub',
    among: ['auto', 'never'],
    fallback: 'auto',
  }),
  ...hub,
};

export type HubSettings = Values<typeof hub>;
export type PullingSettings = Values<typeof pulling>;

function hubAddress(given: string): string | undefined {
  if (!/^https?:\/\/[^\s?#@]+$/i.test(given) || !URL.canParse(given)) return undefined;
  return new URL(given).href.replace(/\/+$/, '');
}
