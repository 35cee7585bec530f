// Runs as a separate process to use kafkajs unpatched: `node bare-clock.ts BROKER TO FROM`. For each line of its input,
// it sends a record with that key to one topic. It prints after how many milliseconds the record arrived in the other
// topic. It ends when its input ends.
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import kafkajs from 'kafkajs';

const longestMs = 60_000;
/** The size of most events. */
const usualBytes = 1000;
const [broker, to, from] = process.argv.slice(2) as [string, string, string];
const kafka = new kafkajs.Kafka({ brokers: [broker], clientId: 'bare-clock', logLevel: kafkajs.logLevel.NOTHING });
const producer = kafka.producer({
  allowAutoTopicCreation: false,
  createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
});
const consumer = kafka.consumer({ groupId: 'bare-clock', allowAutoTopicCreation: false });
const arrivals = new EventTarget();
await Promise.all([producer.connect(), consumer.connect()]);
await consumer.subscribe({ topics: [from], fromBeginning: true });
await consumer.run({
  eachMessage: async ({ message }) => {
    arrivals.dispatchEvent(new Event(String(message.key)));
  },
});
for await (const key of createInterface({ input: process.stdin })) {
  const arrived = once(arrivals, key, { signal: AbortSignal.timeout(longestMs) });
  const began = performance.now();
  await producer.send({ topic: to, acks: -1, messages: [{ key, value: 'x'.repeat(usualBytes) }] });
  await arrived;
  console.log(performance.now() - began);
}
await Promise.all([consumer.disconnect(), producer.disconnect()]);
