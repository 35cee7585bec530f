import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import Negotiator from 'negotiator';
import { isGuarded, pathBelow } from './access/bearer.ts';
import type { ArmRequest } from './http.ts';
import { isKnownAlready, tagOf } from './preconditions.ts';

interface Sent {
  readonly statusCode: number;
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  getHeader(name: string): unknown;
  removeHeader(name: string): unknown;
}

/** The part of Fastify that looks at answers before they leave. */
interface Sender {
  addHook(name: 'onSend', hook: (request: ArmRequest, reply: Sent, payload: unknown) => Promise<unknown>): unknown;
}

/** Below this an answer is one packet either way. */
const leastBytes = 1024;

/** At these, a megabyte takes some 10 ms of a processor; at brotli's own 11, seconds. */
const codings = {
  br: (bytes: Buffer) =>
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 4,
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  gzip: (bytes: Buffer) => promisify(gzip)(bytes),
} as const;

type Coding = keyof typeof codings;

/** Its types are older than this. */
interface Preferring {
  encoding(available: readonly string[], options: { readonly preferred: readonly string[] }): string | undefined;
}

/** What the client takes, the smallest first (RFC 9110, 12.5.3); nothing where it wants an answer as it is. */
const codingFor = ({ headers }: ArmRequest): Coding | undefined => {
  const { 'accept-encoding': accepted } = headers;
  if (!accepted) return undefined;
  const client = new Negotiator({ headers: { 'accept-encoding': String(accepted) } }) as Preferring;
  const found = client.encoding(['br', 'gzip', 'identity'], { preferred: ['br', 'gzip'] });
  return found === 'br' || found === 'gzip' ? found : undefined;
};

/** Shown to everybody, and the same to all. */
const isPublic = (request: ArmRequest): boolean => ['/docs', '/openapi.json'].some((path) => pathBelow(request, path));

/**
 * Answers that may be made smaller, and told apart: what only a token opens, which no browser sends along by itself,
 * and the documentation. Not those to webhooks, whose senders show a secret, and no record as it lies in the log: how
 * long what is compressed is tells what is in it twice (ADR 35). Refusals, which say again what they were sent, have
 * another status.
 */
const isOurs = (request: ArmRequest): boolean =>
  (isGuarded(request) && !pathBelow(request, '/assay/parked')) || isPublic(request);

const isRead = ({ method }: ArmRequest): boolean => method === 'GET' || method === 'HEAD';

/**
 * Gives each answer that is read its `ETag`, sends none to whoever has it, and the others as small as their client
 * takes them.
 */
export const sendLess = (server: Sender): void => {
  server.addHook('onSend', async (request, reply, payload) => {
    if (reply.statusCode !== 200 || typeof payload !== 'string' || payload === '' || !isOurs(request)) return payload;
    const vary = reply.getHeader('vary');
    reply.header('vary', typeof vary === 'string' ? `${vary}, accept-encoding` : 'accept-encoding');
    const known = reply.getHeader('etag');
    if (isRead(request)) {
      // Weak: it is the same whatever it is made smaller by.
      const etag = typeof known === 'string' ? known : `W/${tagOf(payload)}`;
      reply.header('etag', etag);
      if (isKnownAlready(request, etag)) {
        reply.code(304);
        for (const name of ['content-type', 'content-length', 'content-disposition']) reply.removeHeader(name);
        // Of a text the router would say to a `HEAD` how long it is.
        return request.method === 'HEAD' ? Readable.from([]) : null;
      }
    }
    // One that is strong stands for these very bytes.
    const isExact = typeof known === 'string' && known.startsWith('"');
    const coding = payload.length < leastBytes || isExact ? undefined : codingFor(request);
    if (!coding) return payload;
    reply.header('content-encoding', coding);
    reply.removeHeader('content-length');
    return codings[coding](Buffer.from(payload));
  });
};
