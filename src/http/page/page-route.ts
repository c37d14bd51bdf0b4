// GET /: the page to write with. GET /page/...: what it is made of. Complete without anything from
// elsewhere, and told to take nothing from elsewhere. It holds no key: its requests show the one that
// its reader gives it.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ServeError } from '../../errors.ts';
import { document, type PageFile, readPageFiles } from './page-files.ts';

export const pageFilesRoute = '/page/*';

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headers = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  // Kept, and asked about each time: a new version of the server is a new page at once.
  'cache-control': 'no-cache',
};

export function addPageRoutes(app: FastifyInstance): void {
  const files = readPageFiles();
  app.get('/', async (request, reply) => {
    // Below a path: what the page names begins where its own address ends.
    if (request.url.split('?')[0] === app.prefix) return reply.redirect(`${app.prefix}/`, 308);
    const file = files.get(document);
    if (file !== undefined) return send(file, request, reply);
    throw new ServeError('route_not_found', 'the page is not there: npm run build makes it');
  });
  app.get<{ Params: { '*': string } }>(pageFilesRoute, async (request, reply) => {
    const name = request.params['*'];
    const file = files.get(name);
    if (file !== undefined) return send(file, request, reply);
    throw new ServeError('route_not_found', `there is nothing at /page/${name.slice(0, 100)}`);
  });
}

function send(file: PageFile, request: FastifyRequest, reply: FastifyReply) {
  const { body, gzipped, type, tag } = file;
  const vary = [reply.getHeader('vary'), 'accept-encoding'].filter((one) => one !== undefined);
  reply.headers({ ...headers, etag: tag, vary: vary.join(', ') });
  if (knows(request.headers['if-none-match'], tag)) return reply.code(304).send();
  reply.type(type);
  if (!readsGzip(request.headers['accept-encoding'])) return reply.send(body);
  return reply.header('content-encoding', 'gzip').send(gzipped());
}

/** A weight of 0 says that it is not wanted. */
function readsGzip(encodings: string | string[] | undefined): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(String(encodings));
}

/** Tags are compared without regard to whether they are weak. */
function knows(tags: string | undefined, tag: string): boolean {
  const strong = (one: string) => one.trim().replace(/^W\//, '');
  return tags?.split(',').map(strong).includes(strong(tag)) ?? false;
}
