import { expect, it } from 'vitest';
import { asOfAfter } from './as-of.ts';

const cutOff = '2026-11-29T06:00:00Z';

it('is the moment of the newest answer of the read model, until it answers of now again', () => {
  expect(asOfAfter(undefined, '/assay/images', cutOff)).toBe(cutOff);
  expect(asOfAfter(cutOff, '/assay/images/sha256:ab/findings', '2026-11-29T06:01:00Z')).toBe('2026-11-29T06:01:00Z');
  expect(asOfAfter(cutOff, '/assay/images', undefined)).toBeUndefined();
});

it.each(['/assay/services', '/assay/runners', '/assay/sweeps', '/assay/charges', '/assay/plans/VirtualMachines'])(
  'stays while %s is asked, which is not answered from the read model',
  (path) => {
    expect(asOfAfter(cutOff, path, undefined)).toBe(cutOff);
  },
);
