import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { Kafka, type CloudEvent } from 'cloudevents';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  channelOf,
  decode,
  definitionOf,
  definitions,
  encode,
  encodeFence,
  encodeMark,
  fenceType,
  markType,
  typeOf,
  type AnyEvent,
  type Mark,
} from './index.ts';
import { fault, schemaOf } from './schema.ts';

const attributes = {
  id: 'an id',
  source: '/assay/test',
  subject: 'a key',
  time: '2026-11-24T09:15:02.345Z',
  causationid: 'a cause',
  correlationid: 'a push',
  sequence: '17.4',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};
const eventOf = (topic: AnyEvent['topic'], data: object): AnyEvent => ({ ...attributes, topic, data });

describe.each(definitions.map((definition) => [definition.topic, definition] as const))('%s', (topic, definition) => {
  it('has an example of every version, and the newest one is valid', () => {
    expect(
      Object.keys(definition.examples)
        .map(Number)
        .toSorted((a, b) => a - b),
    ).toEqual(Array.from({ length: definition.version }, (_, index) => index + 1));
    expect(fault(definition, definition.examples[definition.version as 1])).toBeUndefined();
  });

  it('decodes to what was encoded', () => {
    for (const [version, data] of Object.entries(definition.examples)) {
      const record = encode(eventOf(topic, data));
      const decoded = decode(channelOf(topic), {
        ...record,
        headers: { ...record.headers, ce_type: typeOf(topic, Number(version)) },
      });
      expect(decoded).toEqual({ kind: 'event', event: eventOf(topic, data) });
    }
  });

  it('is validated alike by its class and by its schema', () => {
    const example = definition.examples[definition.version as 1] as Record<string, unknown>;
    const byClass = (data: object): boolean =>
      validateSync(plainToInstance(definition.data as new () => object, data), { forbidUnknownValues: false })
        .length === 0;
    const values = fc.constantFrom<unknown>(
      '',
      'x',
      'sha256:00',
      -1,
      0,
      1.5,
      3,
      true,
      [],
      ['a'],
      [7],
      'healthy',
      'Critical',
      '2026-11-24T09:15:02Z',
      '2026-11-24',
      'push',
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(example)), values, (field, value) => {
        const changed = { ...example, [field]: value };
        // Fields of any type, and the shape of objects, are validated by only one of class and schema.
        fc.pre(
          !['body', 'details', 'tags', 'criteria'].includes(field) &&
            (typeof example[field] !== 'object' || typeof value !== 'object'),
        );
        expect(fault(definition, changed) === undefined, `${field} = ${JSON.stringify(value)}`).toBe(byClass(changed));
      }),
      { numRuns: 150 },
    );
  });
});

it('a reassessment has the facts and the set of a completed scan, in the same shape', () => {
  type Shape = { readonly properties: Record<string, { description?: string }> };
  const shapes = (['scan.completed', 'scan.reassessed'] as const).map(
    (topic) => (schemaOf(definitionOf(topic)!) as Shape).properties,
  );
  const shapeOf = (properties: Shape['properties'] | undefined, field: string): object | undefined => {
    const { description: _, ...shape } = properties?.[field] ?? {};
    return properties?.[field] && shape;
  };
  const [completed, reassessed] = shapes;
  const shared = Object.keys(reassessed ?? {});
  expect(shared).toEqual(expect.arrayContaining(['witness', 'inventory', 'packages', 'form', 'result', 'findings']));
  for (const field of shared) expect(shapeOf(completed, field), field).toEqual(shapeOf(reassessed, field));
});

describe('an event on the topic of another one', () => {
  const data = definitionOf('scan.reassessed')!.examples[1]!;
  const record = encode(eventOf('scan.reassessed', data));

  it('is decoded there by its type', () => {
    expect(channelOf('scan.reassessed')).toBe('scan.completed');
    expect(decode('scan.completed', record)).toEqual({ kind: 'event', event: eventOf('scan.reassessed', data) });
  });

  it('is unknown on any other topic', () => {
    expect(decode('scan.reassessed', record)).toEqual({ kind: 'unknown', type: 'assay.scan.reassessed.v1' });
    expect(decode('finding.classified', record)).toEqual({ kind: 'unknown', type: 'assay.scan.reassessed.v1' });
  });

  it('of a newer version is waited for', () => {
    const headers = { ...record.headers, ce_type: typeOf('scan.reassessed', 2) };
    expect(decode('scan.completed', { ...record, headers })).toMatchObject({ kind: 'newer' });
  });
});

