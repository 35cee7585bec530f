import { createHash, createPublicKey, generateKeyPairSync, verify as isSigned } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { FolderBlobs } from '@assay/event-sourcing';
import { present } from '@assay/events';
import { EmbeddedLog, recordOf, type EventLog, type LogRecord } from '@assay/messaging';
import { resting, verify, type Envelope, type SealKeys } from '@assay/seals';
import { eventOf, ManualClock } from '@assay/testing';
import { recordsOf, written, type Records } from '../../../../libs/seals/test/forged.ts';
import { SealFile } from './outside.ts';
import { Sealer } from './sealer.ts';
import { Seals } from './seals.ts';

const dayMs = 24 * 3_600_000;
const aKey = () => generateKeyPairSync('ed25519').privateKey;
const keysOf = (...all: ReturnType<typeof aKey>[]): SealKeys => ({ current: all[0]!, all });

const charge = (number: number, amount: string) =>
  recordOf(
    eventOf('usage.charged', `sha256:${String(number).repeat(64).slice(0, 64)}`, { amount, currency: 'USD' }),
    3,
  );

let folder: string;
let blobs: FolderBlobs;
let clock: ManualClock;
let key: ReturnType<typeof aKey>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-seals-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  blobs = new FolderBlobs(join(folder, 'blobs'));
  clock = new ManualClock();
  clock.advance(Date.parse('2026-11-30T00:00:00Z'));
  key = aKey();
});

const aLog = (): EventLog => {
  const log = new EmbeddedLog(':memory:', 3);
  onTestFinished(() => log.close());
  return log;
};

const failures: unknown[] = [];
const sealerOf = (log: EventLog, more: Partial<ConstructorParameters<typeof Sealer>[0]> = {}): Sealer => {
  failures.length = 0;
  return new Sealer({
    log,
    blobs,
    keys: keysOf(key),
    places: [],
    owned: () => [0],
    observer: { failed: (_app, _activity, error) => failures.push(error) },
    everyMs: dayMs,
    clock,
    breathe: () => Promise.resolve(),
    ...more,
  });
};

const file = (dataref: string): Promise<Buffer> => blobs.get(dataref);

/** A month of charges, closed, in two seals: of two days. */
const sealed = async (more: Partial<ConstructorParameters<typeof Sealer>[0]> = {}): Promise<EventLog> => {
  const log = aLog();
  await log.append([1, 2, 3, 4, 5].map((number) => charge(number, '0.29')));
  const sealer = sealerOf(log, more);
  await sealer.tick();
  clock.advance(dayMs);
  await log.append([6, 7, 8].map((number) => charge(number, '0.29')));
  const { dataref, sha256, bytes } = await blobs.put(Buffer.from('amount\n0.29\n'));
  await log.append([
    recordOf(
      eventOf('period.changed', '2026-11', {
        period: '2026-11',
        state: 'closed',
        by: 'ana',
        why: 'month end',
        file: { dataref, sha256, bytes, charges: 1, totals: [] },
      }),
      3,
    ),
  ]);
  await sealer.tick();
  return log;
};

/** A copy of a log as a writer of the log left it. */
const forged = async (log: EventLog, change: (records: Records) => void): Promise<EventLog> => {
  const records = await recordsOf(log);
  change(records);
  const other = aLog();
  await written(records, other);
  return other;
};

const differences = async (log: EventLog, options: Parameters<typeof verify>[1] = {}) =>
  (await verify({ log, file, month: file }, options)).differences;

const sealIn = ({ payload }: Envelope) =>
  JSON.parse(Buffer.from(payload, 'base64').toString()) as {
    number: number;
    parts: { topic: string; partition: number; from: number; until: number; records: number; root: string }[];
    prefixes: { dataref: string };
    periods: { period: string }[];
  };

