import { createRequire } from 'node:module';
import { badRequest } from './error.ts';

/** Node takes no named export out of its bundle, and linters see no default one. */
const { visit } = createRequire(import.meta.url)('jsonc-parser') as typeof import('jsonc-parser');

/** JSON, what is written in JSON (`application/*+json`), and what registries call it when they notify. The charset does not matter. */
export const jsonTypes = /^application\/(?:[\w!#$&^.-]+\+)?json(?:\s*;|\s*$)|^application\/vnd\.docker\.distribution\.events\./i;

type Done = (error: Error | null, body?: unknown) => void;

/** The part of Fastify that reads bodies. */
interface BodyReaders {
  removeAllContentTypeParsers(): void;
  addContentTypeParser(type: RegExp, options: { parseAs: 'string' }, parser: (request: unknown, body: string, done: Done) => void): unknown;
}

const tainted = (key: string): boolean => key === '__proto__';

/** Of two members of one name a reader takes one, and nobody says which: a proxy, an audit or a check may have read the other. */
const refuseRepeatedKeys = (text: string): void => {
  const open: Set<string>[] = [];
  visit(text, {
    onObjectBegin: () => { open.push(new Set()); },
    onObjectProperty: (key) => {
      if (open.at(-1)!.has(key)) throw new SyntaxError(`an object has the member '${key.slice(0, 100)}' twice`);
      open.at(-1)!.add(key);
    },
    onObjectEnd: () => { open.pop(); },
  });
};

/** A body as JSON that has one meaning only. A byte order mark in front is none of it. */
const read = (body: string): unknown => {
  const text = body.replace(/^\uFEFF/, '');
  const value: unknown = JSON.parse(text, (key, member: unknown) => {
    if (tainted(key)) throw new SyntaxError('a key is not allowed');
    return member;
  });
  refuseRepeatedKeys(text);
  return value;
};

/** Only JSON is read; whatever else has a body is answered with 415. An empty body is no body, whatever its type says. */
export const readJsonOnly = (server: BodyReaders): void => {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(jsonTypes, { parseAs: 'string' }, (_, body, done) => {
    if (body.trim() === '') return done(null, undefined);
    let value: unknown;
    try {
      value = read(body);
    } catch (error) {
      return done(badRequest('InvalidRequestContent', `The request content was invalid and could not be deserialized: '${(error as Error).message}'.`));
    }
    done(null, value);
  });
};
