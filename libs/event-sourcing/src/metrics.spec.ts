import type { AnyEvent } from '@assay/events';
import { collectMetrics } from '@assay/testing';
import { expect, it, onTestFinished } from 'vitest';
import { measuring } from './metrics.ts';

/** The parts of an event that are measured. */
const completed = (data: object): AnyEvent =>
  ({ topic: 'scan.completed', data: { page: 1, pages: 1, scannerMs: 0, pullMs: 0, ...data } }) as unknown as AnyEvent;

it('counts a scan once it has ended, and none that is still tried', async () => {
  const metrics = collectMetrics();
  onTestFinished(() => metrics.close());
  const { emitted } = measuring('toy', () => undefined);
  emitted(completed({ outcome: 'failed', reason: 'unreachable', trying: true }));
  emitted(completed({ outcome: 'failed', reason: 'unreachable' }));
  emitted(completed({ outcome: 'timed-out', reason: 'deadline' }));
  const counted = (await metrics.of('assay.scans')).filter(({ value }) => value > 0);
  expect(counted).toEqual([
    { labels: { outcome: 'failed', reason: 'unreachable', joined: false }, value: 1 },
    { labels: { outcome: 'timed-out', reason: 'deadline', joined: false }, value: 1 },
  ]);
});
