// Every answer that a test gets from a service is held against the API document.
import { subscribe } from 'node:diagnostics_channel';
import { Readable } from 'node:stream';
import { afterEach, expect } from 'vitest';
import { outsideOfDocument } from '../openapi/answers.ts';

interface Request {
  readonly method: string;
  readonly is404: boolean;
  readonly routeOptions: { readonly url?: string };
}
interface Reply {
  readonly statusCode: number;
  getHeaders(): Record<string, unknown>;
}
interface Fastify {
  addHook(name: 'onSend', hook: (request: Request, reply: Reply, payload: unknown) => Promise<void>): void;
}

/** Collects a body while it is sent. One that breaks off is not complete, so it is not held against anything. */
const collected = (body: Readable, whole: (text: string) => void): void => {
  const pieces: Buffer[] = [];
  const pipe = body.pipe.bind(body);
  // A listener that comes before the pipe would start the flow without it.
  body.pipe = (to, options) => {
    body.on('data', (piece: Buffer) => pieces.push(Buffer.from(piece)));
    body.once('end', () => whole(Buffer.concat(pieces).toString()));
    return pipe(to, options);
  };
};

/** The text of a body that is sent at once; a compressed one is the same text in other bytes. */
const textOf = (payload: unknown): string =>
  typeof payload === 'string' ? payload : Buffer.isBuffer(payload) ? payload.toString() : '';

/** One for all files that share this thread: each runs this file again, and their services must be listened to once. */
const thread = globalThis as { outside?: Set<string> };

const listen = (): Set<string> => {
  const outside = new Set<string>();
  subscribe('fastify.initialization', (message) => {
    (message as { readonly fastify: Fastify }).fastify.addHook(
      'onSend',
      async ({ method, is404, routeOptions: { url: route } }, reply, payload) => {
        // The local registry speaks the protocol of registries.
        if (is404 || route === undefined || method === 'HEAD' || route.startsWith('/v2')) return;
        const check = (body: string): void => {
          const sent = { method, route, status: reply.statusCode, headers: reply.getHeaders(), body };
          for (const problem of outsideOfDocument(sent)) outside.add(problem);
        };
        if (payload instanceof Readable) collected(payload, check);
        else if (reply.getHeaders()['content-encoding'] === undefined) check(textOf(payload));
      },
    );
  });
  return outside;
};

const outside = (thread.outside ??= listen());

afterEach(() => {
  const found = [...outside];
  outside.clear();
  expect(found, 'answers that docs/openapi.json does not describe').toEqual([]);
});
