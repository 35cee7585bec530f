import { describe, expect, it } from 'vitest';
import { freshnessOf } from './freshness.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const now = Date.parse('2026-11-29T00:00:00Z');
const builtFor = (ms: number) => ({ builtAt: new Date(now - ms).toISOString(), demonstration: false });
const failedFor = (ms: number) => ({ since: now - ms, why: 'one.example does not answer' });

describe('the freshness of the announced database', () => {
  it.each<[string, number | undefined, number | undefined, string]>([
    ['a database of today', 6 * hourMs, undefined, 'good'],
    ['one of some days that the sources still have', 4 * dayMs, undefined, 'good'],
    ['failures of some hours', 6 * hourMs, 23 * hourMs, 'good'],
    ['failures of a day', 6 * hourMs, 24 * hourMs, 'warning'],
    ['a failure just now, after a restart, and a database of days', 2 * dayMs, 0, 'warning'],
    ['failures of five days', dayMs, 5 * dayMs, 'alarm'],
    ['a database of five days, days before images depend on it', 5 * dayMs, undefined, 'alarm'],
    ['a failure just now, after a restart, and a database of five days', 5 * dayMs, 0, 'alarm'],
    ['no database that grows old, and failures of a day', undefined, 24 * hourMs, 'warning'],
    ['no database that grows old', undefined, undefined, 'good'],
  ])('of %s', (_, age, failed, level) => {
    const database = age === undefined ? undefined : builtFor(age);
    const failing = failed === undefined ? undefined : failedFor(failed);
    expect(freshnessOf({ database, failing }, now).level).toBe(level);
  });

  it('depends on the limit that was announced with it', () => {
    const level = (tooOldDays: number, days: number) =>
      freshnessOf({ database: { ...builtFor(days * dayMs), tooOldDays } }, now).level;
    expect([level(14, 11.9), level(14, 12), level(2, 0.9), level(2, 1)]).toEqual(['good', 'alarm', 'good', 'alarm']);
    expect(freshnessOf({ database: { ...builtFor(400 * dayMs), demonstration: true } }, now).level).toBe('good');
  });

  it('does not depend on the Java database, of which failures are a warning after a day', () => {
    const database = builtFor(dayMs);
    const since = (ms: number) => freshnessOf({ database, javaFailing: failedFor(ms) }, now);
    expect(since(dayMs - 1)).toMatchObject({
      level: 'good',
      notes: [expect.stringMatching(/^no newer Java database/)],
    });
    expect(since(dayMs)).toMatchObject({ level: 'warning', notes: [expect.stringMatching(/^warning: no newer Java/)] });
    expect(since(9 * dayMs)).toMatchObject({ level: 'warning' });
  });

  it('is a warning if the clock is behind', () => {
    const clock = 'warning: the clock of this machine is behind';
    const database = builtFor(dayMs);
    expect(freshnessOf({ database, clock }, now)).toMatchObject({ level: 'warning', notes: [clock] });
    expect(freshnessOf({ database: builtFor(8 * dayMs), clock }, now).level).toBe('alarm');
  });

  it('names the cause, the age, and the time at which it matters', () => {
    expect(freshnessOf({ database: builtFor(5 * dayMs), failing: failedFor(2 * dayMs) }, now)).toEqual({
      level: 'alarm',
      ageSeconds: 432_000,
      failing: { since: '2026-11-27T00:00:00.000Z', why: 'one.example does not answer' },
      notes: [
        'alarm: no newer vulnerability database could be taken since 2026-11-27T00:00:00.000Z: one.example does not ' +
          'answer. The one in use is 5 days old: from 2026-12-01T00:00:00.000Z on no image becomes healthy by it ' +
          '(advisories-too-old)',
      ],
    });
    expect(freshnessOf({ database: builtFor(8 * dayMs) }, now).notes).toEqual([
      'alarm: there is no newer vulnerability database. The one in use is 8 days old: since ' +
        '2026-11-28T00:00:00.000Z no image becomes healthy by it (advisories-too-old)',
    ]);
  });
});
