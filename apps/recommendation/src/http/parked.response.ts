import type { LogRecord } from '@assay/messaging';
import type { ParkedEvent } from '../read-model/parked.ts';

/** Who sets an event aside writes `code: message`. */
export const causeOf = (why: string): { readonly code?: string; readonly message: string } => {
  const [, code, message] = /^([a-z-]+): (.*)$/s.exec(why) ?? [];
  return code === undefined ? { message: why } : { code, message: message! };
};

/** A parked event as people read it. `waitsFor` is the one that it came behind, `repositories` where its image lies. */
export const parkedShown = (
  { target, service, topic, key, id, why, since }: ParkedEvent,
  more: { readonly waitsFor?: string | undefined; readonly repositories?: readonly string[] } = {},
): object => ({ target, service, topic, key, id, since, ...causeOf(why), ...more });

/** What anybody may know who reads the image: that something of it is parked, and since when. */
export const parkedHinted = ({ service, topic, since }: ParkedEvent): object => ({ service, topic, since });

const mostShown = 64 * 1024;

/** The record itself. A value may be as big as a broker takes: this shows the beginning. */
export const recordShown = ({ key, headers, value }: LogRecord): object => ({
  key,
  headers,
  bytes: Buffer.byteLength(value),
  value: value.slice(0, mostShown),
  ...(value.length > mostShown ? { truncated: true } : {}),
});

/** What came of an order, as far as it is known. */
export const outcomeShown = ({ target, outcome, why }: ParkedEvent, order: string): object => ({
  target,
  order,
  outcome,
  ...(outcome === 'parked' ? causeOf(why) : {}),
});
