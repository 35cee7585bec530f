import { expect, it, onTestFinished } from 'vitest';
import { EmbeddedLog } from '@assay/messaging';
import { ClockWatch, type ClockWatchPorts, type Happened } from './clock-watch.ts';
import { systemClock } from './clock.ts';

const hourMs = 3_600_000;
const now = Date.parse('2026-12-01T00:00:00Z');
const at = (ms: number): string => new Date(now + ms).toISOString();

const watched = async (
  times: readonly string[],
  others: readonly Happened[] = [],
  more: Partial<ClockWatchPorts> = {},
) => {
  const log = new EmbeddedLog(':memory:', 4);
  onTestFinished(() => log.close());
  const record = (time: string, n: number) => ({
    topic: 'scan.approved',
    partition: n % log.partitions,
    key: `${n}`,
    headers: { ce_time: time },
    value: '{}',
  });
  await log.append(times.map(record));
  const clock = { ...systemClock, now: () => now };
  const watch = new ClockWatch({ app: 'sandbox-runner', log, others: () => others, clock, ...more });
  onTestFinished(() => watch.close());
  await watch.start();
  return { note: watch.note(), now: watch.agesClock.now() };
};

it('a clock is behind if it is more than an hour before the last record of the log', async () => {
  expect(await watched([])).toEqual({ now });
  expect(await watched([at(-hourMs), at(hourMs)])).toEqual({ now: now + hourMs });
  expect(await watched([at(240 * hourMs), at(2 * hourMs), at(-hourMs)])).toEqual({
    now: now + 240 * hourMs,
    note:
      'warning: the clock of this machine is behind: the last record of the log is of 2026-12-11T00:00:00.000Z. Set ' +
      'it (NTP): by such a clock an old database looks new',
  });
});

it('a clock is behind other times, too, of which the latest is named', async () => {
  const others = [
    { what: 'the database in use is of', atMs: now + 2 * hourMs },
    { what: 'by reg.test it is', atMs: now + 3 * hourMs },
  ];
  expect(await watched([at(0)], others)).toMatchObject({
    note: expect.stringContaining('behind: by reg.test it is 2026-12-01T03:00:00.000Z.') as string,
  });
  expect(await watched([at(0)], [{ what: 'the database in use is of', atMs: now + hourMs }])).toEqual({ now });
});

it('records of other services do not count, and a log that is away is no failure', async () => {
  expect(await watched([at(240 * hourMs)], [], { app: 'billing' })).toEqual({ now });
  const log = { partitions: 1, end: () => Promise.reject(new Error('away')), read: () => undefined as never };
  expect(await watched([], [], { log })).toEqual({ now });
});
