// Every answer that a test gets from a service is held against the API document.
import { subscribe } from 'node:diagnostics_channel';
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
        const body = typeof payload === 'string' ? payload : '';
        for (const problem of outsideOfDocument({
          method,
          route,
          status: reply.statusCode,
          headers: reply.getHeaders(),
          body,
        }))
          outside.add(problem);
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
