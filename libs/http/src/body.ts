import { createRequire } from 'node:module';
import { present } from '@assay/events';
import { badRequest } from '@assay/arm';

/** Node finds no named exports in this bundle, and linters see no default export. */
const { createScanner } = createRequire(import.meta.url)('jsonc-parser') as typeof import('jsonc-parser');

/** `SyntaxKind` of the scanner, a `const enum` and therefore absent at run time. */
const kinds = { openBrace: 1, closeBrace: 2, openBracket: 3, closeBracket: 4, comma: 5, text: 10, end: 17 } as const;

/**
 * JSON, types based on JSON (`application/*+json`), and the types of registry notifications. The charset is ignored.
 */
export const jsonTypes =
  /^application\/(?:[\w!#$&^.-]+\+)?json(?:\s*;|\s*$)|^application\/vnd\.docker\.distribution\.events\./i;

type Done = (error: Error | null, body?: unknown) => void;

/** The part of Fastify that parses bodies. */
interface BodyReaders {
  removeAllContentTypeParsers(): void;
  addContentTypeParser(
    type: RegExp,
    options: { parseAs: 'string' },
    parser: (request: unknown, body: string, done: Done) => void,
  ): unknown;
}

/** Bounds the recursion of the checks; no body of the API is nested deeper. */
const defaultMaxDepth = 100;

/**
 * Refuses duplicate members: readers differ in which one they take, so a proxy, an audit or a check may have read the
 * other. The text is known to be JSON, so only brackets, commas and strings matter.
 */
const refuseAmbiguous = (text: string, maxDepth: number): void => {
  const scanner = createScanner(text, true);
  /** The names in each open object; an array has none. */
  const open: (Set<string> | undefined)[] = [];
  let isKey = false;
  for (let kind: number = scanner.scan(); kind !== kinds.end; kind = scanner.scan()) {
    if (kind === kinds.openBrace || kind === kinds.openBracket) {
      if (open.length === maxDepth) throw new SyntaxError(`it is nested deeper than ${maxDepth}`);
      open.push(kind === kinds.openBrace ? new Set() : undefined);
      isKey = kind === kinds.openBrace;
    } else if (kind === kinds.closeBrace || kind === kinds.closeBracket) {
      open.pop();
    } else if (kind === kinds.comma) {
      isKey = open.at(-1) !== undefined;
    } else if (kind === kinds.text && isKey) {
      const [key, names] = [scanner.getTokenValue(), present(open.at(-1), 'open object')];
      if (key === '__proto__') throw new SyntaxError('a key is not allowed');
      if (names.has(key)) throw new SyntaxError(`an object has the member '${key.slice(0, 100)}' twice`);
      names.add(key);
      isKey = false;
    }
  }
};

/**
 * Parses JSON that has one meaning only. Ignores a byte order mark in front.
 * @throws SyntaxError
 */
export const readJson = (body: string, maxDepth = defaultMaxDepth): unknown => {
  const text = body.replace(/^\uFEFF/, '');
  const value: unknown = JSON.parse(text);
  refuseAmbiguous(text, maxDepth);
  return value;
};

/** Parses JSON only; answers 415 to any other body. An empty body counts as none, regardless of its type. */
export const readJsonOnly = (server: BodyReaders): void => {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(jsonTypes, { parseAs: 'string' }, (_, body, done) => {
    if (body.trim() === '') return done(null, undefined);
    let value: unknown;
    try {
      value = readJson(body);
    } catch (error) {
      return done(
        badRequest(
          'InvalidRequestContent',
          `The request content was invalid and could not be deserialized: '${(error as Error).message}'.`,
        ),
      );
    }
    done(null, value);
  });
};
