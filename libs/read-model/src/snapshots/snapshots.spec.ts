import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { webcrypto } from 'node:crypto';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DuckDBInstance } from '@duckdb/node-api';
import type { AnyEvent } from '@assay/events';
import { EmbeddedLog, type EventLog } from '@assay/messaging';
import { ManualClock } from '@assay/testing';
import { MemorySnapshots } from '../../test/memory-snapshots.ts';
import { suite, type ServiceUnderTest } from '../../../../apps/recommendation/test/suite.ts';
import {
  declined,
  digestOf,
  findingOf,
  planOn,
  registryObserved,
  subscriptionId,
  tell,
  wholeStory,
} from '../../test/fixtures.ts';
import { schemaVersion } from '../store/schema.ts';
import { signedHeader } from './snapshot-header.ts';
import type { SnapshotOptions } from './taker.ts';

const [partitions, key] = [4, 'the key that only recommendation has'];

/** All that callers can read. */
const everything = async (assay: ServiceUnderTest) => ({
  images: await assay.all('/assay/images'),
  registries: (await assay.get('/assay/registries')).body,
  findings: await assay.all(
    `/subscriptions/${subscriptionId}/providers/Microsoft.Security/subAssessments?api-version=2020-01-01`,
  ),
  assessments: await assay.all(
    `/subscriptions/${subscriptionId}/providers/Microsoft.Security/assessments?api-version=2020-01-01`,
  ),
  timelines: await Promise.all(
    [1, 2, 3].map(async (n) => (await assay.get(`/assay/images/${digestOf(n)}/timeline`)).body),
  ),
});

const first = (): AnyEvent[] => [registryObserved(), planOn(), ...wholeStory(), ...wholeStory({ digest: digestOf(2) })];
const later = (): AnyEvent[] => [
  ...wholeStory({ verdict: 2, findings: [findingOf({ vulnerability: 'CVE-2026-2' })] }),
  ...wholeStory({ digest: digestOf(3), findings: [] }),
  declined('image-deleted', { digest: digestOf(2), verdict: 2 }),
];