const sealsOf = async (log: EventLog): Promise<Envelope[]> => {
  const found: Envelope[] = [];
  for await (const { records } of log.read('log.sealed', 0, 0, await log.end('log.sealed', 0)))
    found.push(...records.map(({ value }) => JSON.parse(value) as Envelope));
  return found;
};

describe('a seal', () => {
  // The judge computes the chain by the text of docs/proof.md, and not by the code that made it.
  it('has the chain over each record of each partition, and a signature that others verify', async () => {
    const log = await sealed();
    const chains = new Map<string, string>();
    for (const envelope of await sealsOf(log)) {
      const { payloadType, payload, signatures } = envelope;
      const bytes = Buffer.from(payload, 'base64');
      const head = Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${bytes.length} `);
      const sig = Buffer.from(signatures[0]!.sig, 'base64');
      expect(isSigned(null, Buffer.concat([head, bytes]), createPublicKey(key), sig)).toBe(true);
      const { parts, prefixes } = sealIn(envelope);
      const kept = await file(prefixes.dataref);
      let at = 0;
      for (const { topic, partition, from, until, records, root } of parts) {
        let chain = chains.get(`${topic}/${partition}`) ?? '0'.repeat(64);
        let count = 0;
        for await (const batch of log.read(topic, partition, from, until))
          for (const each of batch.records) {
            chain = linked(chain, each);
            expect(chain.slice(0, 16)).toBe(kept.toString('hex', at, at + 8));
            at += 8;
            count += 1;
          }
        expect([count, chain]).toEqual([records, root]);
        chains.set(`${topic}/${partition}`, chain);
      }
      expect(at).toBe(kept.length);
    }
    expect([...chains.keys()].filter((place) => place.startsWith('usage.charged')).length).toBeGreaterThan(1);
    expect(await verify({ log, file, month: file })).toMatchObject({
      state: 'good',
      seals: 2,
      months: ['2026-11'],
      unsealed: 1,
    });
  });

  it('comes once a day, and at once when a month was closed', async () => {
    const log = await sealed();
    const sealer = sealerOf(log);
    await sealer.tick();
    expect((await sealsOf(log)).map((each) => sealIn(each).periods.length)).toEqual([0, 1]);
    clock.advance(dayMs - 1);
    await sealer.tick();
    expect(await log.end('log.sealed', 0)).toBe(2);
    clock.advance(1);
    await sealer.tick();
    // Only the seal before it was written since.
    expect(sealIn((await sealsOf(log))[2]!).parts).toMatchObject([{ topic: 'log.sealed', from: 1, until: 2 }]);
  });

  it('comes within the interval after the start', async () => {
    const log = aLog();
    await log.append([charge(1, '0.29')]);
    const sealer = sealerOf(log, { everyMs: 1000 });
    onTestFinished(() => sealer.close());
    sealer.start();
    clock.advance(1000);
    await expect.poll(() => log.end('log.sealed', 0)).toBe(1);
  });

  it('is made by the owner of partition 0 alone, and of two the first counts', async () => {
    const log = aLog();
    await log.append([charge(1, '0.29')]);
    await sealerOf(log, { owned: () => [1, 2] }).tick();
    expect(await log.end('log.sealed', 0)).toBe(0);
    const [one, other] = [sealerOf(log), sealerOf(log)];
    await Promise.all([one.tick(), other.tick()]);
    expect(await log.end('log.sealed', 0)).toBe(2);
    clock.advance(dayMs);
    await one.tick();
    await other.tick();
    expect(await verify({ log, file, month: file })).toMatchObject({ state: 'good', seals: 2 });
    expect(failures).toEqual([]);
  });

  it('is left to the next owner, which is no failure', async () => {
    const log = aLog();
    await log.append([charge(1, '0.29')]);
    let owned = [0];
    const breathe = (): Promise<void> => Promise.resolve(void (owned = []));
    await sealerOf(log, { owned: () => owned, breathe }).tick();
    expect([await log.end('log.sealed', 0), failures]).toEqual([0, []]);
  });

  it('ends its rest when it is closed', async () => {
    const log = aLog();
    await log.append([charge(1, '0.29')]);
    let now = 0;
    const passing = vi.spyOn(performance, 'now').mockImplementation(() => (now += dayMs));
    onTestFinished(() => passing.mockRestore());
    const begun = vi.fn();
    const read = new Proxy(log, {
      get: (of, name: keyof EventLog) => {
        if (name === 'read') begun();
        return typeof of[name] === 'function' ? (of[name] as () => unknown).bind(of) : of[name];
      },
    });
    const sealer = sealerOf(read, { breathe: undefined, everyMs: 1000 });
    sealer.start();
    clock.advance(1000);
    await expect.poll(() => begun.mock.calls.length).toBeGreaterThan(0);
    await sealer.close();
    expect([await log.end('log.sealed', 0), failures]).toEqual([0, []]);
  });

  it('of more records than one takes is followed by another', async () => {
    const log = aLog();
    for (let nth = 0; nth < 12; nth += 1)
      await log.append(Array.from({ length: 100 }, (_, at) => charge((at % 8) + 1, '0.29')));
    await sealerOf(log, { mostRecords: 300 }).tick();
    expect(failures).toEqual([]);
    const found = await verify({ log, file, month: file });
    expect(found).toMatchObject({ state: 'good', unsealed: 1 });
    expect(found.seals).toBeGreaterThan(1);
    expect(found.records).toBe(1200 + found.seals - 1);
  });

  it('that takes longer than the interval keeps none from the outside place', async () => {
    const log = aLog();
    await log.append([charge(1, '0.29')]);
    const file = new SealFile(join(folder, 'outside.jsonl'));
    let left = 5;
    const breathe = (): Promise<void> => Promise.resolve((left -= 1) > 0 ? clock.advance(dayMs) : undefined);
    await sealerOf(log, { places: [file], breathe }).tick();
    expect([await log.end('log.sealed', 0), (await file.all()).length]).toEqual([1, 1]);
  });

  it('is made in no log that was cut, and reports it', async () => {
    const log = await sealed();
    const cut = await forged(log, (records) => records.get('usage.charged/0')?.pop());
    clock.advance(dayMs);
    const sealer = sealerOf(cut);
    await sealer.tick();
    expect(failures).toMatchObject([{ code: 'seal-log-cut' }]);
    expect(sealer.notes()).toEqual([expect.stringContaining('the log was cut')]);
  });
});

/** SHA-256 over the chain before and the record as JSON. */
const linked = (before: string, { topic, partition, offset, key: name, headers, value }: LogRecord): string => {
  const pairs = Object.keys(headers)
    .toSorted()
    .map((header) => `[${JSON.stringify(header)},${JSON.stringify(headers[header])}]`);
  return createHash('sha256')
    .update(before)
    .update(`[${JSON.stringify(topic)},${partition},${offset},${JSON.stringify(name)},[${pairs.join(',')}],`)
    .update(`${JSON.stringify(value)}]`)
    .digest('hex');
};

describe('what differs is named', () => {
  const place = 'usage.charged/0';
  const of = (records: Records) => present(records.get(place), 'charges');

  it('a changed record, with its offset', async () => {
    const log = await forged(await sealed(), (records) => {
      of(records)[1] = { ...of(records)[1]!, value: of(records)[1]!.value.replace('0.29', '0.19') };
    });
    expect(await differences(log)).toMatchObject([{ kind: 'record-differs', topic: 'usage.charged', offset: 1 }]);
  });

  it('a changed header', async () => {
    const log = await forged(await sealed(), (records) => {
      const first = of(records)[0]!;
      of(records)[0] = { ...first, headers: { ...first.headers, ce_time: '2026-01-01T00:00:00Z' } };
    });
    expect(await differences(log)).toMatchObject([{ kind: 'record-differs', topic: 'usage.charged', offset: 0 }]);
  });

  it.each<[string, (charges: Records) => unknown, object]>([
    ['a removed record', (records) => of(records).splice(0, 1), { kind: 'record-differs', partition: 0, offset: 0 }],
    ['a removed last record', (records) => of(records).pop(), { kind: 'record-missing', partition: 0 }],
    [
      'a repeated record',
      (records) => of(records).splice(1, 0, of(records)[0]!),
      { kind: 'record-differs', partition: 0, offset: 1 },
    ],
    ['two swapped records', (records) => of(records).unshift(...of(records).splice(1, 1)), { offset: 0 }],
  ])('%s', async (_, change, expected) => {
    const log = await forged(await sealed(), change);
    expect((await differences(log))[0]).toMatchObject({ topic: 'usage.charged', ...expected });
  });

  it('a record moved to another partition, in both', async () => {
    const log = await forged(await sealed(), (records) => {
      const other = present(records.get('usage.charged/1') ?? records.get('usage.charged/2'), 'other partition');
      other.unshift(...of(records).splice(0, 1));
    });
    expect(new Set((await differences(log)).map(({ partition }) => partition)).size).toBe(2);
  });

  it('a removed seal', async () => {
    const log = await forged(await sealed(), (records) => records.get('log.sealed/0')!.shift());
    expect(await differences(log)).toContainEqual(
      expect.objectContaining({ kind: 'seal-missing', number: 1, text: 'seal 1 is missing before offset 0' }),
    );
  });

  it('a removed last seal, by the outside place alone', async () => {
    const outside = join(folder, 'outside.jsonl');
    const log = await forged(await sealed({ places: [new SealFile(outside)] }), (records) => {
      records.get('log.sealed/0')!.pop();
    });
    expect(await differences(log)).toEqual([]);
    expect(await differences(log, { outside: await new SealFile(outside).all() })).toMatchObject([
      { kind: 'seal-missing', number: 2 },
    ]);
  });

  it('a log that was sealed again with another key', async () => {
    const log = await forged(await sealed(), (records) => {
      of(records)[1] = { ...of(records)[1]!, value: of(records)[1]!.value.replace('0.29', '0.19') };
      records.delete('log.sealed/0');
    });
    await sealerOf(log, { keys: keysOf(aKey()) }).tick();
    expect(await differences(log)).toEqual([]);
    expect(await differences(log, { trusted: createPublicKey(key) })).toMatchObject([{ kind: 'seal-foreign' }]);
  });

  it('a seal by a key that no seal names', async () => {
    const log = await sealed();
    clock.advance(dayMs);
    const envelope = (await sealsOf(await forgedBy(log, aKey()))).at(-1)!;
    await log.append([recordOf(eventOf('log.sealed', 'x', envelope), 3)]);
    expect(await differences(log)).toMatchObject([{ kind: 'seal-foreign', offset: 2 }]);
  });

  /** A log of the same records, sealed by another. */
  const forgedBy = async (log: EventLog, other: ReturnType<typeof aKey>): Promise<EventLog> => {
    const copy = await forged(log, (records) => records.delete('log.sealed/0'));
    await sealerOf(copy, { keys: keysOf(other) }).tick();
    return copy;
  };

  it('the file of a closed month, changed by a bit', async () => {
    const log = await sealed();
    const { dataref } = (sealIn((await sealsOf(log))[1]!).periods as unknown as { dataref: string }[])[0]!;
    const path = join(folder, 'blobs', dataref);
    const bytes = await readFile(path);
    bytes[8]! ^= 1;
    await writeFile(path, bytes);
    expect(await differences(log)).toMatchObject([{ kind: 'month-differs', period: '2026-11' }]);
    expect(await differences(log, { month: '2026-11' })).toMatchObject([{ kind: 'month-differs' }]);
  });

  it('day and partition, if the file that names the record is gone', async () => {
    const log = await forged(await sealed(), (records) => {
      of(records)[0] = { ...of(records)[0]!, value: of(records)[0]!.value.replace('0.29', '0.19') };
    });
    const { dataref } = sealIn((await sealsOf(log))[0]!).prefixes;
    await rm(join(folder, 'blobs', dataref));
    const [found] = await differences(log);
    expect(found).toMatchObject({ kind: 'part-differs', topic: 'usage.charged', partition: 0 });
    expect(found!.text).toContain('Which record cannot be told');
    expect((await verify({ log, file })).warnings).toEqual([expect.stringMatching(/^the file of seal 1 is lost/)]);
  });

  it('a change since a day, and none of before', async () => {
    const begun = clock.now();
    const log = await forged(await sealed(), (records) => {
      of(records)[0] = { ...of(records)[0]!, value: of(records)[0]!.value.replace('0.29', '0.19') };
    });
    expect(await differences(log, { since: begun + dayMs / 2 })).toEqual([]);
    expect(await differences(log, { since: begun })).toMatchObject([{ offset: 0 }]);
    expect(await verify({ log, file }, { since: begun + dayMs / 2 })).toMatchObject({ seals: 2, compared: 1 });
    for (const none of [{ since: begun + 2 * dayMs }, { month: '2026-10' }])
      expect(await verify({ log, file }, none)).toMatchObject({ state: 'nothing-compared', compared: 0 });
  });

  it('a record that is no seal, before the first one too, which ends nothing', async () => {
    const log = aLog();
    const payload = Buffer.from(JSON.stringify({ number: 1, key: 'no key', parts: [null] })).toString('base64');
    const envelope = { payloadType: 'application/vnd.assay.seal+json', payload, signatures: [] };
    await log.append([recordOf(eventOf('log.sealed', 'x', envelope), 3), charge(1, '0.29')]);
    await sealerOf(log).tick();
    expect(failures).toEqual([]);
    expect(await verify({ log, file })).toMatchObject({
      seals: 1,
      differences: [{ kind: 'seal-unreadable', offset: 0 }],
    });
  });

  it('nothing of a log without seals, which is not good', async () => {
    const log = aLog();
    await log.append([charge(1, '0.29')]);
    expect(await verify({ log, file, month: file })).toMatchObject({ state: 'not-sealed', unsealed: 1 });
  });
});

describe('an outside place', () => {
  it('gets what it lacks, once, and a line that was cut short is written again', async () => {
    const outside = join(folder, 'outside.jsonl');
    const log = await sealed();
    const sealer = sealerOf(log, { places: [new SealFile(outside)] });
    await sealer.tick();
    await sealer.tick();
    expect(await new SealFile(outside).all()).toEqual(await sealsOf(log));
    const text = await readFile(outside, 'utf8');
    await writeFile(outside, text.slice(0, -20));
    await sealer.tick();
    expect(await new SealFile(outside).all()).toEqual(await sealsOf(log));
  });

  it('that has a seal which came since the log was read is no fork', async () => {
    const log = aLog();
    const file = new SealFile(join(folder, 'outside.jsonl'));
    const one = sealerOf(log, { places: [file] });
    await one.tick();
    const all = async (): Promise<readonly Envelope[]> => {
      clock.advance(dayMs);
      await one.tick();
      return file.all();
    };
    const other = sealerOf(log, { places: [{ name: 'outside', all, write: (seal) => file.write(seal) }] });
    await other.tick();
    expect(other.notes()).toEqual([]);
    expect(await file.all()).toEqual(await sealsOf(log));
  });

  it('that lacks seals proves nothing of them, and one in the middle was taken out', async () => {
    const log = aLog();
    for (let nth = 0; nth < 5; nth += 1) {
      await log.append([charge(1, '0.29')]);
      await sealerOf(log).tick();
      clock.advance(dayMs);
    }
    const seals = await sealsOf(log);
    const compared = async (...outside: Envelope[]) =>
      verify({ log, file }, { outside, isWhole: true }).then(({ state, differences: [first], warnings }) => [
        state,
        first?.text ?? warnings[0],
      ]);
    expect(await compared(...seals)).toEqual(['good', undefined]);
    expect(await compared(...seals.slice(2, 4))).toEqual(['good', expect.stringContaining('lacks seals 1 to 2, 5:')]);
    expect(await compared(seals[0]!, seals[4]!)).toEqual(['differs', 'the outside place lacks seals 2 to 4']);
    expect(await compared()).toEqual(['differs', 'the outside place has none of these seals']);
    const restored = await forged(log, (records) => records.get('log.sealed/0')!.splice(2));
    expect(await differences(restored, { outside: seals, isWhole: true })).toMatchObject([
      { kind: 'seal-missing', number: 3, text: expect.stringMatching(/^the log lacks seals 3 to 5, from/) },
    ]);
  });

  it('with another history is a fork', async () => {
    const outside = join(folder, 'outside.jsonl');
    const places = [new SealFile(outside)];
    const first = aLog();
    await first.append([charge(1, '0.29')]);
    await sealerOf(first, { places }).tick();
    const restored = await forged(first, (records) => records.delete('log.sealed/0'));
    clock.advance(dayMs);
    const sealer = sealerOf(restored, { places });
    await sealer.tick();
    expect(sealer.notes()).toEqual([expect.stringMatching(/^fork: /)]);
    expect(await differences(restored, { outside: await new SealFile(outside).all() })).toMatchObject([
      { kind: 'seal-fork', number: 1 },
    ]);
    expect(await new SealFile(outside).all()).toHaveLength(2);
  });

  it('that cannot be written keeps no seal out of the log', async () => {
    const log = aLog();
    await log.append([charge(1, '0.29')]);
    const sealer = sealerOf(log, { places: [new SealFile(join(folder, 'missing', 'outside.jsonl'))] });
    await sealer.tick();
    expect(await log.end('log.sealed', 0)).toBe(1);
    expect([sealer.notes(), sealer.isFailing]).toEqual([[expect.stringContaining('outside.jsonl')], false]);
    const keys = { ...keysOf(aKey()), file: '/keys.pem' };
    const other = sealerOf(log, { keys, places: [new SealFile(join(folder, 'missing', 'outside.jsonl'))] });
    clock.advance(dayMs);
    await other.tick();
    expect(other.notes()).toEqual([
      expect.stringMatching(/which \/keys\.pem does not hold: put the old key/),
      expect.stringContaining('outside.jsonl'),
    ]);
    const ports = { log, blobs, keys, places: [], sealer: other };
    expect(await new Seals(ports).standing()).toMatchObject({ state: 'failing' });
    await mkdir(join(folder, 'missing'));
    Object.assign(keys, keysOf(key));
    await other.tick();
    expect(other.notes()).toEqual([]);
  });
});

describe('a key', () => {
  it('that replaces another one is signed by it', async () => {
    const log = await sealed();
    const next = aKey();
    clock.advance(dayMs);
    const alone = sealerOf(log, { keys: keysOf(next) });
    await alone.tick();
    expect(failures).toMatchObject([{ code: 'seal-key-unknown' }]);
    await sealerOf(log, { keys: keysOf(next, key) }).tick();
    clock.advance(dayMs);
    await alone.tick();
    const found = await verify({ log, file, month: file }, { trusted: createPublicKey(key) });
    expect(found).toMatchObject({ state: 'good', seals: 4 });
    expect(found.keys).toHaveLength(2);
    expect(await verify({ log, file, month: file }, { trusted: createPublicKey(next) })).toMatchObject({
      state: 'good',
    });
  });
});

it('rests as long as its share of the work, however much came before', async () => {
  const rests: number[] = [];
  const breathe = resting(4, async (ms) => void rests.push(ms));
  for (const end = performance.now() + 400; performance.now() < end;);
  await breathe();
  expect(rests).toEqual([1000]);
});
