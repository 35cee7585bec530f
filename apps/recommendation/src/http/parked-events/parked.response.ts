import type { LogRecord } from '@assay/messaging';
import type { ParkedEvent } from '@assay/read-model/intake/parked';

/** Services that park an event write `code: message`. */
export const causeOf = (why: string): { readonly code?: string; readonly message: string } => {
  const [, code, message] = /^([a-z-]+): (.*)$/s.exec(why) ?? [];
  return code === undefined || message === undefined ? { message: why } : { code, message };
};

/** A parked event for people. `waitsFor` is the parked event ahead of it; `repositories` are those of its image. */
export const parkedShown = (
  { target, service, topic, key, id, why, since }: ParkedEvent,
  more: { readonly waitsFor?: string | undefined; readonly repositories?: readonly string[] } = {},
): object => ({ target, service, topic, key, id, since, ...causeOf(why), ...more });

/** Shown to every reader of the image: that an event of it is parked, and since when. */
export const parkedHinted = ({ service, topic, since }: ParkedEvent): object => ({ service, topic, since });

const mostShown = 64 * 1024;

/** The record itself. A value may be as big as a broker accepts, so only its beginning is shown. */
export const recordShown = ({ key, headers, value }: LogRecord): object => ({
  key,
  headers,
  bytes: Buffer.byteLength(value),
  value: value.slice(0, mostShown),
  ...(value.length > mostShown ? { truncated: true } : {}),
});

/** The outcome of an order, as far as it is known. */
export const outcomeShown = ({ target, outcome, why }: ParkedEvent, order: string): object => ({
  target,
  order,
  outcome,
  ...(outcome === 'parked' ? causeOf(why) : {}),
});
