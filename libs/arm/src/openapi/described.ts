import { SetMetadata, type CustomDecorator, type Type } from '@nestjs/common';
import type { Schema } from './schema.ts';

/** A parameter or a header. */
export interface Parameter {
  readonly description: string;
  readonly schema: Schema;
  readonly required?: boolean;
}

export type Parameters = Readonly<Record<string, Parameter>>;

export interface Answer {
  readonly description: string;
  /** By media type; an answer without a body has none. */
  readonly content?: Readonly<Record<string, Schema>>;
  readonly headers?: Parameters;
}

/**
 * What the code of a route cannot say of itself. Paths, permissions, `api-version` and bodies are read from the route.
 */
export interface Description {
  readonly summary: string;
  readonly path?: Parameters;
  readonly query?: Parameters;
  readonly headers?: Parameters;
  /** By media type, for a body that no class describes. */
  readonly body?: Readonly<Record<string, Schema>>;
  /** What the code checks of a body beyond its class. */
  readonly narrows?: Schema;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Refusals besides those that any route may give. */
  readonly refuses?: Readonly<Record<number, string>>;
  /** Ways in, where the route has its own; any of them will do. */
  readonly security?: readonly string[];
}

const key = 'assay:described';

/**
 * What the API document says of a route; `docs/openapi.json` is made of it, and answers in tests are held against it.
 */
export const Described = (description: Description): CustomDecorator => SetMetadata(key, description);

export const descriptionOf = (handler: object): Description | undefined =>
  Reflect.getMetadata(key, handler) as Description | undefined;

export const json = (description: string, schema: Schema, headers?: Parameters): Answer => ({
  description,
  content: { 'application/json': schema },
  ...(headers ? { headers } : {}),
});

/** A page of a list goes on by its `nextLink`. */
export const paged: Parameters = {
  $skipToken: { description: 'Where to go on, as a `nextLink` has it.', schema: { type: 'string' } },
};

/** Says of an answer in which state it shows something. */
export const etag: Parameters = {
  ETag: { description: 'The state that is shown.', schema: { type: 'string' }, required: true },
};

const condition = { type: 'string', pattern: '^(\\*|(W/)?"[!#-~]*"(, *(W/)?"[!#-~]*")*)$' } as const;

/** Of something that is written only as it was read. */
export const preconditions: Parameters = {
  'If-Match': {
    description: 'The state that it must be in, as an `ETag` said; `*`: it must exist.',
    schema: condition,
  },
  'If-None-Match': { description: '`*`: it must not exist.', schema: condition },
};

/** What 412 says of such a write. */
export const otherwise = 'It is not as the request says that it must be.';

/** Of something that is read only where it is not known already. */
export const ifChanged: Parameters = {
  'If-None-Match': { description: 'The state that the client has, as an `ETag` said.', schema: { type: 'string' } },
};

/** The class that a pipe checks a body by. */
export const expectedBy = (pipe: unknown): Type | undefined =>
  (pipe as { readonly expectedType?: Type } | undefined)?.expectedType;
