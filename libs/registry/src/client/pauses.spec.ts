import { describe, expect, it } from 'vitest';
import { RegistryError } from '../error.ts';
import { RegistryPauses } from './pauses.ts';

const away = new RegistryError('unreachable', 'the connection failed (ECONNREFUSED)');

const busy = new RegistryError('rate-limited', 'the registry answered 429', { retryAfterMs: 120_000 });

const watched = () => {
  const time = { now: Date.parse('2026-11-28T10:00:00.000Z') };
  return { time, pauses: new RegistryPauses(() => time.now) };
};

describe('a registry', () => {
  it('that asks for a pause gets it from all images, also if other answers follow', () => {
    const { time, pauses } = watched();
    pauses.failed('reg.test', 'one', busy);
    expect(pauses.rest('REG.test', 0, 0)).toMatchObject({ ms: 120_000, error: { code: 'rate-limited' } });
    expect(pauses.rest('REG.test', 0, 1)).toMatchObject({ ms: 150_000 });
    expect(pauses.rest('other.test')).toBeUndefined();
    pauses.answered('reg.test', 'two');
    pauses.failed('reg.test', 'three', away);
    expect([pauses.pauseMs('reg.test'), pauses.pauseMs('other.test')]).toEqual([120_000, 0]);
    expect(pauses.notes).toEqual([
      'requests to reg.test pause until 2026-11-28T10:02:00.000Z: the registry answered 429, and asks for 120 s',
    ]);
    time.now += 120_000;
    expect([pauses.rest('reg.test'), pauses.pauseMs('reg.test'), pauses.notes]).toEqual([undefined, 0, []]);
  });

  it('is left alone after three failed images, and then tried by one at a time', () => {
    const { time, pauses } = watched();
    for (const image of ['one', 'two', 'one', 'two']) pauses.failed('reg.test', image, away);
    expect([pauses.rest('reg.test'), pauses.away]).toEqual([undefined, 0]);
    pauses.failed('reg.test', 'three', away);
    expect(pauses.rest('reg.test', 0, 0)).toMatchObject({ ms: 1000 });
    expect(pauses.away).toBe(1);
    time.now += 1000;
    expect(pauses.rest('reg.test')).toBeUndefined();
    expect(pauses.rest('reg.test', 0, 0)).toMatchObject({ ms: 5000 });
    pauses.failed('reg.test', 'four', away);
    expect(pauses.rest('reg.test', 0, 0)).toMatchObject({ ms: 2000 });
    for (let more = 0; more < 10; more += 1) pauses.failed('reg.test', `and ${more}`, away);
    expect(pauses.rest('reg.test', 0, 0)).toMatchObject({ ms: 10_000 });
    time.now += 10_000;
    expect(pauses.rest('reg.test')).toBeUndefined();
    pauses.answered('reg.test', 'one');
    expect([pauses.rest('reg.test'), pauses.rest('reg.test'), pauses.notes]).toEqual([undefined, undefined, []]);
  });

  it('is tried by new images first, and by others after a delay that grows with their tries', () => {
    const { time, pauses } = watched();
    for (const image of ['one', 'two', 'three']) pauses.failed('reg.test', image, away);
    expect([0, 1, 3, 1000].map((tries) => pauses.rest('reg.test', tries, 0)?.ms)).toEqual([1000, 4000, 7000, 16_000]);
    time.now += 1000;
    expect([1, 0].map((tries) => pauses.rest('reg.test', tries, 0)?.ms)).toEqual([3000, undefined]);
  });

  it('is not away for images that fail while it answers others', () => {
    const { pauses } = watched();
    const some = Array.from({ length: 20 }, (_, nth) => `image ${nth}`);
    for (const image of some) pauses.failed('reg.test', image, away);
    expect(pauses.rest('reg.test')).toBeDefined();
    pauses.answered('reg.test', 'whole');
    for (const image of some) pauses.failed('reg.test', image, away);
    expect([pauses.rest('reg.test'), pauses.notes]).toEqual([undefined, []]);
    // An image that succeeded since counts again.
    for (const image of some) pauses.answered('reg.test', image);
    for (const image of some) pauses.failed('reg.test', image, away);
    expect(pauses.rest('reg.test')).toBeDefined();
  });

  it('is not away any more once no image tried it for twelve minutes, and is still tried by one at a time', () => {
    const { time, pauses } = watched();
    for (const image of ['one', 'two', 'three']) pauses.failed('reg.test', image, away);
    // Images that wait for it try it at least every ten minutes.
    time.now += 10.5 * 60_000;
    expect([pauses.rest('reg.test'), pauses.away]).toEqual([undefined, 1]);
    time.now += 5 * 60_000;
    pauses.failed('reg.test', 'one', away);
    time.now += 12 * 60_000 - 1;
    expect([pauses.away, pauses.notes.length]).toEqual([1, 1]);
    time.now += 1;
    expect([pauses.away, pauses.notes]).toEqual([0, []]);
    expect([pauses.rest('reg.test'), pauses.rest('reg.test', 0, 0)]).toMatchObject([undefined, { ms: 5000 }]);
  });

  it('that refuses counts as answering, and is tried again if the trying image reports no result', () => {
    const { time, pauses } = watched();
    for (const image of ['one', 'two', 'three']) pauses.failed('reg.test', image, away);
    time.now += 1000;
    expect(pauses.rest('reg.test')).toBeUndefined();
    pauses.failed('reg.test', 'one', new RegistryError('aborted', 'cancelled'));
    expect(pauses.rest('reg.test')).toBeUndefined();
    time.now += 5 * 60_000;
    expect(pauses.rest('reg.test')).toBeUndefined();
    pauses.failed('reg.test', 'one', new RegistryError('unauthorized', 'the registry answered 403'));
    expect([pauses.rest('reg.test'), pauses.rest('reg.test')]).toEqual([undefined, undefined]);
  });
});
