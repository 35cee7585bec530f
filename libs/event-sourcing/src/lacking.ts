import type { App } from '@assay/events';
import { lineOf, type Wait } from '@assay/messaging';
import { placeOf } from './audit.ts';
import { StandsStill } from './standstill.ts';
import type { PartitionCheckpoint } from './store.ts';

/** That a partition stands still, in a line that says what ends it. */
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

/** What is not read on of a partition, whoever owns it: a wait holds for as long as nobody has read past it. */
const waitIn = (head: PartitionCheckpoint | undefined): Wait | undefined =>
  Object.entries(head?.waits ?? {}).find(([topic, { offset }]) => head?.offsets[topic] === offset)?.[1];

/**
 * Why a partition of a service has not heard all that it should, and will not until somebody does something about it,
 * in a line that says what; nothing where all that is lacking comes by itself.
 *
 * @param waits of this process: what it does not know of the config, and what it cannot begin with, no store tells
 */
export const lackingIn = (
  app: App,
  partition: number,
  head: PartitionCheckpoint | undefined,
  waits: readonly Wait[] = [],
): string | undefined => {
  const wait = waitIn(head) ?? waits[0];
  return (
    standsStillIn(app, partition, head) ?? (wait && `${app} has not heard everything that was said: ${lineOf(wait)}`)
  );
};