describe('an event', () => {
  const [topic, data] = ['image.pushed' as const, definitionOf('image.pushed')!.examples[1]!];
  const record = encode(eventOf(topic, data));
  const decodeWith = (headers: Record<string, string | undefined>, value = record.value) =>
    decode(topic, { headers: { ...record.headers, ...headers } as Record<string, string>, value });

  it('is a CloudEvent in Kafka binary mode', () => {
    expect(record.headers).toEqual({
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: 'an id',
      ce_type: 'assay.image.pushed.v1',
      ce_source: '/assay/test',
      ce_subject: 'a key',
      ce_time: attributes.time,
      ce_causationid: 'a cause',
      ce_correlationid: 'a push',
      ce_sequence: '17.4',
      ce_traceparent: attributes.traceparent,
    });
    expect(record.key).toBe('a key');
  });

  it('decodes the same as with the CloudEvents SDK, for any attributes', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    const any = fc.record(
      {
        id: text,
        source: text,
        subject: text,
        time: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
        causationid: text,
        correlationid: text,
        traceparent: text,
        tracestate: text,
      },
      { requiredKeys: ['id', 'source', 'subject', 'time'] },
    );
    fc.assert(
      fc.property(any, (anyAttributes) => {
        const encoded = encode({ ...anyAttributes, topic, data });
        const {
          data: value,
          type,
          specversion,
          datacontenttype,
          ...read
        } = Kafka.toEvent({
          headers: { ...encoded.headers },
          key: encoded.key,
          value: encoded.value,
          body: encoded.value,
          timestamp: 0,
        } as never) as CloudEvent<object>;
        expect({ type, specversion, datacontenttype, value }).toEqual({
          type: 'assay.image.pushed.v1',
          specversion: '1.0',
          datacontenttype: 'application/json',
          value: data,
        });
        expect(read).toMatchObject(anyAttributes);
        expect(decode(topic, encoded)).toEqual({ kind: 'event', event: { ...anyAttributes, topic, data } });
      }),
    );
  });

  it.each([
    ['no headers at all', { ce_type: undefined, ce_id: undefined }, undefined, 'not-a-cloud-event'],
    ['no subject', { ce_subject: undefined }, undefined, 'not-a-cloud-event'],
    ['half a JSON', {}, '{"sub', 'unreadable-event'],
    ['a number', {}, '7', 'invalid-event'],
    ['a missing field', {}, '{}', 'invalid-event'],
    ['a version before the first', { ce_type: 'assay.image.pushed.v0' }, undefined, 'unknown-version'],
    ['a version that is no number', { ce_type: 'assay.image.pushed.vnext' }, undefined, 'unknown-version'],
    ['a version that is no whole number', { ce_type: 'assay.image.pushed.v1.5' }, undefined, 'unknown-version'],
    [
      'a version that nobody counts to',
      { ce_type: 'assay.image.pushed.v99999999999999999999' },
      undefined,
      'unknown-version',
    ],
    ['a time that is none', { ce_time: 'yesterday' }, undefined, 'unreadable-event'],
  ])('with %s is invalid, with a code', (_, headers, value, code) => {
    expect(decodeWith(headers, value)).toMatchObject({ kind: 'invalid', code });
  });

  it('of a newer version is not invalid and waits for an upgrade', () => {
    const newer = {
      kind: 'newer',
      message: 'version 2 of image.pushed is newer than what this program knows, 1',
      sequence: '17.4',
    };
    expect(decodeWith({ ce_type: 'assay.image.pushed.v2' })).toEqual(newer);
    expect(decodeWith({ ce_type: 'assay.image.pushed.v2' }, 'whatever it is written in')).toEqual(newer);
  });

  it('of an unknown type, or of another topic, is skipped', () => {
    expect(decodeWith({ ce_type: 'assay.something.else.v1' })).toEqual({
      kind: 'unknown',
      type: 'assay.something.else.v1',
    });
    expect(decodeWith({ ce_type: 'assay.image.deleted.v1' })).toMatchObject({ kind: 'unknown' });
  });

  it('may carry unknown fields', () => {
    expect(decodeWith({}, JSON.stringify({ ...data, addedLater: { deep: true } }))).toMatchObject({ kind: 'event' });
  });

  it('changes no prototype, even with __proto__ in its data', () => {
    const decoded = decodeWith({}, record.value.replace('{', '{"__proto__":{"polluted":true},'));
    expect(decoded.kind).toBe('event');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('never makes the reader throw', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('ce_type', 'ce_id', 'ce_time', 'ce_specversion', 'content-type', 'ce_sequence'),
          fc.string(),
        ),
        fc.string(),
        (headers, value) => {
          expect(['event', 'fence', 'mark', 'unknown', 'newer', 'invalid']).toContain(
            decode(topic, { headers: { ...record.headers, ...headers }, value }).kind,
          );
        },
      ),
    );
  });
});

describe('a fence', () => {
  it('carries its sequence and no data', () => {
    const fence = encodeFence({ id: 'f', source: '/assay/test', time: attributes.time, sequence: '18.0' });
    expect(fence.headers.ce_type).toBe(fenceType);
    expect(decode('image.pushed', fence)).toEqual({ kind: 'fence', sequence: '18.0' });
  });
});

describe('a mark', () => {
  const mark: Mark = {
    id: 'm',
    source: '/assay/test',
    time: attributes.time,
    causationid: 'another mark',
    sequence: '18.4',
    data: {
      scanner: 'trivy',
      database: (definitionOf('advisories.updated')!.examples[1] as never as Mark['data']).database,
      announced: 3,
      except: [{ digest: `sha256:${'1'.repeat(64)}`, reason: 'key-halted' }],
    },
  };
  const record = encodeMark(mark);

  it('is read as it was written', () => {
    expect(record.headers).toMatchObject({ ce_type: markType, ce_sequence: '18.4', ce_subject: 'mark' });
    expect(decode('scan.completed', record)).toEqual({ kind: 'mark', mark });
  });

  it.each([
    ['with another version', { ...record, headers: { ...record.headers, ce_type: 'assay.mark.v2' } }],
    ['without a database', { ...record, value: '{"scanner":"trivy","announced":3,"except":[]}' }],
    [
      'with too many exceptions',
      encodeMark({ ...mark, data: { ...mark.data, except: Array(201).fill(mark.data.except[0]) } }),
    ],
    ['that is no JSON', { ...record, value: '{"half":' }],
  ])('%s is unknown, and its sequence counts', (_, unread) => {
    expect(decode('scan.completed', unread)).toEqual({
      kind: 'unknown',
      type: unread.headers.ce_type,
      sequence: '18.4',
    });
  });

  it('without a sequence is unknown: it has no place among the events', () => {
    const { ce_sequence: _, ...headers } = record.headers;
    expect(decode('scan.completed', { ...record, headers: headers as Record<string, string> })).toEqual({
      kind: 'unknown',
      type: markType,
    });
  });
});
