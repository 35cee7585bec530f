import { isOf, type AnyEvent } from './envelope.ts';
import { isDigest } from './patterns.ts';

const prefix = 'scanner/';
const databasePrefix = 'database/';

/** The target of the `operator.acted` that recalls one build of a scanner. */
export const recallOf = (digest: string): string => `${prefix}${digest}`;

/** The digest of the scanner build that an event recalls, or nothing if it is not a recall. */
export const recalledIn = (event: AnyEvent): string | undefined => recalledBehind(prefix, 'ordered', event);

/**
 * The target of the `operator.acted` that recalls a database, or takes such a recall back. The one before is announced
 * again, so that images are assessed by that; the recalled one is not taken from a source any more.
 */
export const databaseRecallOf = (digest: string): string => `${databasePrefix}${digest}`;

/** The outcome of a recall that is taken back: an operator ordered the recalled database again. */
export const recallWithdrawn = 'withdrawn';

/** The digest of the database that an event recalls, or nothing if it recalls none. */
export const recalledDatabaseIn = (event: AnyEvent): string | undefined =>
  recalledBehind(databasePrefix, 'ordered', event);

/** The digest of the database whose recall an event takes back, or nothing. */
export const withdrawnDatabaseIn = (event: AnyEvent): string | undefined =>
  recalledBehind(databasePrefix, recallWithdrawn, event);

const recalledBehind = (before: string, as: string, event: AnyEvent): string | undefined => {
  if (!isOf(event, 'operator.acted')) return undefined;
  const { command, target, outcome } = event.data;
  const digest = target.startsWith(before) ? target.slice(before.length) : undefined;
  return command === 'recall' && outcome === as && isDigest(digest) ? digest : undefined;
};
