import type { Type } from '@nestjs/common';

/** A JSON Schema (2020-12). A schema with a `title` is written once in the document, under that name. */
export type Schema = Readonly<Record<string, unknown>>;

export const text: Schema = { type: 'string' };
export const flag: Schema = { type: 'boolean' };
export const number: Schema = { type: 'number' };
export const count: Schema = { type: 'integer', minimum: 0 };
export const time: Schema = { type: 'string', format: 'date-time' };
export const link: Schema = { type: 'string', format: 'uri' };
export const texts: Schema = { type: 'array', items: text };
export const anything: Schema = {};

export const oneOf = (...values: readonly string[]): Schema => ({ type: 'string', enum: values });
export const list = (items: Schema): Schema => ({ type: 'array', items });
export const mapOf = (values: Schema): Schema => ({ type: 'object', additionalProperties: values });
export const either = (...schemas: readonly Schema[]): Schema => ({ anyOf: schemas });
export const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });

/** An object. A name that ends with `?` is optional. */
export const record = (properties: Readonly<Record<string, Schema>>, more: Schema = {}): Schema => {
  const names = Object.keys(properties);
  const required = names.filter((name) => !name.endsWith('?'));
  return {
    type: 'object',
    ...more,
    properties: Object.fromEntries(names.map((name) => [name.replace(/\?$/, ''), properties[name]])),
    ...(required.length > 0 ? { required } : {}),
  };
};

/** An object with a name of its own in the document. */
export const named = (title: string, properties: Readonly<Record<string, Schema>>, description?: string): Schema =>
  record(properties, { title, ...(description ? { description } : {}) });

/** A reference to the schema of a class, which its checks define once in the document. */
export const classed = ({ name }: Type): Schema => ({ $ref: `#/components/schemas/${name}` });

/** A page of a list. */
export const page = (items: Schema): Schema =>
  record({
    value: list(items),
    'nextLink?': { ...link, description: 'The next page; absent on the last page.' },
  });
