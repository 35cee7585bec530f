import type { AnyEvent, AssayEvent } from './envelope.ts';
import { isDigest } from './rules.ts';

const prefix = 'scanner/';

/** What `operator.acted` names when one build of a scanner is recalled. */
export const recallOf = (digest: string): string => `${prefix}${digest}`;

/** The digest of the scanner build that an event recalls; nothing where it recalls none. */
export const recalledIn = (any: AnyEvent): string | undefined => {
  if (any.topic !== 'operator.acted') return undefined;
  const {
    data: { command, target, outcome },
  } = any as AssayEvent<'operator.acted'>;
  const digest = target.startsWith(prefix) ? target.slice(prefix.length) : undefined;
  return command === 'recall' && outcome === 'ordered' && isDigest(digest) ? digest : undefined;
};
