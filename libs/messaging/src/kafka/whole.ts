import { damaged } from './failure.ts';
import { fetchFrom, type Broker, type FetchedMessage, type FetchedTopic, type FetchRequest } from './internals.ts';

type Messages = FetchedTopic['partitions'][number]['messages'];

/**
 * What a broker answered, up to where something is missing. Our topics are never compacted, so every offset has its record,
 * be it one of Kafka's own; the checksum of a batch does not cover where the batch says that it lies.
 */
export const fetchWhole = async (broker: Broker, request: FetchRequest): Promise<readonly FetchedTopic[]> => {
  const asked = new Map(request.topics.flatMap(({ topic, partitions }) => partitions.map(({ partition, fetchOffset }) => [`${topic}/${partition}`, Number(fetchOffset)] as const)));
  return (await fetchFrom(broker, request)).map(({ topicName, partitions }) => ({
    topicName, partitions: partitions.map((each) => ({ ...each, messages: unbroken(each.messages, asked.get(`${topicName}/${each.partition}`)!) })),
  }));
};

/** An answer begins with the batch in which the offset lies that was asked for. */
const unbroken = (messages: Messages, from: number): Messages => {
  const [first, last] = [messages[0]?.offset, messages.at(-1)?.offset];
  if (first === undefined || last === undefined) return messages;
  if (first > from || last < from) return upTo(messages, 0, `begins at offset ${first} and not at ${from}`);
  const gap = messages.findIndex(({ offset }, index) => offset !== first + index);
  return gap < 0 ? messages : upTo(messages, gap, `goes on at offset ${messages[gap]!.offset} after ${first + gap - 1}`);
};

const upTo = (messages: readonly FetchedMessage[], end: number, how: string): Messages => Object.assign(messages.slice(0, end), { damage: damaged(how) });
