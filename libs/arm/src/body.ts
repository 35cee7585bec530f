import { badRequest } from './error.ts';

/** JSON, what is written in JSON (`application/*+json`), and what registries call it when they notify. The charset does not matter. */
export const jsonTypes = /^application\/(?:[\w!#$&^.-]+\+)?json(?:\s*;|\s*$)|^application\/vnd\.docker\.distribution\.events\./i;

type Done = (error: Error | null, body?: unknown) => void;

/** The part of Fastify that reads bodies. */
interface BodyReaders {
  removeAllContentTypeParsers(): void;
  addContentTypeParser(type: RegExp, options: { parseAs: 'string' }, parser: (request: unknown, body: string, done: Done) => void): unknown;
}

const tainted = (key: string): boolean => key === '__proto__';

/** Only JSON is read; whatever else has a body is answered with 415. An empty body is no body, whatever its type says. */
export const readJsonOnly = (server: BodyReaders): void => {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(jsonTypes, { parseAs: 'string' }, (_, body, done) => {
    if (body.trim() === '') return done(null, undefined);
    try {
      done(null, JSON.parse(body.replace(/^\uFEFF/, ''), (key, value: unknown) => {
        if (tainted(key)) throw new SyntaxError('a key is not allowed');
        return value;
      }));
    } catch (error) {
      done(badRequest('InvalidRequestContent', `The request content was invalid and could not be deserialized: '${(error as Error).message}'.`));
    }
  });
};
