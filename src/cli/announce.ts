// Listens, and says once where, and what there is: in the log, or as plain text where the log is to be
// quiet.

import type { App, AppSettings } from '../app.ts';
import { explainedListening } from './listen-error.ts';

const loopback = ['127.0.0.1', 'localhost', '::1'];
const quietLevels = ['silent', 'fatal', 'error', 'warn'];

/** `lines`: what is being served. Throws what `explainedListening` makes of a failure. */
export async function announce(
  app: Pick<App, 'listen' | 'log'>,
  settings: Pick<AppSettings, 'host' | 'logLevel' | 'apiKeys'> & { readonly port: number },
  lines: readonly string[],
): Promise<void> {
  const { host, port, logLevel, apiKeys } = settings;
  if (apiKeys.length === 0 && !loopback.includes(host)) {
    app.log.warn(`whoever can reach ${host} can use this server: there are no API keys`);
  }
  const isQuiet = quietLevels.includes(logLevel);
  if (!isQuiet) for (const line of lines) app.log.info(line);
  // Fastify itself logs this, for each address that it listens on.
  const listenTextResolver = (address: string) =>
    `listening on ${address} (open it in a browser to write with the model)`;
  const address = await app.listen({ host, port, listenTextResolver }).catch((error: unknown) => {
    throw explainedListening(error, host, port);
  });
  if (isQuiet) console.log([...lines, listenTextResolver(address)].join('\n'));
}
