import { expect, it } from 'vitest';
import { graphSettings, viewMemory } from '../../settings.ts';
import { GraphSettings } from './settings.ts';

it('query limits are those of Azure by default', () => {
  expect(graphSettings.read({})).toEqual(new GraphSettings());
  expect(
    graphSettings.read({
      ASSAY_QUERY_MS: '30000',
      ASSAY_QUERY_QUOTA: '100',
      ASSAY_QUERY_QUOTA_SECONDS: '60',
      ASSAY_QUERY_BYTES: '1024',
      ASSAY_QUERY_MB: '1000',
    }),
  ).toEqual(new GraphSettings({ limitMs: 30_000, quota: 100, quotaWindowMs: 60_000, mostBytes: 1024, memoryMb: 1000 }));
  expect(viewMemory.read({ ASSAY_VIEW_MB: '200' }).megabytes).toBe(200);
});

it.each([
  ['ASSAY_QUERY_MS', '0'],
  ['ASSAY_QUERY_MS', '5s'],
  ['ASSAY_QUERY_QUOTA', '-1'],
  ['ASSAY_QUERY_QUOTA_SECONDS', '0.5'],
  ['ASSAY_QUERY_BYTES', '1e12'],
  ['ASSAY_QUERY_MB', '10'],
  ['ASSAY_VIEW_MB', '400MB'],
])('%s of %s prevents the start', (name, value) => {
  expect(() => [graphSettings.read({ [name]: value }), viewMemory.read({ [name]: value })]).toThrow(
    new RegExp(`^${name} must be a whole number`),
  );
});
