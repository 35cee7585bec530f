import { createRequire } from 'node:module';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { EventDefinition } from './definition.ts';

// The schemas are generated from the classes (npm run docs) and kept in the repository. Validation compiles them, as a
// page of findings is then checked about fifty times faster than by the decorators.
const read = createRequire(import.meta.url);
const ajv = new Ajv2020({ strict: false, allErrors: false });
addFormats.default(ajv);

type Schemed = Pick<EventDefinition, 'topic' | 'version'>;

const compiled = new Map<string, ValidateFunction>();

/**
 * The published JSON Schema (2020-12) of the data of an event.
 *
 * @public the tests of the images load it from the build
 */
export const schemaOf = ({ topic, version }: Schemed): object => read(`../schemas/${topic}.v${version}.json`) as object;

/**
 * Without its schema, every event of a topic would be taken for invalid. A consumer therefore checks for all schemas
 * first.
 */
export class SchemaMissing extends Error {
  readonly code = 'configuration';
  readonly remedy =
    'they lie in libs/events/schemas, which belongs beside dist wherever @assay/events is put; ' +
    '`npm run docs` writes them again';
  constructor(topic: string, cause: unknown) {
    super(`the schema of ${topic} cannot be read`, { cause });
  }
}

/** @throws SchemaMissing */
export const checkSchemas = (definitions: readonly Schemed[]): void => {
  for (const definition of definitions) {
    try {
      schemaOf(definition);
    } catch (error) {
      throw new SchemaMissing(definition.topic, error);
    }
  }
};

const validator = (definition: Schemed): ValidateFunction => {
  const known = compiled.get(definition.topic);
  if (known) return known;
  const made = ajv.compile(schemaOf(definition));
  compiled.set(definition.topic, made);
  return made;
};

/** The first fault of the data, as one line, or `undefined` if the data is valid. */
export const fault = (definition: Schemed, data: unknown): string | undefined => {
  const validate = validator(definition);
  if (validate(data)) return undefined;
  const [error] = validate.errors ?? [];
  return `data${error?.instancePath ?? ''} ${error?.message ?? 'is invalid'}`;
};

/**
 * Returns the data as given if it is valid.
 * @throws TypeError naming the first fault
 */
export const validated = <Data extends object>(definition: EventDefinition<Data>, data: unknown): Data => {
  const problem = fault(definition, data);
  if (problem) throw new TypeError(`${definition.topic}: ${problem}`);
  return data as Data;
};
