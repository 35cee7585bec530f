import { apiKeys, createErrorFromCode, Decoder, type Broker, type Protocol } from './internals.ts';

/** Version 10 of Metadata, of Kafka 2.8, is the first with topic ids. kafkajs knows versions up to 6. */
const version = 10;

/** A length as Kafka's compact types have it: one more, seven bits a byte, the lowest first. */
const lengthOf = (length: number): number[] => {
  const bytes: number[] = [];
  for (let rest = length + 1; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest & 127) | 128);
  }
};

const [no, noTags] = [0, 0];

/** Header and body of version 10 end with tagged fields, of which there are none. */
const encoded = (topics: readonly string[]): Buffer =>
  Buffer.concat([
    Buffer.from([noTags, ...lengthOf(topics.length)]),
    ...topics.flatMap((topic) => {
      const name = Buffer.from(topic);
      return [Buffer.alloc(16), Buffer.from(lengthOf(name.length)), name, Buffer.from([noTags])];
    }),
    // Do not create the topics, and leave out what we may do with cluster and topics.
    Buffer.from([no, no, no, noTags]),
  ]);

interface FoundTopic {
  readonly errorCode: number;
  readonly name: string;
  readonly id: string;
}

const decoded = (bytes: Buffer): readonly FoundTopic[] => {
  const from = new Decoder(bytes);
  const numbers = (): unknown => from.readUVarIntArray((each) => each.readInt32());
  from.readTaggedFields();
  from.readInt32();
  from.readUVarIntArray(() => {
    from.readInt32();
    from.readUVarIntString();
    from.readInt32();
    from.readUVarIntString();
    from.readTaggedFields();
  });
  from.readUVarIntString();
  from.readInt32();
  return (
    from.readUVarIntArray(() => {
      const errorCode = from.readInt16();
      const name = from.readUVarIntString() ?? '';
      const id = from.readBytes(16).toString('base64url');
      from.readBoolean();
      from.readUVarIntArray(() => {
        from.readInt16();
        from.readInt32();
        from.readInt32();
        from.readInt32();
        numbers();
        numbers();
        numbers();
        from.readTaggedFields();
      });
      from.readInt32();
      from.readTaggedFields();
      return { errorCode, name, id };
    }) ?? []
  );
};

const protocol = (topics: readonly string[]): Protocol => ({
  request: {
    apiKey: apiKeys.Metadata,
    apiVersion: version,
    apiName: 'Metadata',
    encode: async () => {
      const buffer = encoded(topics);
      return { buf: buffer, buffer };
    },
  },
  response: { decode: async (bytes) => decoded(bytes), parse: async (data) => data },
});

/**
 * Asks a broker for the ids of topics. A topic that is deleted and made again has another id.
 *
 * @param topics names at the broker
 * @returns the id of each topic as Kafka's tools print it; empty if the broker is older than topic ids
 * @throws Error of kafkajs, also if the broker does not know one of the topics
 */
export const topicIdsFrom = async (broker: Broker, topics: readonly string[]): Promise<ReadonlyMap<string, string>> => {
  const isKnown = broker.lookupRequest(apiKeys.Metadata, {
    versions: [version],
    protocol: ({ version: best }: { readonly version: number }) => best === version,
  }) as unknown as boolean;
  if (!isKnown) return new Map();
  const found = (await broker.connectionPool.send(protocol(topics))) as readonly FoundTopic[];
  for (const { errorCode } of found) if (errorCode !== 0) throw createErrorFromCode(errorCode);
  return new Map(found.map(({ name, id }) => [name, id]));
};
