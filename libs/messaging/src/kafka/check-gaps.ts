import { damaged } from './failure.ts';
import type { FetchedPartition } from './internals.ts';

/**
 * What came of a partition from an offset on, up to where something is missing. Our topics are never compacted, so
 * every offset has its record, be it one of Kafka's own; the checksum of a batch does not cover where the batch says
 * that it lies.
 */
export const checkGaps = (fetched: FetchedPartition, from: number): FetchedPartition => {
  const { messages } = fetched;
  const [first, last] = [messages[0]?.offset, messages.at(-1)?.offset];
  if (first === undefined || last === undefined) return fetched;
  // It begins with the batch in which the offset lies that was asked for.
  if (first > from || last < from) return upTo(fetched, 0, `has offsets ${first} to ${last} where ${from} should be`);
  const gap = messages.findIndex(({ offset }, index) => offset !== first + index);
  return gap < 0 ? fetched : upTo(fetched, gap, `goes on at offset ${messages[gap]!.offset} after ${first + gap - 1}`);
};

const upTo = (fetched: FetchedPartition, end: number, how: string): FetchedPartition => ({
  ...fetched,
  messages: Object.assign(fetched.messages.slice(0, end), { damage: damaged(how) }),
});
