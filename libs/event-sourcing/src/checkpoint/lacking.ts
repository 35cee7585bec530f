import type { App } from '@assay/events';
import { lineOf, type Wait } from '@assay/messaging';
import { placeOf } from '../parking/audit.ts';
import { StandsStill } from './standstill.ts';
import type { PartitionCheckpoint } from '../stores/store.ts';

/** Describes the standstill of a partition in one line, with its remedy. */
export const standsStillIn = (
  app: App,
  partition: number,
  head: PartitionCheckpoint | undefined,
): string | undefined => {
  if (!head?.standstill) return undefined;
  const { message, remedy } = new StandsStill([
    { ...head.standstill, target: placeOf(app, partition, head.standstill) },
  ]);
  return `${message}: ${remedy}`;
};

/** The wait of a partition, set by any owner. It holds until an owner has read past it. */
const waitIn = (head: PartitionCheckpoint | undefined): Wait | undefined =>
  Object.entries(head?.waits ?? {}).find(([topic, { offset }]) => head?.offsets[topic] === offset)?.[1];

/**
 * Why a partition of a service cannot receive everything until an operator acts, in one line with the remedy. Nothing
 * if all that is missing comes by itself.
 * @param waits waits of this process: no store records missing config, or partitions that cannot be opened
 */
export const lackingIn = (
  app: App,
  partition: number,
  head: PartitionCheckpoint | undefined,
  waits: readonly Wait[] = [],
): string | undefined => {
  const wait = waitIn(head) ?? waits[0];
  return standsStillIn(app, partition, head) ?? (wait && `${app} has not consumed all events: ${lineOf(wait)}`);
};
