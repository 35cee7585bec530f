import { describe, expect, it } from 'vitest';
import type { EventLog, LogRecord } from '@assay/messaging';
import { ExportRecords, type ExportRecord } from './recording.ts';

const day = Date.parse('2026-11-29T00:00:00.000Z');
const hourMs = 3_600_000;

const month: ExportRecord = {
  period: '2026-11',
  by: 'cy (here)',
  why: 'a script',
  format: 'focus-csv',
  profile: 'focus-1.2',
  charges: 3,
  total: '0.87 USD',
  marks: { id: 'request-1' },
};

const setting = () => {
  const appended: LogRecord[] = [];
  const clock = { now: day };
  const state = { isAway: false };
  const append = async (records: readonly LogRecord[]): Promise<number[]> => {
    if (state.isAway) throw new Error('Kafka is away');
    return records.map((record) => appended.push(record) - 1);
  };
  const log = { partitions: 4, append } as unknown as EventLog;
  const records = new ExportRecords(log, () => clock.now);
  return { records, clock, state, appended };
};

describe('the records of exports', () => {
  it('have one entry for the exports of a day, month and caller, also if they come at once', async () => {
    const { records, clock, appended } = setting();
    await Promise.all([records.record(month), records.record({ ...month, marks: { id: 'request-2' } })]);
    // A caller chooses the reason, and the charges grow.
    await records.record({ ...month, why: 'another reason', charges: 4, total: '1.16 USD' });
    clock.now += 23 * hourMs;
    await records.record({ ...month, marks: { id: 'request-3' } });
    expect(appended.length).toBe(1);
    clock.now += hourMs;
    await records.record(month);
    expect(appended.length).toBe(2);
    expect(new Set(appended.map(({ headers }) => headers['ce_id'])).size).toBe(2);
  });

  it('have the same id from every instance', async () => {
    const [one, other] = [setting(), setting()];
    other.clock.now += hourMs;
    await one.records.record(month);
    await other.records.record({ ...month, why: 'month end', marks: { id: 'request-2' } });
    expect(one.appended[0]!.headers['ce_id']).toBe(other.appended[0]!.headers['ce_id']);
  });

  it.each<Partial<ExportRecord>>([
    { period: undefined },
    { by: 'di (here)' },
    { format: 'another' },
    { profile: 'focus-1.0' },
  ])('have another entry for %o', async (change) => {
    const { records, appended } = setting();
    await records.record(month);
    await records.record({ ...month, ...change });
    expect(appended.length).toBe(2);
  });

  it('are bounded a day and caller', async () => {
    const { records, clock, appended } = setting();
    for (let year = 1_000; appended.length < 1_000; year += 1) await records.record({ ...month, period: `${year}-01` });
    await expect(records.record({ ...month, period: '2026-01' })).rejects.toMatchObject({
      status: 429,
      headers: { 'retry-after': String((24 * hourMs) / 1000) },
    });
    await records.record({ ...month, period: '1000-01' });
    await records.record({ ...month, by: 'di (here)' });
    expect(appended.length).toBe(1_001);
    clock.now += 24 * hourMs;
    await records.record({ ...month, period: '2026-01' });
    expect(appended.length).toBe(1_002);
  });

  it('are tried again after the log refused one', async () => {
    const { records, state, appended } = setting();
    state.isAway = true;
    await expect(records.record(month)).rejects.toThrow('The log does not accept events');
    state.isAway = false;
    await records.record(month);
    expect(appended.length).toBe(1);
  });
});
