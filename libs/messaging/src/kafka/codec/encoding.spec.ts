import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRecord, type RecordToEncode } from './encoding.ts';

const kafkajs = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (
  record: RecordToEncode,
) => { readonly buffer: Buffer };

const bytes = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.uint8Array().map((array) => Buffer.from(array)),
);
const records: fc.Arbitrary<RecordToEncode> = fc.record(
  {
    offsetDelta: fc.nat(),
    timestampDelta: fc.oneof(fc.nat(), fc.integer({ min: -(2 ** 40), max: 2 ** 40 })),
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => name !== '__proto__'),
      fc.oneof(bytes, fc.array(bytes, { maxLength: 3 })),
    ),
  },
  { requiredKeys: [] },
);

describe('a record', () => {
  it('has the same bytes as from kafkajs', () =>
    fc.assert(
      fc.property(records, (record) => {
        expect(encodeRecord(record).buffer.toString('hex')).toBe(kafkajs(record).buffer.toString('hex'));
      }),
      { numRuns: 2000 },
    ));

  it("larger than Node's shared buffers has the same bytes, too", () => {
    const record = { key: 'k', value: 'ä'.repeat(300_000), headers: { ce_id: 'x', many: ['a', 'b'] } };
    expect(encodeRecord(record).buffer.equals(kafkajs(record).buffer)).toBe(true);
  });
});
