import { describe, expect, it } from 'vitest';
import { DeciderSpec } from '@assay/testing';
import { announced, approved, bench, broken, declined, digest, observed, succeeded } from '../../test/fixtures.ts';
import { deciderOn } from './decider.ts';
import { compact, isOver, latestOf } from './compact.ts';
import type { EmittedScan, ScanResult } from './state.ts';

const runner = () =>
  new DeciderSpec(deciderOn(bench), digest).givenConfig(observed(), announced({ database: bench.database }));
type Runner = ReturnType<typeof runner>;
const finish = (spec: Runner, result: ScanResult): Runner =>
  spec.job(spec.jobs[0]!.id, { state: 'finished', attempt: 1, result });
const scanned = (): Runner => {
  const spec = runner().given(approved());
  spec.when();
  finish(spec, succeeded()).when();
  return spec;
};
const kept = ({ state }: Runner): [string[], string[]] => {
  const compacted = compact(state);
  return [
    Object.values(compacted.received.placements).flatMap(({ approvals }) =>
      Object.values(approvals).map(({ data }) => String(data.verdict)),
    ),
    Object.values(compacted.emitted.placements).flatMap(({ scans }) =>
      Object.values(scans).map(({ verdict }) => String(verdict)),
    ),
  ];
};

describe('a compacted state', () => {
  it('keeps of many answered approvals the latest one', () => {
    const spec = scanned();
    for (let verdict = 2; verdict < 9; verdict += 1) spec.given(approved({ verdict })).when();
    expect(kept(spec)).toEqual([['8'], ['8']]);
    expect(compact(compact(spec.state))).toEqual(compact(spec.state));
  });

  it('is of the same size after 1,460 pushes as after 90', () => {
    const sizeAfter = (pushes: number): number => {
      const spec = scanned();
      for (let verdict = 2; verdict <= pushes; verdict += 1) {
        spec.given(approved({ verdict, scanId: 'x'.padEnd(36, String(verdict)) })).when();
        spec.state = compact(spec.state);
      }
      return JSON.stringify(spec.state).length;
    };
    expect(sizeAfter(1_460)).toBeLessThan(sizeAfter(90) * 1.02);
  });

  it('keeps where the digest runs', () => {
    const running = { prod: { seenAt: '2026-11-24T09:15:02.123Z' } };
    const state = scanned().state;
    expect(compact({ ...state, received: { ...state.received, running } }).received.running).toEqual(running);
  });

  it('keeps what is not answered, and what only one half has', () => {
    const waiting = runner().given(approved(), approved({ verdict: 2 }));
    expect(kept(waiting)[0]).toEqual(['1', '2']);
    const spec = scanned();
    const restored = { received: spec.decider.empty().received, emitted: spec.state.emitted };
    expect(compact(restored)).toEqual(restored);
  });

  it('drops what was emitted for approvals that a later verdict declined', () => {
    const spec = scanned().given(declined({ verdict: 2 }));
    expect(kept(spec)).toEqual([[], []]);
    expect(Object.values(compact(spec.state).emitted.placements)).toMatchObject([{ answered: 1 }]);
  });

  it('keeps a failure of the latest approval, which is tried again', () => {
    const spec = runner().given(approved());
    spec.when();
    finish(spec, broken()).when();
    expect(kept(spec)).toEqual([['1'], ['1']]);
  });
});

it.each<[string, Partial<EmittedScan>, boolean]>([
  ['without an answer', {}, false],
  ['with pages that are missing', { outcome: 'succeeded', missing: 1 }, false],
  ['with a result', { outcome: 'succeeded' }, true],
  ['that failed', { outcome: 'failed' }, true],
  ['that is retried', { outcome: 'failed', trying: true, verdict: 3 }, false],
  ['that was retried before a later approval', { outcome: 'failed', trying: true }, true],
  ['that timed out', { outcome: 'timed-out', verdict: 3 }, false],
  ['that timed out before a later final answer', { outcome: 'timed-out' }, true],
])('a scan %s is over: %s', (_, scan, is) => {
  expect(isOver({ verdict: 1, started: 1, missing: 0, ...scan }, { settled: 2 }, 3)).toBe(is);
});

it('the latest approval is the one of the highest verdict', () => {
  const spec = runner().given(approved({ verdict: 4 }), approved({ verdict: 2 }));
  expect(Object.values(spec.state.received.placements).map(latestOf)).toEqual([4]);
  expect(latestOf({ approvals: {}, declined: 3 })).toBe(0);
});
