import type { ClaimOptions } from '@assay/event-sourcing';
import { rescanLane } from '../domain/reassessing.ts';
import { proofLane } from '../domain/rematching.ts';
import { hasAnnouncedLists, isByAnnounced } from '../domain/standing.ts';
import type { Bench, Config } from '../domain/state.ts';

/**
 * The lanes that a runner serves, each in turn by who shares it. New pushes come first; other jobs never take every
 * slot. Images are assessed again by a runner with the announced database, build and lists only, and inventories are
 * matched by it. A runner whose build was recalled serves none: other runners have the jobs.
 */
export const lanesOf = (
  bench: Pick<Bench, 'scanner' | 'database' | 'lists'>,
  config: Config,
  slots: number,
): ClaimOptions['lanes'] => {
  if (config.recalled.includes(bench.scanner.digest)) return [];
  const most = Math.max(1, slots - 1);
  return [
    { lane: 'push', most: Infinity },
    { lane: 'backfill', most },
    ...(isByAnnounced(bench, config) && hasAnnouncedLists(bench.lists, config)
      ? [rescanLane, proofLane].map((lane) => ({ lane, most }))
      : []),
  ];
};
