import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Json = Readonly<Record<string, unknown>>;

/** The parts of an answer that the document describes. */
export interface Sent {
  readonly method: string;
  /** In the router's form: `/assay/images/:digest`. */
  readonly route: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Rejects members that the document does not describe, although clients must accept them. A member of `allOf` knows
 * only its part, so it stays open.
 */
const closed = (value: unknown, isPart: boolean): unknown => {
  if (Array.isArray(value)) return value.map((item) => closed(item, isPart));
  if (!isObject(value)) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, closed(item, key === 'allOf')]));
  return !isPart && ('properties' in value || '$ref' in value || 'allOf' in value) && !('additionalProperties' in value)
    ? { ...inner, unevaluatedProperties: false }
    : inner;
};

/** Schemas are closed at their uses; a closed schema could not be part of another. */
const closedDocument = ({ paths, components, ...rest }: Json): Json => {
  const { schemas, responses, ...others } = components as Readonly<Record<string, Json>>;
  const open = Object.fromEntries(
    Object.entries(schemas!).map(([name, schema]) => {
      const { unevaluatedProperties: _, ...itself } = closed(schema, false) as Json;
      return [name, itself];
    }),
  );
  return {
    ...rest,
    paths: closed(paths, false),
    components: { ...others, schemas: open, responses: closed(responses, false) },
  };
};

const document = closedDocument(
  JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')) as Json,
);
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(document, 'document');

const pointer = (...parts: readonly (string | number)[]): string =>
  parts.map((part) => `/${encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');

const at = (...parts: readonly (string | number)[]): unknown =>
  parts.reduce<unknown>((found, part) => (isObject(found) ? found[part] : undefined), document);

/** The place of a response in the document, after resolving its reference. */
const placeOf = (path: string, method: string, status: number): readonly (string | number)[] => {
  const own = ['paths', path, method, 'responses', status];
  const { $ref } = (at(...own) ?? {}) as { readonly $ref?: string };
  return $ref ? $ref.split('/').slice(1) : own;
};

const wrongBody = (place: readonly (string | number)[], type: string, body: string): readonly string[] => {
  const isValid = ajv.getSchema(`document#${pointer(...place, 'content', type, 'schema')}`)!;
  return bodiesIn(type, body).flatMap((one) =>
    isValid(one)
      ? []
      : (isValid.errors ?? []).map(
          ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
        ),
  );
};

/** The values that the schema of a type describes: a body, or each line of it. */
const bodiesIn = (type: string, body: string): readonly unknown[] => {
  if (type === 'application/x-ndjson')
    return body
      .split('\n')
      .filter((line) => line !== '')
      .map((line): unknown => JSON.parse(line));
  return [type.endsWith('json') ? JSON.parse(body) : body];
};

/** Deviations of an answer from the document; empty if it conforms. */
export const outsideOfDocument = ({ method, route, status, headers, body }: Sent): readonly string[] => {
  const path = route.replaceAll(/:(\w+)/g, '{$1}');
  const name = `${method} ${path} ${status}`;
  if (!at('paths', path, method.toLowerCase())) return [`${name}: there is no such route`];
  const place = placeOf(path, method.toLowerCase(), status);
  const response = at(...place) as
    | { readonly content?: Json; readonly headers?: Readonly<Record<string, { readonly required?: boolean }>> }
    | undefined;
  if (!response) return [`${name}: there is no such status`];
  const missing = Object.entries(response.headers ?? {})
    .filter(([header, { required }]) => required && headers[header.toLowerCase()] === undefined)
    .map(([header]) => `${name}: ${header} is missing`);
  if (body === '') return [...missing, ...(response.content ? [`${name}: there is no body`] : [])];
  const type = String(headers['content-type']).split(';')[0]!;
  if (!response.content || !(type in response.content)) return [...missing, `${name}: a body of ${type}`];
  return [...missing, ...wrongBody(place, type, body).map((problem) => `${name}: ${problem}`)];
};
