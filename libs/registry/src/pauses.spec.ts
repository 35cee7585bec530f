import { describe, expect, it } from 'vitest';
import { RegistryError } from './error.ts';
import { RegistryPauses } from './pauses.ts';

const away = new RegistryError('unreachable', 'the connection failed (ECONNREFUSED)');

const watched = () => {
  const time = { now: Date.parse('2026-11-28T10:00:00.000Z') };
  return { time, pauses: new RegistryPauses(() => time.now) };
};

describe('a registry', () => {
  it('that asks for a pause has it, from everybody', () => {
    const { time, pauses } = watched();
    pauses.failed(
      'reg.test',
      new RegistryError('rate-limited', 'the registry answered 429', { retryAfterMs: 120_000 }),
    );
    expect(pauses.rest('REG.test')).toMatchObject({ ms: 120_000, error: { code: 'rate-limited' } });
    expect(pauses.rest('other.test')).toBeUndefined();
    expect(pauses.notes).toEqual([
      'reg.test is left alone until 2026-11-28T10:02:00.000Z: the registry answered 429, and asks for 120 s',
    ]);
    time.now += 120_000;
    expect([pauses.rest('reg.test'), pauses.notes]).toEqual([undefined, []]);
  });

  it('is left alone after three tries in vain, and then tried by one at a time', () => {
    const { time, pauses } = watched();
    pauses.failed('reg.test', away);
    pauses.failed('reg.test', away);
    expect(pauses.rest('reg.test')).toBeUndefined();
    pauses.failed('reg.test', away);
    expect(pauses.rest('reg.test')).toMatchObject({ ms: 1000 });
    time.now += 1000;
    expect(pauses.rest('reg.test')).toBeUndefined();
    expect(pauses.rest('reg.test')).toMatchObject({ ms: 5000 });
    pauses.failed('reg.test', away);
    expect(pauses.rest('reg.test')).toMatchObject({ ms: 2000 });
    for (let more = 0; more < 10; more += 1) pauses.failed('reg.test', away);
    expect(pauses.rest('reg.test')).toMatchObject({ ms: 60_000 });
    time.now += 60_000;
    expect(pauses.rest('reg.test')).toBeUndefined();
    pauses.answered('reg.test');
    expect([pauses.rest('reg.test'), pauses.rest('reg.test'), pauses.notes]).toEqual([undefined, undefined, []]);
  });

  it('that refuses answers; and where whoever tried says nothing, another may', () => {
    const { time, pauses } = watched();
    for (let more = 0; more < 3; more += 1) pauses.failed('reg.test', away);
    time.now += 1000;
    expect(pauses.rest('reg.test')).toBeUndefined();
    pauses.failed('reg.test', new RegistryError('aborted', 'cancelled'));
    expect(pauses.rest('reg.test')).toBeUndefined();
    time.now += 5 * 60_000;
    expect(pauses.rest('reg.test')).toBeUndefined();
    pauses.failed('reg.test', new RegistryError('unauthorized', 'the registry answered 403'));
    expect([pauses.rest('reg.test'), pauses.rest('reg.test')]).toEqual([undefined, undefined]);
  });
});
