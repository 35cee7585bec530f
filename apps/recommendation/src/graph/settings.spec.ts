import { expect, it } from 'vitest';
import { GraphSettings, graphSettingsIn } from './settings.ts';

it('the limits of queries are those of Azure unless the environment says otherwise', () => {
  expect(graphSettingsIn({})).toEqual(new GraphSettings());
  expect(graphSettingsIn({ ASSAY_QUERY_MS: '30000', ASSAY_QUERY_QUOTA: '100', ASSAY_QUERY_QUOTA_SECONDS: '60', ASSAY_QUERY_BYTES: '1024' })).toEqual(new GraphSettings({ limitMs: 30_000, quota: 100, quotaWindowMs: 60_000, mostBytes: 1024 }));
});

it.each([['ASSAY_QUERY_MS', '0'], ['ASSAY_QUERY_MS', '5s'], ['ASSAY_QUERY_QUOTA', '-1'], ['ASSAY_QUERY_QUOTA_SECONDS', '0.5'], ['ASSAY_QUERY_BYTES', '1e12']])('%s of %s stops the start', (name, value) => {
  expect(() => graphSettingsIn({ [name]: value })).toThrow(new RegExp(`^${name} must be a whole number`));
});
