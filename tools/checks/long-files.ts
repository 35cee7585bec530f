import { drawnOf, shuffled } from '../../e2e/draw.ts';

/**
 * Files of tests that take longest: they start whole suites, wait for what a broker gives up after many seconds, or
 * build programs. Of a run that draws, so many of them are part; of one that does not, all.
 */
export const longFiles: readonly string[] = [
  'e2e/test/collector.int.spec.ts',
  'e2e/test/distributed.int.spec.ts',
  'e2e/test/findings-consumer.int.spec.ts',
  'e2e/test/focus.int.spec.ts',
  'e2e/test/long-scan.int.spec.ts',
  'e2e/test/outages.int.spec.ts',
  'e2e/test/rebuild.int.spec.ts',
  'e2e/test/spdx.int.spec.ts',
  'e2e/test/standing.int.spec.ts',
  'e2e/test/stopping.int.spec.ts',
  'e2e/test/upgrade.int.spec.ts',
  'libs/event-sourcing/src/blob-stores/azure.int.spec.ts',
  'libs/messaging/src/kafka/client/outage.int.spec.ts',
  'tools/deploy/gathered.int.spec.ts',
  'tools/deploy/kubernetes.int.spec.ts',
  'apps/sandbox-runner/src/sandbox/limits-of-groups.int.spec.ts',
];

/** @returns the long files that are not part of a run */
export const undrawn = (seed: number, share: number): readonly string[] =>
  shuffled(longFiles, seed, String).slice(drawnOf(longFiles.length, share));
