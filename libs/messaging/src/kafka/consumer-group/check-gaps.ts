import { at } from '@assay/events';
import { damaged } from '../client/failure.ts';
import type { FetchedPartition } from '../client/internals.ts';

/**
 * Cuts the fetched records of a partition before the first missing offset. Our topics are never compacted, so every
 * offset has a record, if only a control record. The checksum of a batch does not cover its own base offset.
 */
export const checkGaps = (fetched: FetchedPartition, from: number): FetchedPartition => {
  const { messages } = fetched;
  const [first, last] = [messages[0]?.offset, messages.at(-1)?.offset];
  if (first === undefined || last === undefined) return fetched;
  // A fetch starts with the batch that contains the requested offset.
  if (first > from || last < from) return upTo(fetched, 0, `has offsets ${first} to ${last} where ${from} should be`);
  const gap = messages.findIndex(({ offset }, index) => offset !== first + index);
  return gap < 0
    ? fetched
    : upTo(fetched, gap, `goes on at offset ${at(messages, gap).offset} after ${first + gap - 1}`);
};

const upTo = (fetched: FetchedPartition, end: number, description: string): FetchedPartition => ({
  ...fetched,
  messages: Object.assign(fetched.messages.slice(0, end), { damage: damaged(description) }),
});
