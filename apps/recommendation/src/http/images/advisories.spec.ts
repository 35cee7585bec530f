import { expect, it } from 'vitest';
import type { PlacementState } from '@assay/read-model/placement/placement';
import { advisoriesAt } from './advisories.ts';
import type { ShownChild } from './images.ts';

const scanned = (builtAt: string, reason?: string): PlacementState =>
  ({ classified: { database: { builtAt }, reason } }) as unknown as PlacementState;
const child = (builtAt: string, more: Partial<ShownChild> = {}): ShownChild =>
  ({ status: 'healthy', platform: {}, state: scanned(builtAt), ...more }) as ShownChild;

it('an index rests on the oldest advisories of the images that answer for it', () => {
  const children = [
    child('2026-11-24T00:00:00Z'),
    child('2026-11-22T00:00:00Z', { children: [child('2026-11-23T00:00:00.000Z')] }),
    child('2026-11-01T00:00:00Z', { leftOut: 'windows-image' }),
    child('2026-11-01T00:00:00Z', { status: 'not-applicable' }),
  ];
  expect(advisoriesAt({ status: 'healthy', children })).toBe('2026-11-23T00:00:00.000Z');
  expect(advisoriesAt({ status: 'not-applicable', children: [] })).toBeUndefined();
});

it.each<[string, string | undefined, string]>([
  ['healthy', undefined, '2026-11-24T00:00:00Z'],
  ['undetermined', 'stale', '2026-11-24T00:00:00Z'],
])('a status %s (%s) rests on the advisories of the scan', (status, reason, at) => {
  expect(advisoriesAt({ status: status as 'healthy', state: scanned(at, reason) })).toBe(at);
});

it.each([
  ['undetermined', 'failed/unreachable'],
  ['queued', undefined],
])('a status %s (%s) rests on none', (status, reason) => {
  expect(advisoriesAt({ status: status as 'queued', state: scanned('2026-11-24T00:00:00Z', reason) })).toBeUndefined();
});
