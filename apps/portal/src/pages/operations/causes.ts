import type { components } from '../../api/generated/schema.ts';

export type ListedEvent = components['schemas']['ParkedEvent'];

/** Parked events with one cause, the oldest first. */
export interface ParkedCause {
  readonly key: string;
  readonly code: string | undefined;
  /** The message of the oldest of them. */
  readonly message: string;
  readonly events: readonly ListedEvent[];
  /** When the oldest was parked. */
  readonly since: string;
  /** True if they only wait behind an event of their image that is parked itself. */
  readonly isWaiting: boolean;
}

/** Parts of a message that differ from event to event: digests, ids and numbers. */
const own = /sha256:[0-9a-f]+|[0-9a-f]{8}-[0-9a-f-]{27,}|\d+/gi;

/** Events that one action may put right belong together: those with the same code and the same sort of message. */
const causeOf = ({ code, message, waitsFor }: ListedEvent): string =>
  waitsFor === undefined ? `${code ?? ''} ${message.replaceAll(own, '…')}` : 'waits';

/** Groups parked events by cause. The largest comes first; those that only wait come last. */
export const causesOf = (events: readonly ListedEvent[]): readonly ParkedCause[] =>
  Object.entries(Object.groupBy(events, causeOf))
    .flatMap(([key, group = []]): ParkedCause[] => {
      const sorted = group.toSorted((a, b) => a.since.localeCompare(b.since));
      const [oldest] = sorted;
      return oldest === undefined
        ? []
        : [
            {
              key,
              code: oldest.code,
              message: oldest.message,
              events: sorted,
              since: oldest.since,
              isWaiting: oldest.waitsFor !== undefined,
            },
          ];
    })
    .toSorted((a, b) => Number(a.isWaiting) - Number(b.isWaiting) || b.events.length - a.events.length);
