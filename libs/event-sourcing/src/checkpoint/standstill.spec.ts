import { describe, expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '@assay/testing';
import { Standstills, type NamedStandstill } from './standstill.ts';

const standing = (topic: string, partition: number): NamedStandstill => ({
  target: `billing/${topic}/${partition}/7`,
  code: 'log-changed',
  topic,
  offset: 7,
  message: `${topic}/${partition} differs from what was read of it: it ends at 4, and was read up to 7`,
  since: '2026-11-28T09:00:00.000Z',
  id: `${topic} ${partition}`,
});

const watched = () => {
  const [clock, reports] = [new ManualClock(), [] as string[]];
  let now: readonly NamedStandstill[] = [];
  const standstills = new Standstills({
    app: 'billing',
    clock,
    failed: (app, activity, error) => {
      reports.push(`${app} ${activity}: ${(error as Error).message}`);
    },
    standing: () => now,
  });
  onTestFinished(() => standstills.close());
  return {
    clock,
    reports,
    stands: (...all: readonly NamedStandstill[]): void => {
      now = all;
      standstills.look();
    },
  };
};

describe('partitions that stand still', () => {
  it('are reported in one line per topic, after a short delay', () => {
    const { clock, reports, stands } = watched();
    stands(standing('scan.completed', 0));
    stands(...[0, 1, 2].map((partition) => standing('scan.completed', partition)), standing('scan.approved', 3));
    clock.advance(10_000);
    expect(reports).toEqual([
      'billing scan.completed: 3 partitions stand still, the first of them billing/scan.completed/0/7: ' +
        'scan.completed/0 differs from what was read of it: it ends at 4, and was read up to 7',
      'billing scan.approved: billing/scan.approved/3/7 stands still: ' +
        'scan.approved/3 differs from what was read of it: it ends at 4, and was read up to 7',
    ]);
  });

  it('are reported again if there are more of them, otherwise once an hour', () => {
    const { clock, reports, stands } = watched();
    stands(standing('scan.completed', 0), standing('scan.completed', 1));
    clock.advance(30 * 60_000);
    stands(standing('scan.completed', 1));
    clock.advance(20 * 60_000);
    expect(reports).toHaveLength(1);
    stands(standing('scan.completed', 1), standing('scan.completed', 2));
    clock.advance(10_000);
    expect(reports.slice(1)).toEqual([expect.stringContaining('2 partitions stand still')]);
    clock.advance(61 * 60_000);
    expect(reports).toHaveLength(3);
    stands();
    clock.advance(24 * 60 * 60_000);
    expect(reports).toHaveLength(3);
    stands(standing('scan.completed', 1));
    clock.advance(10_000);
    expect(reports).toHaveLength(4);
  });
});
