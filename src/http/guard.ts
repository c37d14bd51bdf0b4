// Who may talk to the server. Any web page can make its visitor's browser send requests to localhost:
// such a request names the page in `Origin`, or, where the page's own name was made to resolve to this
// machine (DNS rebinding), in `Host`. Both are therefore checked, on sockets too.
//
// A Host is ours where it is a loopback name or the address that the server was told to listen on. A
// server that listens on every interface also accepts any IP address: rebinding needs a name. Other
// names must be configured. An Origin is ours where it is absent, is the host that was asked, or is
// configured.

import { isIP } from 'node:net';
import { hostName, originName } from '../config/names.ts';
import { ServeError } from '../errors.ts';

export interface GuardSettings {
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
}

const loopback = ['localhost', '127.0.0.1', '[::1]'];

/** Throws `ServeError`: forbidden_host. */
export function checkHost(host: string | undefined, settings: GuardSettings): void {
  // Only HTTP/1.0 comes without, and no browser speaks it.
  if (host === undefined) return;
  const whole = hostName(host);
  if (whole !== undefined && whole !== '*') {
    const name = withoutPort(whole);
    if (loopback.includes(name) || name === hostName(settings.host)) return;
    if (listensEverywhere(settings.host) && isIP(name.replace(/^\[|\]$/g, '')) !== 0) return;
    const allowed = settings.allowedHosts;
    if (allowed.includes('*') || allowed.includes(whole) || allowed.includes(name)) return;
  }
  throw new ServeError(
    'forbidden_host',
    `this server does not answer to the host ${JSON.stringify(host.slice(0, 100))}; ` +
      'allow it with --allowed-hosts',
  );
}

/** True where the origin is another site's and allowed. Throws `ServeError`: forbidden_origin. */
export function checkOrigin(
  origin: string | undefined,
  host: string | undefined,
  settings: GuardSettings,
): boolean {
  if (origin === undefined) return false;
  const asked = originName(origin);
  if (asked !== undefined && asked === sameSchemeOrigin(asked, host)) return false;
  const allowed = settings.allowedOrigins;
  if (allowed.includes('*') || (asked !== undefined && allowed.includes(asked))) return true;
  throw new ServeError(
    'forbidden_origin',
    `pages of ${JSON.stringify(origin.slice(0, 100))} may not use this server; ` +
      'allow them with --allowed-origins',
  );
}

/** The origin of the server itself, in the scheme of the page: a proxy may speak TLS for us. */
function sameSchemeOrigin(origin: string, host: string | undefined): string | undefined {
  return host === undefined ? undefined : originName(`${origin.split('://')[0]}://${host}`);
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}

function listensEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}
