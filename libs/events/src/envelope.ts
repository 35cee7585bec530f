import { definitionOf, definitionsOn, type DataOf, type Topic } from './catalogue.ts';
import { typeOf, type Json } from './definition.ts';
import { markDefinition, markType, type MarkData } from './mark.ts';
import { present } from './present.ts';
import type { ParkCode } from './reasons.ts';
import { fault, validated } from './schema.ts';
import { isoTime, isoTimeOf } from './time.ts';

/** The attributes of every event (CloudEvents 1.0, with the extensions that Assay uses). */
export interface Attributes {
  readonly id: string;
  /** `/assay/<service>`. */
  readonly source: string;
  readonly subject: string;
  /** When the event was emitted, ISO 8601 UTC. */
  readonly time: string;
  /** Id of the event that this event answers. */
  readonly causationid?: string;
  /** Id of the push or command that started the chain. */
  readonly correlationid?: string;
  /** `<epoch>.<number>`, from partition workers only. */
  readonly sequence?: string;
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/** An event in its newest version. */
export type AssayEvent<T extends Topic = Topic> = {
  [K in T]: Attributes & { readonly topic: K; readonly data: DataOf<K> };
}[T];

/** Any event, for code that carries events without reading them. */
export type AnyEvent = Attributes & { readonly topic: Topic; readonly data: object };

/** True if the event is of the topic. */
export const isOf = <T extends Topic>(event: AnyEvent, topic: T): event is AssayEvent<T> => event.topic === topic;

/** A record as a log stores it: the CloudEvents Kafka binding in binary mode, header values as text. */
export interface Encoded {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text of the data. */
  readonly value: string;
}

/** Voids every record that an older epoch still appends. A fence has no data. */
export const fenceType = 'assay.fence.v1';

/** A mark with the attributes of its record. */
export interface Mark extends Pick<Attributes, 'id' | 'source' | 'time' | 'causationid'> {
  readonly sequence: string;
  readonly data: MarkData;
}

/** The header in which a log puts why it cannot read a record. Such a record has no other content. */
export const unreadableHeader = 'assay_unreadable';

const json = 'application/json';

/** Each attribute with its header. Not by the CloudEvents SDK: it takes a fifth of the CPU time of a service. */
const attributeHeaders = (
  [
    'id',
    'source',
    'subject',
    'time',
    'causationid',
    'correlationid',
    'sequence',
    'traceparent',
    'tracestate',
  ] as const satisfies readonly (keyof Attributes)[]
).map((name) => [name, `ce_${name}`] as const);

const record = (type: string, attributes: Attributes, key: string, data: object): Encoded => {
  const headers: Record<string, string> = { 'content-type': json, ce_specversion: '1.0', ce_type: type };
  for (const [name, header] of attributeHeaders) {
    const value = attributes[name];
    if (value !== undefined) headers[header] = value;
  }
  return { key, headers, value: JSON.stringify(data) };
};

/** Serializes an event. Its data is trusted, because code of this process made it. */
export const encode = (event: AnyEvent, key = event.subject): Encoded => {
  const { version } = present(definitionOf(event.topic), 'definition of the topic');
  return record(typeOf(event.topic, version), event, key, event.data);
};

export const encodeFence = (attributes: Pick<Attributes, 'id' | 'source' | 'time'> & { sequence: string }): Encoded =>
  record(fenceType, { ...attributes, subject: 'fence' }, 'fence', {});

/** Serializes a mark. Its data is trusted, because code of this process made it. */
export const encodeMark = ({ data, ...attributes }: Mark): Encoded =>
  record(markType, { ...attributes, subject: 'mark' }, 'mark', data);

const sequencePattern = /^\d+\.\d+$/;

export const isSequence = (text: string | undefined): text is string =>
  text !== undefined && sequencePattern.test(text);

/** The result of decoding a record. */
export type Decoded =
  | { readonly kind: 'event'; readonly event: AssayEvent }
  | { readonly kind: 'fence'; readonly sequence: string }
  | { readonly kind: 'mark'; readonly mark: Mark }
  /**
   * A type that this version does not know: skipped and counted. A mark that cannot be read has a sequence, since its
   * owner emitted it among its events.
   */
  | { readonly kind: 'unknown'; readonly type: string; readonly sequence?: string }
  /** Emitted by a newer version of the program. The event is valid, so the consumer waits for its upgrade. */
  | { readonly kind: 'newer'; readonly message: string; readonly sequence?: string }
  /** Not an event of Assay. `code` names the fault. */
  | {
      readonly kind: 'invalid';
      readonly code: ParkCode;
      readonly message: string;
      readonly type?: string;
      readonly id?: string;
      readonly sequence?: string;
    };

/** The sequence of a decoded record, if it has one. */
export const sequenceIn = (decoded: Decoded): string | undefined =>
  decoded.kind === 'event'
    ? decoded.event.sequence
    : decoded.kind === 'mark'
      ? decoded.mark.sequence
      : decoded.sequence;

/** The text after `v` in the type, or nothing if the type is not an event of the topic. */
const versionIn = (type: string, topic: string): string | undefined =>
  type.startsWith(`assay.${topic}.v`) ? type.slice(`assay.${topic}.v`.length) : undefined;

/** Versions count from 1 and never reach this limit. A larger number is not a version. */
const maxVersion = 9_999;

const numberIn = (version: string): number =>
  /^[1-9]\d*$/.test(version) && Number(version) <= maxVersion ? Number(version) : Number.NaN;

/** Decodes a record of a topic: parses, upcasts and validates it, so that later code can trust it. Never throws. */
export const decode = (topic: string, { headers, value }: Pick<Encoded, 'headers' | 'value'>): Decoded => {
  const { ce_type: type, ce_id: id, [unreadableHeader]: unreadable } = headers;
  if (unreadable !== undefined) return { kind: 'invalid', code: 'unreadable-record', message: unreadable };
  if (!type || !id) return { kind: 'invalid', code: 'not-a-cloud-event', message: 'ce_type or ce_id is missing' };
  if (type === fenceType)
    return { kind: 'fence', sequence: isSequence(headers.ce_sequence) ? headers.ce_sequence : '0.0' };
  if (type.startsWith('assay.mark.v')) return markIn(type, headers, value);
  const definition = definitionsOn(topic).find((each) => versionIn(type, each.topic) !== undefined);
  const named = definition && versionIn(type, definition.topic);
  if (named === undefined || !definition) return { kind: 'unknown', type };
  const sequence = isSequence(headers.ce_sequence) ? { sequence: headers.ce_sequence } : {};
  const invalid = (code: ParkCode, message: string): Decoded => ({
    kind: 'invalid',
    code,
    message,
    type,
    id,
    ...sequence,
  });
  const version = numberIn(named);
  if (Number.isNaN(version))
    return invalid('unknown-version', `'${named.slice(0, 50)}' is no version of ${definition.topic}`);
  if (version > definition.version)
    return {
      kind: 'newer',
      message: `version ${version} of ${definition.topic} is newer than what this program knows, ${definition.version}`,
      ...sequence,
    };
  try {
    const attributes = attributesIn(headers);
    const data: unknown = headers['content-type']?.startsWith(json) ? JSON.parse(value) : value;
    const newest = upcast(definition.upcasters, data as Json, version, definition.version);
    const problem = fault(definition, newest);
    if (problem) return invalid('invalid-event', problem);
    if (!headers.ce_subject) return invalid('not-a-cloud-event', 'ce_subject is missing: the event names no subject');
    return { kind: 'event', event: { ...attributes, topic: definition.topic, data: newest } as AnyEvent as AssayEvent };
  } catch (error) {
    return invalid('unreadable-event', error instanceof Error ? error.message : String(error));
  }
};

/** Reads a mark. A mark that is not understood vouches for nothing, so it is unknown. */
const markIn = (type: string, headers: Encoded['headers'], value: string): Decoded => {
  const sequence = isSequence(headers.ce_sequence) ? headers.ce_sequence : undefined;
  const unknown: Decoded = { kind: 'unknown', type, ...(sequence === undefined ? {} : { sequence }) };
  if (type !== markType || sequence === undefined) return unknown;
  try {
    const data = JSON.parse(value) as MarkData;
    if (fault(markDefinition, data)) return unknown;
    const { id, source, time, causationid } = attributesIn(headers);
    return { kind: 'mark', mark: { id, source, time, ...(causationid ? { causationid } : {}), sequence, data } };
  } catch {
    return unknown;
  }
};

/** @throws RangeError if `ce_time` is not a time */
const attributesIn = (headers: Encoded['headers']): Attributes => {
  const attributes: Record<string, string> = {};
  for (const [name, header] of attributeHeaders) if (headers[header] !== undefined) attributes[name] = headers[header];
  attributes.time = headers.ce_time ? isoTimeOf(headers.ce_time) : isoTime(Date.now());
  return attributes as unknown as Attributes;
};

const upcast = (
  upcasters: Readonly<Record<number, (data: Json) => Json>>,
  data: Json,
  from: number,
  to: number,
): Json => {
  let current = data;
  for (let version = from; version < to; version += 1)
    current = present(upcasters[version], 'upcaster of the version')(current);
  return current;
};

export { validated };
