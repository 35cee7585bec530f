import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip, type BrotliOptions } from 'node:zlib';
import Negotiator from 'negotiator';
import { isGuarded, pathBelow } from './access/bearer.ts';
import type { ArmRequest } from './http.ts';
import { isUnmodified, tagOf } from './preconditions.ts';

interface Sent {
  readonly statusCode: number;
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  getHeader(name: string): unknown;
  removeHeader(name: string): unknown;
}

/** The part of Fastify that sees answers before they are sent. */
interface Sender {
  addHook(name: 'onSend', hook: (request: ArmRequest, reply: Sent, payload: unknown) => Promise<unknown>): unknown;
}

/** A smaller answer fits into one packet uncompressed. */
const minBytes = 1024;

/** A megabyte takes some 10 ms of CPU at these qualities; seconds at brotli's default, 11. */
const brotli = (bytes = 0): BrotliOptions => ({
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 4,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes,
  },
});
const codings = {
  br: (bytes: Buffer) => promisify(brotliCompress)(bytes, brotli(bytes.length)),
  gzip: (bytes: Buffer) => promisify(gzip)(bytes),
} as const;
/** The same for a body that is sent piece by piece. */
const streams = { br: () => createBrotliCompress(brotli()), gzip: () => createGzip() } as const;

type Coding = keyof typeof codings;

/** The types of negotiator do not know this option yet. */
interface Preferring {
  encoding(available: readonly string[], options: { readonly preferred: readonly string[] }): string | undefined;
}

/** The smallest coding that the client accepts (RFC 9110, 12.5.3); undefined for an answer without coding. */
const codingFor = ({ headers }: ArmRequest): Coding | undefined => {
  const { 'accept-encoding': accepted } = headers;
  if (!accepted) return undefined;
  const client = new Negotiator({ headers: { 'accept-encoding': String(accepted) } }) as Preferring;
  const found = client.encoding(['br', 'gzip', 'identity'], { preferred: ['br', 'gzip'] });
  return found === 'br' || found === 'gzip' ? found : undefined;
};

/** Needs no token and is the same for every client. */
const isPublic = (request: ArmRequest): boolean => ['/docs', '/openapi.json'].some((path) => pathBelow(request, path));

/**
 * Answers that may be compressed and tagged: those that need a token, which no browser sends by itself, and the
 * documentation. Excludes answers to webhooks, whose senders present a secret, and raw records of the log. The
 * compressed length reveals whether secret and content share a text (ADR 35). Refusals, which repeat parts of the
 * request, have another status.
 */
const isReducible = (request: ArmRequest): boolean =>
  (isGuarded(request) && !pathBelow(request, '/assay/parked')) || isPublic(request);

const isRead = ({ method }: ArmRequest): boolean => method === 'GET' || method === 'HEAD';

const varies = (reply: Sent): void => {
  const vary = reply.getHeader('vary');
  reply.header('vary', typeof vary === 'string' ? `${vary}, accept-encoding` : 'accept-encoding');
};

/** Events of a stream must reach the client at once, and a compressor keeps them until it has enough. */
const isOfEvents = (reply: Sent): boolean => String(reply.getHeader('content-type')).startsWith('text/event-stream');

/** Compresses a body on its way. It breaks off with its source, and its source ends with a client that goes away. */
const streamed = (request: ArmRequest, reply: Sent, body: Readable): Readable => {
  varies(reply);
  const coding = request.method === 'HEAD' || isOfEvents(reply) ? undefined : codingFor(request);
  if (!coding) return body;
  reply.header('content-encoding', coding);
  reply.removeHeader('content-length');
  const compressed = streams[coding]();
  // If nothing was sent yet, the client gets an uncompressed error instead.
  body.once('error', () => reply.removeHeader('content-encoding'));
  pipeline(body, compressed, () => undefined);
  return compressed;
};

/**
 * Adds an `ETag` to each read, answers 304 to a client that has the state, and compresses all other answers. A body
 * that is sent piece by piece is compressed only, and a stream of events not even that.
 */
export const reduceAnswers = (server: Sender): void => {
  server.addHook('onSend', async (request, reply, payload) => {
    if (reply.statusCode === 200 && payload instanceof Readable && isReducible(request))
      return streamed(request, reply, payload);
    if (reply.statusCode !== 200 || typeof payload !== 'string' || payload === '' || !isReducible(request))
      return payload;
    varies(reply);
    const known = reply.getHeader('etag');
    if (isRead(request)) {
      // Weak: the same for every coding.
      const etag = typeof known === 'string' ? known : `W/${tagOf(payload)}`;
      reply.header('etag', etag);
      if (isUnmodified(request, etag)) {
        reply.code(304);
        for (const name of ['content-type', 'content-length', 'content-disposition']) reply.removeHeader(name);
        // For a string the router would add a `Content-Length` to a `HEAD`.
        return request.method === 'HEAD' ? Readable.from([]) : null;
      }
    }
    // A strong tag stands for these very bytes.
    const isExact = typeof known === 'string' && known.startsWith('"');
    const coding = payload.length < minBytes || isExact ? undefined : codingFor(request);
    if (!coding) return payload;
    reply.header('content-encoding', coding);
    reply.removeHeader('content-length');
    return codings[coding](Buffer.from(payload));
  });
};
