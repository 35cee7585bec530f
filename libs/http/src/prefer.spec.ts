import { expect, it } from 'vitest';
import { waitPreferred } from './prefer.ts';

it.each<[string | string[], number | undefined]>([
  ['wait=10', 10],
  ['respond-async, wait=100', 100],
  ['Wait = "7"', 7],
  ['wait=5; foo', 5],
  [['respond-async', 'wait=3'], 3],
  ['wait=1, wait=2', 1],
  ['foo="a, wait=9", wait=4', 4],
  ['wait=0', 0],
  ['wait', undefined],
  ['wait=', undefined],
  ['wait=-1', undefined],
  ['wait=1.5', undefined],
  ['wait=1e3', undefined],
  ['waits=1', undefined],
  ['wait=99999999999', undefined],
  ['', undefined],
])('`Prefer: %s` is to wait for %s', (prefer, seconds) => expect(waitPreferred({ headers: { prefer } })).toBe(seconds));

it('no header is no preference', () => expect(waitPreferred({ headers: {} })).toBeUndefined());
