import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, it } from 'vitest';
import {
  definitions,
  channelOf,
  encode,
  encodeFence,
  encodeMark,
  isConfigTopic,
  markedTopics,
  type AnyEvent,
  type Encoded,
  type Topic,
} from '@assay/events';

interface Message {
  readonly headers: object;
  readonly payload: object;
}
const document = JSON.parse(readFileSync(join(import.meta.dirname, '../docs/asyncapi.json'), 'utf8')) as {
  readonly channels: Readonly<
    Record<string, { readonly messages: Readonly<Record<string, { readonly $ref: string }>> }>
  >;
  readonly components: { readonly messages: Readonly<Record<string, Message>> };
};
const ajv = new Ajv({ strict: false });
const validators = new Map(
  Object.entries(document.components.messages).map(([name, { headers, payload }]) => [
    `#/components/messages/${name}`,
    [ajv.compile(headers), ajv.compile(payload)] as const,
  ]),
);

/** The messages of a channel that a record fits, as a consumer finds them. */
const fitting = (topic: string, { headers, value }: Encoded): string[] =>
  Object.entries(document.channels[topic]!.messages).flatMap(([name, { $ref }]) => {
    const [hasHeaders, hasPayload] = validators.get($ref)!;
    return hasHeaders(headers) && hasPayload(JSON.parse(value)) ? [name] : [];
  });

const attributes = { id: 'i', source: '/assay/test', time: '2026-11-24T09:15:02.600Z' };
const sequenced = { ...attributes, sequence: '1.1' };
const event = (topic: Topic, data: object): AnyEvent =>
  ({ ...attributes, subject: 's', correlationid: 'i', topic, data }) as AnyEvent;
const keyed = Object.keys(document.channels).filter((topic) => !isConfigTopic(topic as Topic));

it('each record of the log fits one message of its channel, by headers and data', () => {
  const records: readonly (readonly [topic: string, record: Encoded, message: string])[] = [
    ...definitions.map(({ topic, version, examples }) => {
      const name = channelOf(topic) === topic ? `v${version}` : `${topic}.v${version}`;
      return [channelOf(topic), encode(event(topic, examples[version as 1] as object)), name] as const;
    }),
    ...keyed.map((topic) => [topic, encodeFence(sequenced), 'fence'] as const),
    ...markedTopics.map((topic) => {
      const database = { digest: `sha256:${'0'.repeat(64)}`, builtAt: attributes.time, demonstration: false };
      const data = { scanner: 'trivy', database, announced: 1, except: [] };
      return [topic, encodeMark({ ...sequenced, data }), 'mark'] as const;
    }),
  ];
  expect(records.map(([topic, record]) => [topic, fitting(topic, record)])).toEqual(
    records.map(([topic, , message]) => [topic, [message]]),
  );
});
