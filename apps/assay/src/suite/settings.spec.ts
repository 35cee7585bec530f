import { expect, it } from 'vitest';
import { checkSettings } from './settings.ts';

it.each([
  ['ASSAY_PUBLIC_BASE', 'assay.example.com'],
  ['ASSAY_QUERY_MS', '0'],
  ['ASSAY_QUERY_QUOTA', 'many'],
  ['ASSAY_REQUESTS_PER_SECOND', 'many'],
  ['ASSAY_REQUESTS_BURST', '0'],
  ['ASSAY_MANAGEMENT_GROUPS', '[]'],
  ['ASSAY_ASSESSMENT_SHAPES', 'round'],
  ['ASSAY_PRICES', '[]'],
  ['ASSAY_SCAN_SECONDS', '-1'],
  ['ASSAY_PARTITIONS', '0'],
])('%s of `%s` is reported before anything starts', (name, value) => {
  expect(() => {
    checkSettings({});
  }).not.toThrow();
  expect(() => {
    checkSettings({ [name]: value });
  }).toThrow(new RegExp(`^${name}`));
});
