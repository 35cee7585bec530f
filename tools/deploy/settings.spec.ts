import { describe, expect, it } from 'vitest';
import { flow } from '@assay/events';
import { processSettings } from '@assay/process';
import { services } from './composed.ts';
import { catalogue } from '../settings.ts';
import { filesBelow, sourcesOf, variablesOf } from './files.ts';
import { isSet, optional, wanted } from './wanted.ts';

/** Ours as declared, and those of OpenTelemetry that the code reads. */
const known = new Set([
  ...catalogue().map(({ name }) => name),
  ...[...variablesOf(['apps', 'libs'].flatMap(sourcesOf))].filter((name) => name.startsWith('OTEL_')),
]);

describe('variables', () => {
  it('that docker/ and charts/ name are read by the code', () => {
    const named = variablesOf([...filesBelow('docker'), ...filesBelow('charts')]);
    expect([...named].filter((name) => !known.has(name))).toEqual([]);
    expect(named.size).toBeGreaterThan(20);
  });

  it('that may be left out are those that production must set', () => {
    const needed = new Set(catalogue().flatMap(({ name, production }) => (production === undefined ? [] : [name])));
    expect(Object.keys(optional).filter((name) => !needed.has(name))).toEqual([]);
  });

  it.each(flow.map(({ app }) => app))('that %s reads are set in Compose', (app) => {
    const { environment = {} } = services[app]!;
    expect(wanted(app).filter((name) => !isSet(environment, name))).toEqual([]);
  });
});

it('the port of docker/ and charts/ is the one that a service takes by itself', () => {
  expect(processSettings('billing', false, {}).port).toBe(8080);
});
