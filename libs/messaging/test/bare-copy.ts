import kafkajs from 'kafkajs';

export interface BareCopy {
  close(): Promise<void>;
}

/** What the bench holds the services against: kafkajs by itself, copying each record of a topic to another as it is. */
export const startBareCopy = async ({ brokers, group, from, to }: { readonly brokers: string; readonly group: string; readonly from: string; readonly to: string }): Promise<BareCopy> => {
  const kafka = new kafkajs.Kafka({ brokers: [brokers], clientId: 'bare-copy', logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ allowAutoTopicCreation: false, createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  const consumer = kafka.consumer({ groupId: group, allowAutoTopicCreation: false });
  await Promise.all([producer.connect(), consumer.connect()]);
  await consumer.subscribe({ topics: [from], fromBeginning: true });
  await consumer.run({ eachBatch: async ({ batch: { partition, messages } }) => {
    await producer.sendBatch({ acks: -1, topicMessages: [{ topic: to, messages: messages.map(({ key, value, headers = {} }) => ({ partition, key, value, headers })) }] });
  } });
  return { close: async () => { await consumer.disconnect(); await producer.disconnect(); } };
};
