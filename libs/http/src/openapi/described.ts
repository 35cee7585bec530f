import { SetMetadata, type CustomDecorator, type Type } from '@nestjs/common';
import type { Schema } from './schema.ts';

/** A parameter or a header. */
export interface DescribedParameter {
  readonly description: string;
  readonly schema: Schema;
  readonly required?: boolean;
}

export type Parameters = Readonly<Record<string, DescribedParameter>>;

export interface DescribedAnswer {
  readonly description: string;
  /** By media type; absent for an answer without a body. */
  readonly content?: Readonly<Record<string, Schema>>;
  readonly headers?: Parameters;
}

/**
 * Documentation that the code of a route does not contain. Paths, permissions, `api-version` and bodies are read from
 * the route.
 */
export interface Description {
  readonly summary: string;
  readonly path?: Parameters;
  readonly query?: Parameters;
  readonly headers?: Parameters;
  /** By media type, for a body that no class describes. */
  readonly body?: Readonly<Record<string, Schema>>;
  /** Checks of a body beyond those of its class. */
  readonly narrows?: Schema;
  readonly answers: Readonly<Record<number, DescribedAnswer>>;
  /** Refusals besides those that any route may give. */
  readonly refuses?: Readonly<Record<number, string>>;
  /** Alternative credentials, if the route has its own. */
  readonly security?: readonly string[];
}

const key = 'assay:described';

/**
 * Describes a route for the API document. `docs/openapi.json` is generated from it, and tests check answers against it.
 */
export const Described = (description: Description): CustomDecorator => SetMetadata(key, description);

export const descriptionOf = (handler: object): Description | undefined =>
  Reflect.getMetadata(key, handler) as Description | undefined;

export const json = (description: string, schema: Schema, headers?: Parameters): DescribedAnswer => ({
  description,
  content: { 'application/json': schema },
  ...(headers ? { headers } : {}),
});

/** Query of a paged list, which continues by its `nextLink`. */
export const paged: Parameters = {
  $skipToken: { description: 'The position to continue at, from a `nextLink`.', schema: { type: 'string' } },
};

/** Header with the state that an answer shows. */
export const etag: Parameters = {
  ETag: { description: 'The state of the resource.', schema: { type: 'string' }, required: true },
};

const condition = { type: 'string', pattern: '^(\\*|(W/)?"[!#-~]*"(, *(W/)?"[!#-~]*")*)$' } as const;

/** Headers of a write that applies only to the state that the client read. */
export const preconditions: Parameters = {
  'If-Match': {
    description: 'The `ETag` of the state that the resource must have; `*`: it must exist.',
    schema: condition,
  },
  'If-None-Match': { description: '`*`: it must not exist.', schema: condition },
};

/** Description of 412 for such a write. */
export const otherwise = 'The resource does not meet the condition of the request.';

/** Header of a read that is answered only if the state changed. */
export const ifChanged: Parameters = {
  'If-None-Match': { description: 'The `ETag` of the state that the client has.', schema: { type: 'string' } },
};

/** Returns the class by which a pipe checks a body. */
export const expectedBy = (pipe: unknown): Type | undefined =>
  (pipe as { readonly expectedType?: Type } | undefined)?.expectedType;
