import {
  declineReasons,
  definitions,
  doubtReasons,
  equipmentFailures,
  markReasons,
  parkReasons,
  scanFailures,
} from '@assay/events';
import { registryFailures } from '@assay/registry';
import { failureCodes } from '@assay/sandbox-runner/scanner/scanner';
import { obstacles } from '@assay/verdict';
import { expect, it } from 'vitest';
import { derivedSchemas, publishedSchemas } from './generate.ts';
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

it('each version as it was published describes each field', () => {
  const lacking = Object.entries(publishedSchemas()).flatMap(([name, schema]) =>
    undescribed(schema).map((field) => `${name}: ${field}`),
  );
  expect(lacking).toEqual([]);
});

it('takes the comment above the decorators of a field, also of a parent', () => {
  expect(fieldDoc('Push', 'pushedAt')).toBe("The sender's clock.");
  expect(fieldDoc('ScanCompleted', 'pushedAt')).toBe("The sender's clock.");
  expect(fieldDoc('Push', 'no such field')).toBeUndefined();
  expect(fieldDoc('NoSuchClass', 'pushedAt')).toBeUndefined();
});

const descriptionOf = (name: string, field: string): string =>
  String(new Map(propertiesOf(derivedSchemas().get(name) ?? {})).get(field)?.['description']);

it('lists each reason with its meaning', () => {
  expect(descriptionOf('scan.declined.v1', 'reason')).toContain(`- \`too-large\`: ${declineReasons['too-large']}`);
  expect(descriptionOf('finding.classified.v1', 'reason')).toContain('\n- `no-packages`: ');
  expect(descriptionOf('recommendation.changed.v2', 'reason')).toContain('\n- `stale`: ');
});

it('has a meaning for the reason of every obstacle', () => {
  const fixed = obstacles.flatMap(({ reason }) => (typeof reason === 'string' ? reason : []));
  expect(fixed.filter((reason) => !['stale', 'parked'].includes(reason) && !(reason in doubtReasons))).toEqual([]);
});

it('has a meaning for every failure of a scanner', () => {
  expect(failureCodes.filter((code) => !(code in scanFailures))).toEqual([]);
});

/** The codes that a field of a part of a schema lists. */
const codesOf = (name: string, part: string, field: string): string[] => {
  const parts = (derivedSchemas().get(name)?.['$defs'] ?? {}) as Record<string, Schema>;
  const text = String(new Map(propertiesOf(parts[part] ?? {})).get(field)?.['description']);
  return [...text.matchAll(/^- `(.+?)`: \S/gm)].map(([, code]) => String(code)).toSorted();
};

const ofAttempts = [scanFailures, registryFailures, equipmentFailures].flatMap((codes) => Object.keys(codes));

it('lists each code of an exception of a mark once: of marks, of parked events and of attempts that failed', () => {
  const all = [...Object.keys(markReasons), ...Object.keys(parkReasons), ...ofAttempts];
  expect(codesOf('mark.v1', 'MarkException', 'reason')).toEqual([...new Set(all)].toSorted());
  // An image is replaced by its registry only if an attempt failed.
  expect(codesOf('mark.v1', 'RegistryException', 'reason')).toEqual(
    [...new Set([...ofAttempts, 'troubled'])].toSorted(),
  );
});

it('joins the meanings of a code that two parts have', () => {
  expect(descriptionOf('scan.completed.v1', 'reason')).toContain(
    `- \`timeout\`: ${scanFailures.timeout}; or ${registryFailures.timeout}\n`,
  );
});
