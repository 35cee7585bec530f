import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { BlobFailure, StoreIncomplete, type BlobPointer } from '@assay/event-sourcing';
import { ManualClock } from '@assay/testing';
import { DailyCleaning } from './daily-cleaning.ts';

const hourMs = 3_600_000;

const cleaning = ({ days = 90, owned = [0] as readonly number[], clock = new ManualClock() } = {}) => {
  const [lines, failures]: [string[], unknown[]] = [[], []];
  let pointer: BlobPointer | undefined;
  const named = vi.fn(async (_signal?: AbortSignal): Promise<ReadonlySet<string>> => new Set(['reports/x']));
  const clearUnfinished = vi.fn(async () => 0);
  const daily = new DailyCleaning({
    days,
    owned: () => owned,
    named,
    clock,
    observer: { failed: (_app, _activity, error) => void failures.push(error) },
    progress: (line) => void lines.push(line),
    blobs: {
      // eslint-disable-next-line no-empty-function
      list: async function* () {},
      renew: async () => true,
      delete: async () => true,
      clearUnfinished,
      pointer: async () => pointer,
      point: async (_name, value) => (pointer = { value, version: value }),
    },
  });
  daily.start();
  const passing = async (hours: number): Promise<void> => {
    for (let hour = 0; hour < hours; hour += 1) {
      clock.advance(hourMs);
      for (let turns = 0; turns < 20; turns += 1) await turn();
    }
  };
  return { daily, named, lines, failures, passing, clearUnfinished, clock };
};

describe('the daily cleaning', () => {
  it('runs once a day, and reports each run in one line', async () => {
    const { daily, named, lines, failures, passing, clearUnfinished } = cleaning();
    await passing(72);
    expect(named).toHaveBeenCalledTimes(3);
    expect(clearUnfinished).toHaveBeenCalledTimes(3);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^blobs are cleaned: inventories: 0 deleted/);
    expect(failures).toEqual([]);
    daily.close();
    await passing(48);
    expect(named).toHaveBeenCalledTimes(3);
  });

  it('ends early if the runner stops', async () => {
    const { daily, named, lines, failures, passing } = cleaning();
    named.mockImplementationOnce(
      (signal) =>
        new Promise((_resolve, reject) => {
          signal!.addEventListener('abort', () => reject(signal!.reason as Error));
        }),
    );
    await passing(1);
    daily.close();
    await passing(48);
    expect([lines, failures]).toEqual([[], []]);
  });

  it('runs in the owner of partition 0 alone, and never with 0 days', async () => {
    const [other, off] = [cleaning({ owned: [1, 2] }), cleaning({ days: 0 })];
    await other.passing(25);
    await off.passing(25);
    expect([other.named.mock.calls.length, off.named.mock.calls.length]).toEqual([0, 0]);
  });

  it('tries again after an hour if the store was not complete, without a word', async () => {
    const { named, lines, failures, passing } = cleaning();
    named.mockRejectedValueOnce(new StoreIncomplete('a partition is being filled'));
    await passing(1);
    expect([lines.length, failures.length]).toEqual([0, 0]);
    await passing(1);
    expect([lines.length, failures.length]).toEqual([1, 0]);
  });

  it('reports what needs an operator, and does not count as done', async () => {
    const { named, lines, failures, passing } = cleaning();
    const standing = new StoreIncomplete('a partition stands still', true);
    const refused = new BlobFailure('blobs-unauthorized', 'it refuses');
    named.mockRejectedValueOnce(standing).mockRejectedValueOnce(refused);
    await passing(3);
    expect(failures).toEqual([standing, refused]);
    expect(lines).toHaveLength(1);
  });
});