describe('a snapshot of the read model', () => {
  let folder: string;
  let log: EmbeddedLog;
  let store: MemorySnapshots;
  const open: { close(): Promise<void> }[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'assay-snapshots-'));
    log = new EmbeddedLog(':memory:', partitions);
    store = new MemorySnapshots();
    open.push(log);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    for (const one of open.splice(0).toReversed()) await one.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const fileOf = (name: string): string => join(folder, name, 'view.duckdb');

  /** The log, with ids of its topics, and a note of each offset above 0 that a follower begins at. */
  const followed = (ids?: Readonly<Record<string, string>>, of: EmbeddedLog = log) => {
    const begun: string[] = [];
    const watched: EventLog = {
      partitions,
      append: (records) => of.append(records),
      consume: (...args) => of.consume(...args),
      follow: (topics, options) => {
        for (const topic of topics)
          for (let partition = 0; partition < partitions; partition += 1) {
            const from = options.from?.(topic, partition) ?? 0;
            if (from > 0) begun.push(`${topic}/${partition} ${from}`);
          }
        return of.follow(topics, options);
      },
      read: (...args) => of.read(...args),
      end: (...args) => of.end(...args),
      close: () => Promise.resolve(),
      ...(ids ? { topicIds: async (topics) => new Map(topics.map((topic) => [topic, ids[topic] ?? topic])) } : {}),
    };
    return { begun, watched };
  };

  const started = async (
    name: string,
    {
      snapshots = {},
      ids,
      of,
    }: { snapshots?: Partial<SnapshotOptions>; ids?: Readonly<Record<string, string>>; of?: EmbeddedLog } = {},
  ) => {
    const [errors, lines]: [Error[], string[]] = [[], []];
    const { begun, watched } = followed(ids, of);
    const assay = await suite({
      log: watched as EmbeddedLog,
      path: fileOf(name),
      memoryMb: 128,
      onError: (error) => errors.push(error as Error),
      snapshots: {
        store,
        key,
        everyMs: 1e12,
        everyRecords: 1e12,
        isTaker: () => false,
        onProgress: (line) => lines.push(line),
        ...snapshots,
      },
    });
    open.push({ close: () => assay.close() });
    return { ...assay, errors, lines, begun };
  };

  /** A replica that reads the log from its beginning. */
  const reference = async (of = log): Promise<Awaited<ReturnType<typeof everything>>> => {
    const assay = await suite({ log: followed(undefined, of).watched as EmbeddedLog });
    await assay.view.caughtUp();
    const found = await everything(assay);
    await assay.app.close();
    return found;
  };

  it('spares a new replica the log up to it, and the rest is read', async () => {
    const one = await started('one');
    await one.publish(...first());
    await one.view.snapshots!.take();
    await one.publish(...later());

    const two = await started('two');
    const ends = await Promise.all(
      [...Array(partitions).keys()].map((partition) => log.end('image.pushed', partition)),
    );
    expect(two.begun.filter((begin) => begin.startsWith('image.pushed/'))).not.toEqual([]);
    expect(two.begun).not.toContain(`image.pushed/${ends.indexOf(Math.max(...ends))} ${Math.max(...ends)}`);
    await two.view.caughtUp();
    const found = await everything(two);
    expect(found).toEqual(await reference());
    expect(found.images).toHaveLength(3);
    expect([one.errors, two.errors]).toEqual([[], []]);
    expect(two.lines).toEqual([expect.stringMatching(/^the read model starts from the snapshot snapshots\/\S+ of 20/)]);
    expect(existsSync(`${fileOf('two')}.snapshot`)).toBe(false);
  });

  it('holds a state that once was, while the writer goes on', async () => {
    const one = await started('one');
    await one.publish(...first());
    const writing = (async () => {
      for (let n = 4; n < 40; n += 1) await one.publish(...wholeStory({ digest: digestOf(n) }));
    })();
    store.before = async () => {
      await one.publish(...wholeStory({ digest: digestOf(50) }));
      store.before = () => Promise.resolve();
    };
    await one.view.snapshots!.take();
    await writing;
    await one.view.snapshots!.take();
    const held = [...store.stored.keys()];
    expect(held).toHaveLength(2);
    for (const dataref of held) {
      const two = await started(`from ${held.indexOf(dataref)}`, {
        snapshots: {
          store: Object.assign(new MemorySnapshots(), { stored: new Map([[dataref, store.stored.get(dataref)!]]) }),
        },
      });
      expect(two.begun).not.toEqual([]);
      await two.view.caughtUp();
      expect(await everything(two)).toEqual(await reference());
    }
  });

  it('is signed with HMAC-SHA256 over its first two lines, and names the digest of the rest', async () => {
    const one = await started('one');
    await one.publish(...first());
    await one.view.snapshots!.take();
    const [bytes] = store.all;
    const [form, json, signature] = bytes!.toString('latin1').split('\n', 3);
    const imported = await webcrypto.subtle.importKey(
      'raw',
      new TextEncoder().encode(key),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    );
    const hex = (buffer: ArrayBuffer): string => Buffer.from(buffer).toString('hex');
    expect(hex(await webcrypto.subtle.sign('HMAC', imported, Buffer.from(`${form}\n${json}\n`)))).toBe(signature);
    const file = bytes!.subarray(form!.length + json!.length + signature!.length + 3);
    const header = JSON.parse(json!) as Record<string, unknown>;
    expect(header).toMatchObject({
      schema: schemaVersion,
      bytes: file.length,
      sha256: hex(await webcrypto.subtle.digest('SHA-256', Buffer.from(file))),
    });
    expect(file.toString('latin1', 8, 12)).toBe('DUCK');
  });

  it('leaves the lock of the file to the replica that took it', async () => {
    const one = await started('one');
    await one.publish(...first());
    await one.view.snapshots!.take();
    const program =
      `import { DuckDBInstance } from '@duckdb/node-api'; ` +
      `await DuckDBInstance.create(${JSON.stringify(fileOf('one'))}).then(` +
      "() => console.log('opened'), ({ message }) => console.log(message));";
    const other = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    expect(String((await once(other.stdout, 'data'))[0])).toContain('Could not set lock on file');
  });

  describe('is left aside with one line, and the log is read from its beginning', () => {
    /** A log of its own, with a sound snapshot of it, and what callers read of it. */
    const kept = new EmbeddedLog(':memory:', partitions);
    afterAll(() => kept.close());
    let taken: Promise<{ good: Buffer; expected: object }> | undefined;
    const taking = async () => {
      const one = await started('one', { of: kept });
      await one.publish(...first());
      await one.view.snapshots!.take();
      const [good] = store.all;
      store.stored.clear();
      return { good: good!, expected: await reference(kept) };
    };
    const headerOf = (bytes: Buffer): Buffer =>
      bytes.subarray(0, bytes.indexOf('\n', bytes.indexOf('\n', bytes.indexOf('\n') + 1) + 1) + 1);
    const flipped = (bytes: Buffer, at: number): Buffer => {
      const copy = Buffer.from(bytes);
      copy[at]! ^= 1;
      return copy;
    };
    const json = (bytes: Buffer) => JSON.parse(bytes.toString('latin1').split('\n', 2)[1]!) as any;
    const resigned = (bytes: Buffer, changes: object, by = key): Buffer =>
      Buffer.concat([signedHeader({ ...json(bytes), ...changes }, by), bytes.subarray(headerOf(bytes).length)]);

    it.each<[string, (good: Buffer) => Buffer, string]>([
      ['a database that another program put there', (good) => good.subarray(headerOf(good).length), 'snapshot-damaged'],
      ['text', () => Buffer.from('once upon a time\n'.repeat(100_000)), 'snapshot-damaged'],
      ['nothing', () => Buffer.alloc(0), 'snapshot-damaged'],
      ['one signed with another key', (good) => resigned(good, {}, 'another key'), 'snapshot-signature'],
      ['one signed with no key', (good) => resigned(good, {}, ''), 'snapshot-signature'],
      ['one whose header was changed', (good) => flipped(good, 30), 'snapshot-signature'],
      ['one cut off in its header', (good) => good.subarray(0, 100), 'snapshot-damaged'],
      ['one cut off behind its header', (good) => headerOf(good), 'snapshot-damaged'],
      ['one cut off in the middle', (good) => good.subarray(0, good.length / 2), 'snapshot-damaged'],
      ['one without its last byte', (good) => good.subarray(0, -1), 'snapshot-damaged'],
      ['one with more bytes', (good) => Buffer.concat([good, Buffer.alloc(10)]), 'snapshot-damaged'],
      ['one with a changed bit', (good) => flipped(good, good.length - 5_000), 'snapshot-damaged'],
      ['one of other tables', (good) => resigned(good, { schema: schemaVersion - 1 }), 'snapshot-schema'],
      ['one of a log with other partitions', (good) => resigned(good, { partitions: 5 }), 'snapshot-log'],
      [
        'one of a log that was longer',
        (good) => {
          const positions = (json(good).positions as { topic: string; partition: number; next: number }[]).map(
            ({ topic, partition, next }) => ({ topic, partition, next: next + 9 }),
          );
          return resigned(good, { positions });
        },
        'snapshot-log',
      ],
    ])(
      '%s',
      async (_, planted, code) => {
        const { good, expected } = await (taken ??= taking());
        const dataref = store.plant(planted(good));

        const opening = vi.spyOn(DuckDBInstance, 'create');
        const two = await started('two', { of: kept });
        // One instance only: that of the empty file, which is opened before anything is fetched.
        expect(opening).toHaveBeenCalledTimes(1);
        expect(two.begun).toEqual([]);
        expect(two.errors).toEqual([
          expect.objectContaining({
            code,
            remedy: expect.any(String) as string,
            message: expect.stringMatching(new RegExp(`^the snapshot ${dataref} is left aside: [^\n]+$`)) as string,
          }),
        ]);
        expect(existsSync(`${fileOf('two')}.snapshot`)).toBe(false);
        await two.view.caughtUp();
        expect(await everything(two)).toEqual(expected);
      },
      60_000,
    );

    it('one that is signed and that DuckDB cannot read', async () => {
      const { good, expected } = await (taken ??= taking());
      const file = Buffer.alloc(20_000, 'x');
      const sha256 = Buffer.from(await webcrypto.subtle.digest('SHA-256', file)).toString('hex');
      store.plant(Buffer.concat([signedHeader({ ...json(good), bytes: file.length, sha256 }, key), file]));
      const two = await started('two', { of: kept });
      expect(two.begun).toEqual([]);
      expect(two.errors).toMatchObject([{ code: 'snapshot-damaged' }]);
      await two.view.caughtUp();
      expect(await everything(two)).toEqual(expected);
    });

    it.each([
      ['by its last events', undefined, undefined],
      ['by the ids of its topics', { 'image.pushed': 'one' }, { 'image.pushed': 'two' }],
    ])('one of a topic that was made again and has grown past it: recognised %s', async (_, before, after) => {
      const one = await started('one', before ? { ids: before } : {});
      await one.publish(...first());
      await one.view.snapshots!.take();
      const other = new EmbeddedLog(':memory:', partitions);
      open.push(other);
      // With ids, even the very same events do not count.
      if (after) await tell(other, ...first());
      for (let n = 10; n < 40; n += 1) await tell(other, ...wholeStory({ digest: digestOf(n) }));
      const two = await started('two', { of: other, ...(after ? { ids: after } : {}) });
      expect(two.begun).toEqual([]);
      expect(two.errors).toMatchObject([
        { code: 'snapshot-log', message: expect.stringContaining(after ? 'image.pushed was made again' : 'differs') },
      ]);
      await two.view.caughtUp();
      expect(await everything(two)).toEqual(await reference(other));
    });

    it('and the one before it is taken', async () => {
      const one = await started('one');
      await one.publish(...first());
      await one.view.snapshots!.take();
      store.plant(Buffer.from('planted later'));
      const two = await started('two');
      expect(two.errors).toMatchObject([{ code: 'snapshot-damaged' }]);
      expect(two.begun).not.toEqual([]);
      await two.view.caughtUp();
      expect(await everything(two)).toEqual(await reference());
    });
  });

  it('is not needed: without an answer of the store the log is read, after one line', async () => {
    await tell(log, ...first());
    const away = Object.assign(new MemorySnapshots(), {
      list: () => {
        throw new Error('the store is away');
      },
    });
    const two = await started('two', { snapshots: { store: away } });
    expect(two.errors).toMatchObject([
      { code: 'snapshot-failed', message: expect.stringMatching(/read from its beginning: the store is away$/) },
    ]);
    await two.view.caughtUp();
    expect(await everything(two)).toEqual(await reference());
  });

  it('is not used by a replica that has a file', async () => {
    const one = await started('one');
    await one.publish(...first());
    await one.view.snapshots!.take();
    await one.close();
    store.stored.clear();
    store.plant(Buffer.from('no snapshot'));
    const again = await started('one');
    expect(again.begun).not.toEqual([]);
    expect(again.errors).toEqual([]);
  });

  it('is kept with the one before it; older ones are deleted, and later ones of others are not', async () => {
    const one = await started('one');
    const old = store.plant(Buffer.from('of an earlier key'), 0);
    const planted = store.plant(Buffer.from('of another program'), 1e15);
    const taken: string[] = [];
    for (const n of [1, 2, 3]) {
      await one.publish(...wholeStory({ digest: digestOf(n) }));
      store.stored.delete('none');
      taken.push(await one.view.snapshots!.take());
      expect(store.stored.has(old)).toBe(n === 1);
    }
    expect([...store.stored.keys()].toSorted()).toEqual([planted, ...taken.slice(1)].toSorted());
  });

  describe('is due', () => {
    const hour = 3_600_000;
    let clock: ManualClock;
    const replica = async (name: string, isTaker = true) => {
      clock ??= new ManualClock();
      const assay = await started(name, {
        snapshots: { isTaker: () => isTaker, everyMs: 6 * hour, everyRecords: 20, clock },
      });
      return assay;
    };
    beforeEach(() => {
      clock = new ManualClock();
      store = new MemorySnapshots(() => clock.now());
    });
    const count = async ({ view }: ServiceUnderTest): Promise<number> => {
      // The first may be one that a timer began.
      for (let turn = 0; turn < 2; turn += 1) await view.snapshots!.look();
      return store.stored.size;
    };

    it('after some hours in which something was read', async () => {
      const one = await replica('one');
      expect(await count(one)).toBe(0);
      clock.advance(7 * hour);
      expect(await count(one)).toBe(0);
      await one.publish(planOn());
      expect(await count(one)).toBe(1);
      clock.advance(7 * hour);
      expect(await count(one)).toBe(1);
      await one.publish(planOn({ tier: 'Free' }));
      clock.advance(60_000);
      expect(await count(one)).toBe(2);
    });

    it('after some records', async () => {
      const one = await replica('one');
      await one.publish(...first(), ...later());
      expect(await count(one)).toBe(1);
      await one.publish(planOn());
      clock.advance(60_000);
      expect(await count(one)).toBe(1);
    });

    it('for one replica only, and not if another has just taken one', async () => {
      const [one, two, three] = [await replica('one'), await replica('two'), await replica('three', false)];
      await one.publish(...first(), ...later());
      for (const each of [two, three]) await each.view.caughtUp();
      expect(await count(three)).toBe(0);
      expect(await count(one)).toBe(1);
      expect(await count(two)).toBe(1);
    });

    it('again some minutes after a failure, which is one line', async () => {
      const one = await replica('one');
      await one.publish(...first(), ...later());
      store.before = () => Promise.reject(new Error('there is no room'));
      expect(await count(one)).toBe(0);
      expect(one.errors).toMatchObject([
        { code: 'snapshot-failed', message: 'no snapshot of the read model can be taken: there is no room' },
      ]);
      store.before = () => Promise.resolve();
      expect(await count(one)).toBe(0);
      clock.advance(hour);
      expect(await count(one)).toBe(1);
      expect(one.errors).toHaveLength(1);
    });
  });

  it('is not left half when the replica closes', async () => {
    const one = await started('one', { snapshots: { isTaker: () => true, everyRecords: 1 } });
    await one.publish(...first());
    store.before = () => {
      void one.view.close();
      return Promise.resolve();
    };
    await one.view.snapshots!.look();
    await one.view.close();
    expect(store.stored.size).toBe(0);
    expect(one.errors).toEqual([]);
    expect(existsSync(`${fileOf('one')}.snapshot`)).toBe(false);
  });
});
