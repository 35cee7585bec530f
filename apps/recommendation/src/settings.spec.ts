import { expect, it } from 'vitest';
import { recommendationSettings, snapshotSettings } from './settings.ts';

const key = 'a'.repeat(32);

it('snapshots are off without a place', () => {
  expect(snapshotSettings.read({})).toBeUndefined();
});

it('snapshots are taken after six hours or a million records by default', () => {
  expect(snapshotSettings.read({ ASSAY_SNAPSHOTS: '/snapshots', ASSAY_SNAPSHOTS_KEY: key })).toEqual({
    key,
    everyMs: 6 * 3_600_000,
    everyRecords: 1_000_000,
  });
  expect(
    snapshotSettings.read({
      ASSAY_SNAPSHOTS: '/snapshots',
      ASSAY_SNAPSHOTS_KEY: key,
      ASSAY_SNAPSHOTS_HOURS: '1',
      ASSAY_SNAPSHOTS_RECORDS: '10',
    }),
  ).toMatchObject({ everyMs: 3_600_000, everyRecords: 10 });
});

it.each([
  [{ ASSAY_SNAPSHOTS: '/snapshots' }, 'ASSAY_SNAPSHOTS_KEY must have at least 32 characters'],
  [{ ASSAY_SNAPSHOTS: '/snapshots', ASSAY_SNAPSHOTS_KEY: 'hunter2' }, 'ASSAY_SNAPSHOTS_KEY must have at least 32'],
  [{ ASSAY_SNAPSHOTS_KEY: key }, 'ASSAY_SNAPSHOTS_KEY is set without ASSAY_SNAPSHOTS'],
  [{ ASSAY_SNAPSHOTS_HOURS: '0' }, 'ASSAY_SNAPSHOTS_HOURS must be a whole number'],
])('%o prevents the start, and no message has the key', (env, message) => {
  expect(() => snapshotSettings.read(env)).toThrow(message);
  expect(() => snapshotSettings.read(env)).not.toThrow('hunter2');
});

it('the portal links to the tools that are named', () => {
  const links = (env: Readonly<Record<string, string>>) =>
    recommendationSettings.read({ ASSAY_API_TOKEN: key, ...env }).portal.links;
  expect(links({})).toEqual({});
  const traces = 'https://traces.test/{traceId}';
  expect(links({ ASSAY_DASHBOARDS_URL: 'https://boards.test/', ASSAY_TRACES_URL: traces })).toEqual({
    dashboards: 'https://boards.test/',
    traces,
  });
  expect(() => links({ ASSAY_TRACES_URL: 'https://traces.test/' })).toThrow('ASSAY_TRACES_URL');
});
