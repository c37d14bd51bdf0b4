// Origins and host names in the form browsers send them, so that settings and headers compare as
// strings; and keys, which are what a header can carry.

import { isIPv6 } from 'node:net';

/** `scheme://host[:port]`; `*` and `null` stand for themselves. */
export function originName(text: string): string | undefined {
  if (text === '*' || text === 'null') return text;
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]+\/?$/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return `${url.protocol}//${url.host}`;
}

/** `host` or `host:port`: lower case, IPv6 in brackets, no final dot. `*` stands for itself. */
export function hostName(text: string): string | undefined {
  if (text === '*') return text;
  const whole = isIPv6(text) ? `[${text}]` : text;
  const parts = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+?)\.?(:\d{1,5})?$/i.exec(whole);
  if (parts === null) return undefined;
  const [, host = '', port = ''] = parts;
  if (!host.startsWith('[')) return host.toLowerCase() + port;
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname + port : undefined;
}

export const keyCharacters = 'visible characters of ASCII without commas';

export function keyName(text: string): string | undefined {
  return /^[\x21-\x2b\x2d-\x7e]+$/.test(text) ? text : undefined;
}
