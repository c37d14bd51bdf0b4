// Which proxy, if any, stands between here and an address: by the variables that everything else on
// the machine goes by.

import { HubError } from './errors.ts';

export interface Proxies {
  /** The proxy's address for https:// addresses; '' for none. */
  readonly httpsProxy: string;
  readonly httpProxy: string;
  /** `*`, or host names with commas between, each standing for what is below it, too. */
  readonly noProxy: string;
}

/** The address of the proxy to go through; null where the way is direct. */
export function proxyFor(url: URL, { httpsProxy, httpProxy, noProxy }: Proxies): string | null {
  const proxy = url.protocol === 'https:' ? httpsProxy : httpProxy;
  if (proxy === '' || isDirect(url, noProxy)) return null;
  const address = proxy.includes('://') ? proxy : `http://${proxy}`;
  if (/^https?:/i.test(address) && URL.canParse(address)) return address;
  const variable = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  throw new HubError(
    'unreachable',
    `${variable} is no address of an http or https proxy, like http://proxy.example.com:3128`,
  );
}

function isDirect(url: URL, noProxy: string): boolean {
  const host = bare(url.hostname);
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return noProxy.split(/[\s,]+/).some((entry) => {
    if (entry === '*') return true;
    const [, name = '', onlyPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
    // An IPv6 address has colons of its own.
    const [wanted, wantedPort] =
      /:.*:/.test(entry) && !entry.includes(']') ? [entry] : [name, onlyPort];
    if (wantedPort !== undefined && wantedPort !== port) return false;
    const domain = bare(wanted.toLowerCase().replace(/^\*?\./, ''));
    return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
  });
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
