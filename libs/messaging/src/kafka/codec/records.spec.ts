import { describe, expect, it } from 'vitest';
import { BatchOf, type FetchedMessage } from '../client/internals.ts';
import { batchesOf, messageOf } from './records.ts';

const message = (
  offset: number,
  rest: Partial<FetchedMessage> & { isControlRecord?: boolean } = {},
): FetchedMessage => ({ offset, key: 'k', value: '{}', headers: { ce_id: `id-${offset}` }, ...rest });

const fetched = (from: number, messages: readonly FetchedMessage[], highWatermark = 1000) =>
  batchesOf(
    'image.pushed',
    0,
    from,
    new BatchOf('image.pushed', String(from), {
      partition: 0,
      errorCode: 0,
      highWatermark: String(highWatermark),
      messages,
      abortedTransactions: [],
    } as never),
  );

describe('a fetched partition', () => {
  it('is empty where nothing came, for any high watermark', () => {
    expect(fetched(7, [])).toEqual([]);
  });

  it('starts at the requested offset, though a broker sends whole batches', () => {
    const [batch] = fetched(7, [message(5), message(6), message(7), message(8)]);
    expect(batch).toMatchObject({ fetchedOffset: 7, nextOffset: 9 });
    expect(batch!.records.map(({ offset, headers }) => [offset, headers.ce_id])).toEqual([
      [7, 'id-7'],
      [8, 'id-8'],
    ]);
  });

  it('omits control records, and continues after them', () => {
    expect(fetched(7, [message(7), message(8, { isControlRecord: true })])).toMatchObject([
      { fetchedOffset: 7, nextOffset: 9, records: [{ offset: 7 }] },
    ]);
    expect(fetched(7, [message(7, { isControlRecord: true })])).toEqual([
      { topic: 'image.pushed', partition: 0, records: [], fetchedOffset: 7, nextOffset: 8 },
    ]);
  });

  it('is split into batches without a gap', () => {
    const batches = fetched(
      0,
      Array.from({ length: 500 }, (_, index) => message(index * 2)),
    );
    expect(
      batches.map(({ fetchedOffset, nextOffset, records }) => [fetchedOffset, nextOffset, records.length]),
    ).toEqual([
      [0, 399, 200],
      [399, 799, 200],
      [799, 999, 100],
    ]);
  });

  it('is split into batches of some bytes, each with a record', () => {
    const large = (offset: number, size: number) => message(offset, { value: 'x'.repeat(size) });
    expect(
      fetched(0, [large(0, 600_000), large(1, 400_000), large(2, 400_000), large(3, 2_000_000), large(4, 1)]).map(
        ({ fetchedOffset, nextOffset, records }) => [fetchedOffset, nextOffset, records.length],
      ),
    ).toEqual([
      [0, 2, 2],
      [2, 3, 1],
      [3, 4, 1],
      [4, 5, 1],
    ]);
  });
});

describe('a record of Kafka', () => {
  it('carries the trace also under the name that tracing tools use', () => {
    const headers = { ce_id: 'é', ce_traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
    expect(messageOf({ topic: 'image.pushed', partition: 3, key: 'k', headers, value: '{}' })).toEqual({
      partition: 3,
      key: 'k',
      value: '{}',
      headers: { ...headers, traceparent: headers.ce_traceparent },
    });
  });

  it('comes back as it was', () => {
    const [batch] = fetched(0, [message(0, { headers: { ce_id: 'é' }, value: '{"a":"ü"}' })]);
    expect(batch!.records[0]).toEqual({
      topic: 'image.pushed',
      partition: 0,
      offset: 0,
      key: 'k',
      headers: { ce_id: 'é' },
      value: '{"a":"ü"}',
    });
  });
});
