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
  text: 'a,b\n1,2\n',
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
  it('have one entry for equal exports of a day, also if they come at once', async () => {
    const { records, clock, appended } = setting();
    await Promise.all([records.record(month), records.record({ ...month, marks: { id: 'request-2' } })]);
    clock.now += 23 * hourMs;
    await records.record({ ...month, marks: { id: 'request-3' } });
    expect(appended.length).toBe(1);
    clock.now += hourMs;
    await records.record(month);
    expect(appended.length).toBe(2);
  });

  it.each<Partial<ExportRecord>>([
    { period: undefined },
    { by: 'di (here)' },
    { why: 'month end' },
    { format: 'another' },
    { profile: 'focus-1.0' },
    { charges: 4 },
    { total: '0.88 USD' },
    { text: 'a,b\n1,3\n' },
  ])('have another entry for %o', async (change) => {
    const { records, appended } = setting();
    await records.record(month);
    await records.record({ ...month, ...change });
    expect(appended.length).toBe(2);
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
