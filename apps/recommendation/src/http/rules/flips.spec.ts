import { expect, it } from 'vitest';
import { addFlip, noFlips, statusesIn } from './flips.ts';

it('all images are counted, and only the first twenty of each change are kept, by their names alone', () => {
  const counts = noFlips();
  for (let n = 0; n < 3_000; n += 1) {
    const state = { status: 'unhealthy' as const, layers: Array.from({ length: 20 }, () => `layer of ${n}`) };
    const image = { registryId: 'r', repository: 'team/web', digest: `sha256:${n}` };
    addFlip(
      counts,
      image,
      { before: state, after: n % 3 === 0 ? { status: 'undetermined', reason: 'stale' } : { status: 'healthy' } },
      { before: 'deny', after: n % 2 === 0 ? 'allow' : 'deny' },
    );
  }
  expect(statusesIn(counts)).toMatchObject([
    { before: 'unhealthy', after: 'healthy', count: 2_000 },
    { before: 'unhealthy', after: 'undetermined', afterReason: 'stale', count: 1_000 },
  ]);
  expect(statusesIn(counts)[1]?.images.slice(0, 2)).toEqual([
    { registryId: 'r', repository: 'team/web', digest: 'sha256:0' },
    { registryId: 'r', repository: 'team/web', digest: 'sha256:3' },
  ]);
  expect(counts.gateChanges).toBe(1_500);
  const kept = JSON.stringify([...counts.statuses.values(), counts.gates]);
  expect(kept.match(/sha256:/g)).toHaveLength(60);
  expect(kept).not.toContain('layer of');
});
