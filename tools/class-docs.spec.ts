import { definitions } from '@assay/events';
import { expect, it } from 'vitest';
import { derivedSchemas } from './generate.ts';
import { fieldDoc } from './class-docs.ts';

type Schema = Record<string, unknown>;

const propertiesOf = (schema: Schema): [string, Schema][] =>
  Object.entries((schema['properties'] ?? {}) as Record<string, Schema>);

/** Fields of a schema and of its parts without a description, as `part.field`. */
const undescribed = (schema: Schema): string[] =>
  [['', schema] as const, ...Object.entries((schema['$defs'] ?? {}) as Record<string, Schema>)].flatMap(
    ([name, part]) =>
      propertiesOf(part)
        .filter(([, property]) => typeof property['description'] !== 'string')
        .map(([field]) => (name === '' ? field : `${name}.${field}`)),
  );

it.each(definitions.map(({ topic, version }) => `${topic}.v${version}`))('%s describes each field', (name) => {
  expect(undescribed(derivedSchemas().get(name) ?? {})).toEqual([]);
});

it('takes the comment above the decorators of a field, also of a parent', () => {
  expect(fieldDoc('Push', 'pushedAt')).toBe("The sender's clock.");
  expect(fieldDoc('ScanCompleted', 'pushedAt')).toBe("The sender's clock.");
  expect(fieldDoc('Push', 'no such field')).toBeUndefined();
  expect(fieldDoc('NoSuchClass', 'pushedAt')).toBeUndefined();
});
