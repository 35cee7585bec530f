import { describe, expect, it } from 'vitest';
import type { DataOf } from '@assay/events';
import { dataOf, digestOf } from '../../test/fixtures.ts';
import { isIndexOfImages, staleAfterMs, waitMs } from './lapse.ts';

describe('what time brings about', () => {
  it('a database is old after fourteen days', () => {
    expect(staleAfterMs).toBe(14 * 86_400_000);
  });

  it.each<[string, number, DataOf<'image.pushed'>['origin'] | undefined]>([
    ['a notification', 15 * 60_000, 'notification'],
    ['an index', 15 * 60_000, 'index'],
    ['an older program, which names no origin', 15 * 60_000, undefined],
    ['a sweep', 86_400_000, 'sweep'],
  ])('a push by %s may wait %d ms', (_, ms, origin) => {
    expect(waitMs(origin)).toBe(ms);
  });
});

describe('an index of images', () => {
  const image = dataOf('image.pushed').facts!;
  const child = (kind: string, n: number) => ({ digest: digestOf(n), kind });

  it.each<[string, boolean, DataOf<'image.pushed'>['facts']]>([
    ['an index of an image', true, { ...image, kind: 'index', children: [child('image', 1)] }],
    [
      'an index of an image behind an attestation',
      true,
      { ...image, kind: 'index', children: [child('attestation', 1), child('image', 2)] },
    ],
    ['an index of an attestation', false, { ...image, kind: 'index', children: [child('attestation', 1)] }],
    ['an empty index', false, { ...image, kind: 'index', children: [] }],
    ['an index without children', false, { ...image, kind: 'index' }],
    ['an image', false, image],
    ['an image with children', false, { ...image, children: [child('image', 1)] }],
    ['a manifest without facts', false, undefined],
  ])('%s is one: %s', (_, is, facts) => {
    expect(isIndexOfImages(facts)).toBe(is);
  });
});
