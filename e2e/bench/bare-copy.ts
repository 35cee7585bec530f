// Runs as a separate process to use kafkajs unpatched: `node bare-copy.ts BROKER GROUP FROM TO`. It ends when its input
// ends.
import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';

const decompress = promisify(zstdDecompress);
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => ({
  compress: () => Promise.reject(new Error('it copies uncompressed')),
  decompress: (bytes: Buffer) => decompress(bytes),
});

const [broker, groupId, from, to] = process.argv.slice(2) as [string, string, string, string];
const kafka = new kafkajs.Kafka({ brokers: [broker], clientId: 'bare-copy', logLevel: kafkajs.logLevel.NOTHING });
const producer = kafka.producer({
  allowAutoTopicCreation: false,
  createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
});
const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false });
await Promise.all([producer.connect(), consumer.connect()]);
await consumer.subscribe({ topics: [from], fromBeginning: true });
await consumer.run({
  eachBatch: async ({ batch: { partition, messages } }) => {
    await producer.sendBatch({
      acks: -1,
      topicMessages: [
        { topic: to, messages: messages.map(({ key, value, headers = {} }) => ({ partition, key, value, headers })) },
      ],
    });
  },
});
process.stdin.resume().once('end', () => {
  void Promise.all([consumer.disconnect(), producer.disconnect()]);
});
