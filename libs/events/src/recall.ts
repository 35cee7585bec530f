import { isOf, type AnyEvent } from './envelope.ts';
import { isDigest } from './rules.ts';

const prefix = 'scanner/';

/** The target of the `operator.acted` that recalls one build of a scanner. */
export const recallOf = (digest: string): string => `${prefix}${digest}`;

/** The digest of the scanner build that an event recalls, or nothing if it is not a recall. */
export const recalledIn = (event: AnyEvent): string | undefined => {
  if (!isOf(event, 'operator.acted')) return undefined;
  const { command, target, outcome } = event.data;
  const digest = target.startsWith(prefix) ? target.slice(prefix.length) : undefined;
  return command === 'recall' && outcome === 'ordered' && isDigest(digest) ? digest : undefined;
};
