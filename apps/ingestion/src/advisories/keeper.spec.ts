import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { packDatabase } from '@assay/advisories';
import { announcedAdvisories, FolderBlobs, type BlobStore } from '@assay/event-sourcing';
import { Appended, EmbeddedLog } from '@assay/messaging';
import { RegistryError, type ArtifactOptions, type Descriptor, type Manifest } from '@assay/registry';
import { boltOf, contentOf } from '../../../../libs/advisories/test/bolt.ts';
import { archiveOf, bytesOf, javaFolder, states } from '../../../../libs/advisories/test/databases.ts';
import { withMore, type Advised } from '../../../../libs/advisories/test/ways.ts';
import { answering } from '../../test/weighing.ts';
import { databaseArchive } from '../../../../tools/database-layout.ts';
import { DatabaseKeeper } from './keeper.ts';
import type { DatabaseAges, DatabaseKeeperPorts, UpdateOptions } from './keeping.ts';
import { DatabaseOrders } from './orders.ts';
import type { Offer } from './offers.ts';
import { announce } from './records.ts';
import { sourceOf } from './sources.ts';

const images = fileURLToPath(new URL('../../../../e2e/images/', import.meta.url));
const [august, november] = await Promise.all(
  ['advisories-2026-08-01', 'advisories'].map((state) => databaseArchive(join(images, state))),
);
const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const now = Date.parse('2026-11-29T00:00:00Z');

/** The same archive with another text of the same length in it. */
const withText = (archive: Buffer, text: string, other: string): Buffer => {
  const tar = gunzipSync(archive);
  tar.write(other, tar.lastIndexOf(text), 'latin1');
  return gzipSync(tar, { level: 1 });
};

type Answer = Buffer | Error | 'hangs';

/** A manifest with one layer, and the date of its publisher if there is one. */
const manifestOf = (layer: Descriptor, created: string | undefined): Manifest => ({
  digest: layer.digest,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  bytes: Buffer.alloc(0),
  document: {
    kind: 'image',
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: layer,
    layers: [layer],
    ...(created === undefined ? {} : { annotations: { 'org.opencontainers.image.created': created } }),
  },
});

/** A keeper with sources that answer as a test sets them. */
const setting = async (...names: readonly string[]) => settingWith({}, ...names);
const settingWith = async (limits: DatabaseAges, ...names: readonly string[]) => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-keeper-'));
  const log = new EmbeddedLog(':memory:', 1);
  onTestFinished(async () => {
    await log.close();
    await rm(folder, { recursive: true, force: true });
  });
  const blobs: BlobStore = new FolderBlobs(join(folder, 'blobs'));
  const answers = new Map<string, Answer>();
  const created = new Map<string, string>();
  const downloads: string[] = [];
  const ports: DatabaseKeeperPorts = {
    log,
    blobs,
    folder: join(folder, 'downloads'),
    sources: (names.length > 0 ? names : ['one.example']).map((host) =>
      sourceOf(host.includes('/') ? host : `${host}/trivy-db:2`),
    ),
    limits,
    hold: { packages: 5, findingsPercent: 10, healthyPercent: 5, weakenedPercent: 10 },
    weigh: answering(log),
    now: () => now,
    failed: (_, error) => {
      throw error;
    },
    clients: {
      to: ({ loginServer }) => {
        const found = (repository: string): Answer =>
          answers.get(repository.endsWith('java-db') ? repository : loginServer) ??
          new RegistryError('gone', 'the registry answered 404');
        const layerIn = (repository: string, type: string): Descriptor & { readonly bytes: Buffer } => {
          const answer = found(repository);
          if (!Buffer.isBuffer(answer)) throw answer;
          return { digest: digestOf(answer), size: answer.length, mediaType: type, bytes: answer };
        };
        return {
          manifest: async (repository) =>
            found(repository) === 'hangs'
              ? new Promise<Manifest>(() => undefined)
              : manifestOf(layerIn(repository, 'of any type'), created.get(loginServer)),
          artifact: async (repository, _reference, form, file: string, { known }: ArtifactOptions = {}) => {
            const { bytes, ...layer } = layerIn(repository, form.layerType);
            if (layer.digest === known) return { digest: layer.digest, layer, isKnown: true };
            downloads.push(loginServer);
            await writeFile(file, bytes);
            return { digest: layer.digest, layer, isKnown: false };
          },
        };
      },
      close: () => Promise.resolve(),
    },
  };
  const keeper = new DatabaseKeeper(ports);
  const announced = async () =>
    (await announcedAdvisories(log)).map(({ database: { builtAt } }) => builtAt.slice(0, 10));
  return {
    keeper,
    ports,
    log,
    blobs,
    downloads,
    announced,
    answer: (what: Answer, host = 'one.example', createdAt?: string) => {
      answers.set(host, what);
      if (createdAt !== undefined) created.set(host, createdAt);
    },
    path: join(folder, 'downloads'),
    left: () => readdir(join(folder, 'downloads')),
  };
};

describe('while the runners are asked', async () => {
  /** An order of its own for each database, so that age and size are no matter. */
  const isForced = true;
  const content = await contentOf((await bytesOf(states.november)).database);
  const packed = (change: (content: Advised) => unknown): Promise<Buffer> => {
    const changed = structuredClone(content);
    change(changed);
    return archiveOf(
      ['trivy.db', boltOf(changed)],
      ['metadata.json', JSON.stringify({ Version: 2, UpdatedAt: '2026-11-24T00:00:00Z' })],
    );
  };
  const without = (name: string): Promise<Buffer> => packed((all) => delete all['debian 13']![name]);

  const settingWithAnother = async () => {
    const { ports, log, blobs } = await setting();
    const other = await blobs.put(await packed(withMore));
    const asked: Offer['data'][] = [];
    let isOther = false;
    const keeper: DatabaseKeeper = new DatabaseKeeper({
      ...ports,
      weigh: async (offer) => {
        asked.push(offer.data);
        if (!isOther) await keeper.import(other, { isForced });
        isOther = true;
        await answering(log)(offer);
      },
    });
    await keeper.import(await blobs.put(await packed(() => undefined)), { isForced });
    const inUse = async () => (await announcedAdvisories(log)).map(({ database }) => database.digest);
    return { keeper, ports, log, blobs, asked, inUse };
  };

  it('another one may be announced: what was offered is compared with it, and offered again', async () => {
    const { keeper, blobs, asked, inUse } = await settingWithAnother();
    const { digest } = await keeper.import(await blobs.put(await without('openssl')), { isForced });
    const [first, second, ...more] = await inUse();
    expect([more, asked.map(({ before }) => before)]).toEqual([[digest], [first, second]]);
  });

  it('another one may be announced: an offer that is settled after it counts no more', async () => {
    const { keeper, ports, blobs, inUse } = await settingWithAnother();
    const dying = new DatabaseKeeper({ ...ports, weigh: () => Promise.reject(new Error('the process ended')) });
    await expect(dying.import(await blobs.put(await without('openssl')), { isForced })).rejects.toThrow('ended');
    await keeper.settle();
    expect(await inUse()).toHaveLength(2);
  });

  it('the decision of another process counts, and nothing is decided twice', async () => {
    const { ports, blobs, log } = await setting();
    await new DatabaseKeeper({ ...ports, weigh: answering(log) }).import(
      await blobs.put(await packed(() => undefined)),
      {
        isForced,
      },
    );
    const other = new DatabaseKeeper({ ...ports, weigh: answering(log, () => ({ uncovered: 1 })) });
    const keeper = new DatabaseKeeper({ ...ports, weigh: () => other.settle().catch(() => undefined) });
    const taken = keeper.import(await blobs.put(await without('openssl')), { isForced });
    await expect(taken).rejects.toMatchObject({ code: 'database-held' });
    expect(await log.end('advisories.offered', 0)).toBe(2);
  });

  it('one that is recalled meanwhile is not announced by the process that settles its offer', async () => {
    const { ports, blobs, log } = await setting();
    const keeper = new DatabaseKeeper({ ...ports, weigh: answering(log) });
    await keeper.import(await blobs.put(await packed(() => undefined)), { isForced });
    const dying = new DatabaseKeeper({ ...ports, weigh: () => Promise.reject(new Error('the process ended')) });
    await expect(dying.import(await blobs.put(await without('openssl')), { isForced })).rejects.toThrow('ended');
    await keeper.recall((await keeper.held())!.digest, { by: 'an operator', why: 'a hole' });
    await keeper.settle();
    expect(await keeper.list()).toHaveLength(1);
  });

  it.each([
    { fault: 'is lost', harm: (blobs: BlobStore, dataref: string) => blobs.delete(dataref), outcome: 'database-held' },
    { fault: 'has its archive, and its copy is damaged', harm: () => Promise.resolve(), outcome: 'updated' },
  ])('the one in use may have been harmed: it $fault', async ({ harm, outcome }) => {
    const { ports, blobs, log } = await setting();
    const keeper = new DatabaseKeeper({ ...ports, weigh: answering(log) });
    const first = await blobs.put(await packed(() => undefined), { area: 'databases' });
    const { digest } = await keeper.import(first, { isForced });
    const copy = join(ports.folder, '..', 'database-in-use', digest.slice('sha256:'.length), 'trivy.db');
    await writeFile(copy, 'no database');
    await harm(blobs, first.dataref);
    const next = await blobs.put(await without('openssl'), { area: 'databases' });
    const taken = keeper.import(next, { isForced }).then(
      (updated) => updated.outcome,
      (error: { code: string }) => error.code,
    );
    expect(await taken).toBe(outcome);
    if (outcome === 'updated') return;
    const held = (await keeper.held())!;
    expect(held.note).toContain('lost or damaged');
    expect(await keeper.release(held.digest, 0, { by: 'an operator', why: 'looked at it' })).toMatchObject({
      outcome: 'updated',
    });
  });

  it('the archive of the one held is kept, and goes with the next; an order releases or refuses it', async () => {
    const { ports, log, blobs } = await setting();
    const keeper = new DatabaseKeeper({ ...ports, weigh: answering(log, () => ({ uncovered: 1, healthy: 2 })) });
    const put = async (archive: Buffer) => blobs.put(archive, { area: 'databases' });
    const order = { by: 'an operator', why: 'looked at it' };
    const areThere = async (...all: readonly { readonly dataref: string }[]): Promise<boolean[]> =>
      Promise.all(all.map(({ dataref }) => blobs.renew(dataref)));
    const first = await put(await packed(() => undefined));
    await keeper.import(first, { isForced });
    const [one, other] = [await put(await without('openssl')), await put(await without('glibc'))];
    await expect(keeper.import(one, { isForced })).rejects.toMatchObject({ code: 'database-held' });
    await expect(keeper.import(one)).rejects.toMatchObject({ code: 'database-held' });
    expect(await areThere(first, one)).toEqual([true, true]);
    await expect(keeper.import(other, { isForced })).rejects.toMatchObject({ code: 'database-held' });
    expect(await areThere(first, one, other)).toEqual([true, false, true]);
    const { digest } = (await keeper.held())!;
    await expect(keeper.release(digest, 3, order)).rejects.toMatchObject({ code: 'database-changed' });
    await keeper.refuse(digest, order);
    expect([await keeper.held(), await areThere(first, other)]).toEqual([undefined, [true, false]]);
    await expect(keeper.release(digest, 2, order)).rejects.toMatchObject({ code: 'database-unknown' });
    const again = await put(await without('glibc'));
    await expect(keeper.import(again)).rejects.toMatchObject({ code: 'database-refused' });
    await expect(keeper.import(await put(await without('glibc')), { isForced })).rejects.toMatchObject({
      code: 'database-held',
    });
    expect(await keeper.release(digest, 2, order)).toMatchObject({ outcome: 'updated', digest });
    expect(await keeper.list()).toMatchObject([{ digest, state: 'in-use' }, { state: 'stored' }]);
  });
});

describe('an update', () => {
  it('removes what a killed process left a day ago, and nothing that another one may be downloading', async () => {
    const { keeper, answer, left, path } = await setting();
    for (const [name, ageMs] of [
      ['killed', 25 * 3_600_000],
      ['downloading', 3_600_000],
    ] as const) {
      await mkdir(join(path, name), { recursive: true });
      await writeFile(join(path, name, 'db.tar.gz'), 'half of it');
      const at = new Date(now - ageMs);
      await utimes(join(path, name), at, at);
    }
    answer(august!);
    await keeper.update();
    expect(await left()).toEqual(['downloading']);
  });

  it('stores the archive, and announces the database with what it holds', async () => {
    const { keeper, log, blobs, answer, left } = await setting();
    answer(august!);
    expect(await keeper.update()).toMatchObject({ outcome: 'updated', builtAt: '2026-08-01T00:00:00Z' });
    const [announced] = await announcedAdvisories(log);
    expect(announced).toMatchObject({
      scanner: 'trivy',
      database: { builtAt: '2026-08-01T00:00:00Z', demonstration: false },
      bytes: august!.length,
      families: expect.arrayContaining([{ name: 'alpine', entries: expect.any(Number) as number }]) as object,
    });
    expect(Buffer.compare(await blobs.get(announced!.dataref!), august!)).toBe(0);
    expect(await left()).toEqual([]);
  });

  it('announces limits of its age that differ from the usual ones, also of a stored one', async () => {
    const limits: { tooOldDays?: number; staleDays?: number } = { tooOldDays: 7, staleDays: 45 };
    const { keeper, log, answer } = await settingWith(limits);
    answer(august!);
    const { digest } = await keeper.update();
    answer(november!);
    limits.tooOldDays = 14;
    await keeper.update();
    delete limits.staleDays;
    await keeper.use(digest);
    expect(
      (await announcedAdvisories(log)).map(({ database: { tooOldDays, staleDays } }) => [tooOldDays, staleDays]),
    ).toEqual([
      [undefined, 45],
      [14, 45],
      [14, undefined],
    ]);
    expect((await keeper.list()).map(({ tooOldDays, staleDays }) => [tooOldDays, staleDays])).toEqual([
      [14, undefined],
      [14, 45],
    ]);
  });

  it('downloads nothing and announces nothing if the source has the database in use', async () => {
    const { keeper, answer, downloads, announced } = await setting();
    answer(august!);
    await keeper.update();
    expect(await keeper.update()).toMatchObject({ outcome: 'unchanged' });
    expect([downloads, await announced()]).toEqual([['one.example'], ['2026-08-01']]);
  });

  it('takes another packing of the database in use for the same', async () => {
    const { keeper, answer, announced } = await setting();
    answer(august!);
    await keeper.update();
    answer(gzipSync(gunzipSync(august!), { level: 1 }));
    expect(await keeper.update()).toMatchObject({ outcome: 'unchanged' });
    expect(await announced()).toEqual(['2026-08-01']);
  });

  it('keeps the archives of the last three databases, and the first of the day', async () => {
    const { keeper, blobs, answer } = await setting();
    for (const day of [2, 3, 4, 5, 6]) {
      // Each has other pages: the number of one advisory differs.
      const dated = withText(august!, `UpdatedAt": "2026-08-01`, `UpdatedAt": "2026-08-0${day}`);
      answer(withText(dated, 'DSA-5051-1', `DSA-5051-${day}`));
      await keeper.update();
    }
    const stored = [];
    for await (const { dataref } of blobs.list('databases')) stored.push(dataref);
    expect(stored).toHaveLength(4);
    expect((await keeper.list()).map(({ state }) => state)).toEqual(['in-use', 'stored', 'stored', 'gone', 'stored']);
  });

  const away = (status: number) => new RegistryError('unreachable', `the registry answered ${status}`);
  it.each([
    { fault: 'limits its requests', answer: new RegistryError('rate-limited', 'the registry answered 429') },
    { fault: 'is broken', answer: away(503) },
    { fault: 'lost the layer', answer: new RegistryError('gone', 'the registry answered 404') },
    { fault: 'is too slow', answer: new RegistryError('timeout', 'the transfer is too slow') },
    { fault: 'has another type', answer: new RegistryError('unsupported-media-type', 'an artifact of another type') },
    { fault: 'has two layers', answer: new RegistryError('bad-manifest', 'an artifact of 2 layers, not one') },
    { fault: 'has an archive that is cut', answer: november!.subarray(0, -1000) },
    { fault: 'has no archive', answer: Buffer.from('nothing') },
    {
      fault: 'has an older database',
      answer: withText(november!, `UpdatedAt": "2026-11-24`, `UpdatedAt": "2026-07-01`),
    },
    {
      fault: 'has one of the future',
      answer: withText(november!, `UpdatedAt": "2026-11-24`, `UpdatedAt": "2027-01-01`),
    },
    { fault: 'has one of another schema', answer: withText(november!, '"Version": 2', '"Version": 3') },
  ])('goes to the next source if one $fault, and reports it if there is none', async ({ answer: fault }) => {
    const { keeper, answer, announced, left } = await setting('one.example', 'two.example');
    answer(august!);
    await keeper.update();
    answer(fault);
    const refused = await keeper.update().catch((error: unknown) => error);
    expect(refused).toMatchObject({ name: 'DatabaseError', remedy: expect.any(String) as string });
    expect((refused as Error).message).toMatch(/one\.example.*: .+; two\.example.*: .+404/);
    expect([await announced(), await left()]).toEqual([['2026-08-01'], []]);
    answer(november!, 'two.example');
    expect(await keeper.update()).toMatchObject({ outcome: 'updated', source: 'two.example/trivy-db:2' });
    expect(await announced()).toEqual(['2026-08-01', '2026-11-24']);
  });

  it('stops at a failure of the blob store: another source would meet it again', async () => {
    const { keeper, blobs, answer, downloads, announced } = await setting('one.example', 'two.example');
    answer(august!);
    answer(august!, 'two.example');
    blobs.putStream = () => Promise.reject(new Error('the disk is full'));
    await expect(keeper.update()).rejects.toThrow('the disk is full');
    expect([downloads, await announced()]).toEqual([['one.example'], []]);
  });

  it('follows a demonstration database with any', async () => {
    const { keeper, log, answer } = await setting();
    await announce(log, {
      scanner: 'trivy',
      database: { digest: digestOf(august!), builtAt: '2026-11-24T00:00:00Z', demonstration: true },
    });
    answer(august!);
    expect(await keeper.update()).toMatchObject({ outcome: 'updated' });
  });

  it('without a source names the other way', async () => {
    const { keeper } = await setting();
    const none = new DatabaseKeeper({ ...(keeper as unknown as { ports: object }).ports, sources: [] } as never);
    await expect(none.update()).rejects.toMatchObject({ code: 'database-unreachable', remedy: /import/ });
  });
});

describe('of several sources', () => {
  const [one, two] = ['one.example/trivy-db:2', 'two.example/trivy-db:2'];
  const three = () => setting('one.example', 'two.example', 'three.example');
  /** Each has other pages: the number of one advisory differs. */
  const dated = (text: string) =>
    withText(
      withText(november!, 'UpdatedAt": "2026-11-24', `UpdatedAt": "${text}`),
      'DSA-5051-1',
      `DSA-5051-${text.slice(-1)}`,
    );

  it.each(['without dates', 'with dates'])('a first one that froze hides no newer one: manifests %s', async (how) => {
    const { keeper, answer, announced } = await three();
    const at = (text: string) => (how === 'with dates' ? text : undefined);
    answer(august!, 'one.example', at('2026-08-01T00:10:00Z'));
    await keeper.update();
    expect(await keeper.update()).not.toHaveProperty('lagging');
    answer(november!, 'two.example', at('2026-11-24T00:10:00Z'));
    expect(await keeper.update()).toMatchObject({ outcome: 'updated', source: two, lagging: [lag(one)] });
    // The frozen one is named as long as it lags.
    expect(await keeper.update()).toMatchObject({ outcome: 'unchanged', source: two, lagging: [lag(one)] });
    expect(await announced()).toEqual(['2026-08-01', '2026-11-24']);
    answer(november!, 'one.example');
    expect(await keeper.update()).not.toHaveProperty('lagging');
  });
  const lag = (name: string) =>
    expect.stringMatching(
      new RegExp(
        `^the source ${name} has the vulnerability database of 2026-08-01T00:00:00Z, ` +
          `and there is one of 2026-11-24T00:[01]0:00Z$`,
      ),
    ) as string;

  it('one that packs the database in use again hides no newer one', async () => {
    const { keeper, answer } = await three();
    answer(august!);
    await keeper.update();
    answer(gzipSync(gunzipSync(august!), { level: 1 }), 'one.example', '2026-11-28T00:00:00Z');
    answer(november!, 'three.example', '2026-11-24T00:00:00Z');
    expect(await keeper.update()).toMatchObject({ outcome: 'updated', source: 'three.example/trivy-db:2' });
  });

  it('the newest is taken, and if it is refused the next; those that failed are named', async () => {
    const { keeper, answer, downloads } = await three();
    answer(dated('2026-11-20'), 'one.example', '2026-11-20T00:00:00Z');
    answer(dated('2026-11-25').subarray(0, -1000), 'two.example', '2026-11-25T00:00:00Z');
    answer(november!, 'three.example', '2026-11-24T00:00:00Z');
    const taken = await keeper.update();
    expect(taken).toMatchObject({ outcome: 'updated', source: 'three.example/trivy-db:2' });
    expect(taken.failed).toEqual([expect.stringMatching(/^two\.example\/trivy-db:2: the archive/)]);
    expect(downloads).toEqual(['two.example', 'three.example']);
  });

  it.each(['2027-06-01T00:00:00Z', '1970-01-01T00:00:00Z', 'today'])(
    'a date that no database can have (%s) makes no other one late',
    async (date) => {
      const { keeper, answer } = await three();
      answer(august!, 'one.example', date);
      answer(november!, 'two.example', '2026-11-24T00:00:00Z');
      expect(await keeper.update()).toMatchObject({ outcome: 'updated', source: two });
      expect(await keeper.update()).toMatchObject({ outcome: 'unchanged', source: two });
    },
  );

  it('the same bytes that were refused are not downloaded again from the next one', async () => {
    const { keeper, answer, downloads } = await three();
    for (const host of ['one', 'two', 'three']) answer(november!.subarray(0, -1000), `${host}.example`);
    await expect(keeper.update()).rejects.toThrow(/one\.example.*: the archive.*; two\.example.*; three\.example/);
    expect(downloads).toEqual(['one.example']);
  });

  it('an older one without a date is refused and named; a dated one is not downloaded', async () => {
    const { keeper, answer, downloads } = await three();
    answer(november!, 'one.example');
    await keeper.update();
    answer(dated('2026-11-20'), 'two.example', '2026-11-20T00:00:00Z');
    answer(dated('2026-11-22'), 'three.example');
    expect(await keeper.update()).toMatchObject({
      outcome: 'unchanged',
      source: one,
      lagging: [expect.stringContaining(two)],
      failed: [expect.stringMatching(/^three\.example\/trivy-db:2: the database is of .*claims 2026-11-22/)],
    });
    expect(downloads).toEqual(['one.example', 'three.example']);
  });

  it('those that hang are left out once their time is over, and named', async () => {
    const { ports, answer } = await three();
    const late = new AbortController();
    const asked: string[] = [];
    const { clients } = ports;
    const watched: typeof clients = {
      ...clients,
      to: (access) => ({
        ...clients.to(access),
        manifest: (...of) => {
          asked.push(access.loginServer);
          // The time is over once all were asked.
          if (asked.length === 3) setImmediate(() => late.abort());
          return clients.to(access).manifest(...of);
        },
      }),
    };
    const keeper = new DatabaseKeeper({ ...ports, clients: watched, deadline: () => late.signal });
    answer('hangs', 'one.example');
    answer('hangs', 'two.example');
    answer(november!, 'three.example');
    expect(await keeper.update()).toMatchObject({
      outcome: 'updated',
      source: 'three.example/trivy-db:2',
      failed: [`${one}: no answer within 10 s`, `${two}: no answer within 10 s`],
    });
    expect(asked).toEqual(['one.example', 'two.example', 'three.example']);
  });

  it('an order that ends takes what hangs with it', async () => {
    const { keeper, answer } = await three();
    for (const host of ['one', 'two', 'three']) answer('hangs', `${host}.example`);
    const ending = new AbortController();
    const updating = keeper.update({ signal: ending.signal });
    ending.abort(new Error('the suite ends'));
    await expect(updating).rejects.toThrow('the suite ends');
  });
});

describe('stored databases', () => {
  const both = async () => {
    const set = await setting();
    set.answer(august!);
    const first = await set.keeper.update();
    set.answer(november!);
    return { ...set, first, second: await set.keeper.update() };
  };

  it('are listed, the one in use first', async () => {
    const { keeper, first, second } = await both();
    expect(await keeper.list()).toMatchObject([
      { digest: second.digest, state: 'in-use', entries: 21_969, bytes: november!.length },
      { digest: first.digest, state: 'stored' },
    ]);
  });

  it('are used again by an order, also an older one', async () => {
    const { keeper, first, second, announced } = await both();
    expect(await keeper.use(first.digest)).toMatchObject({ outcome: 'updated', digest: first.digest });
    expect(await keeper.use(first.digest)).toMatchObject({ outcome: 'unchanged' });
    expect(await announced()).toEqual(['2026-08-01', '2026-11-24', '2026-08-01']);
    expect(await keeper.list()).toMatchObject([{ digest: first.digest }, { digest: second.digest, state: 'stored' }]);
    await expect(keeper.use(digestOf(august!))).rejects.toMatchObject({ code: 'database-unknown' });
  });

  it('give way when they are recalled, and are not taken again', async () => {
    const { keeper, first, second, answer, announced } = await both();
    const order = { by: 'an operator', why: 'it lacks Debian' };
    expect(await keeper.recall(second.digest, order)).toMatchObject({ digest: first.digest });
    expect(await keeper.list()).toMatchObject([{ state: 'in-use' }, { digest: second.digest, state: 'recalled' }]);
    answer(november!);
    await expect(keeper.update()).rejects.toMatchObject({ code: 'database-recalled' });
    expect(await announced()).toEqual(['2026-08-01', '2026-11-24', '2026-08-01']);
    await expect(keeper.use(second.digest)).rejects.toMatchObject({ code: 'database-recalled' });
    expect(await keeper.update({ isForced: true })).toMatchObject({ outcome: 'updated', digest: second.digest });
    expect(await keeper.list()).toMatchObject([{ digest: second.digest, state: 'in-use' }, { state: 'stored' }]);
    // The order takes the recall back.
    await keeper.use(first.digest);
    expect(await keeper.use(second.digest)).toMatchObject({ outcome: 'updated' });
  });

  it('are not recalled if nothing could take their place', async () => {
    const { keeper, answer, announced } = await setting();
    answer(august!);
    const { digest } = await keeper.update();
    await expect(keeper.recall(digest, { by: 'an operator', why: 'bad' })).rejects.toMatchObject({
      code: 'database-unknown',
    });
    expect(await keeper.list()).toMatchObject([{ state: 'in-use' }]);
    expect(await announced()).toHaveLength(1);
  });

  it('are read to the end when they are verified', async () => {
    const { keeper, second } = await both();
    expect(await keeper.verify()).toMatchObject({ digest: second.digest });
    const { keeper: empty } = await setting();
    await expect(empty.verify()).rejects.toMatchObject({ code: 'database-unknown' });
  });

  it('come from an archive in the blob store, too, and with an order from an older one', async () => {
    const { keeper, blobs, announced } = await setting();
    const put = (archive: Buffer) => blobs.put(archive, { area: 'databases' });
    expect(await keeper.import(await put(november!))).toMatchObject({ outcome: 'updated' });
    const older = await put(august!);
    await expect(keeper.import(older)).rejects.toMatchObject({ code: 'database-age' });
    expect(await keeper.import(older, { isForced: true })).toMatchObject({ outcome: 'updated' });
    expect(await announced()).toEqual(['2026-11-24', '2026-08-01']);
  });
});

describe('an order', () => {
  it('that runs is answered with its standing, and with its end once that is known', async () => {
    const { keeper, answer } = await setting();
    answer(august!);
    let announced = 0;
    const orders = new DatabaseOrders(keeper, 0, async () => {
      announced += 1;
    });
    expect(await orders.update('one', false)).toEqual({ id: 'one', state: 'running' });
    const asked = new Appended();
    await expect
      .poll(() => asked.during(() => orders.update('one', false)))
      .toMatchObject({ id: 'one', state: 'ended', outcome: 'updated' });
    // The order began with another request.
    expect(asked.positions).toMatchObject([{ topic: 'advisories.updated' }]);
    expect(await new DatabaseOrders(keeper).update('two', false)).toMatchObject({ outcome: 'unchanged' });
    await orders.update('three', false);
    await expect.poll(() => orders.update('three', false)).toMatchObject({ outcome: 'unchanged' });
    expect(announced).toBe(1);
    await orders.close();
  });
});

describe('an update that is ordered while one runs', () => {
  const outcome = { outcome: 'unchanged', digest: 'sha256:1', builtAt: '2026-11-24T00:00:00Z' } as const;
  /** Orders whose updates end one by one, by a test. */
  const running = () => {
    const ends: (() => void)[] = [];
    let isOver = false;
    const keeper = {
      update: async ({ onProgress }: UpdateOptions) => {
        onProgress?.({ source: 'one.example', doneBytes: ends.length + 1, totalBytes: 9 });
        if (!isOver) await new Promise<void>((resolve) => ends.push(resolve));
        return outcome;
      },
      verify: async () => outcome,
      close: () => Promise.resolve(),
    };
    const orders = new DatabaseOrders(keeper as never, 0);
    onTestFinished(async () => {
      isOver = true;
      for (const end of ends) end();
      await orders.close();
    });
    return { ends, orders };
  };

  it('takes part in it: the same progress, the same end, one update', async () => {
    const { ends, orders } = running();
    const refreshing = orders.refreshed();
    await expect.poll(() => ends.length).toBe(1);
    expect(await orders.update('ordered', false)).toMatchObject({ state: 'running', progress: { doneBytes: 1 } });
    ends[0]!();
    expect(await refreshing).toMatchObject(outcome);
    expect(await orders.update('ordered', false)).toEqual({ id: 'ordered', state: 'ended', ...outcome });
    // An order after the end is an update of its own.
    expect(await orders.update('later', false)).toMatchObject({ state: 'running' });
    await expect.poll(() => ends.length).toBe(2);
    ends[1]!();
  });

  it('with force, or after another order, it waits for its own turn', async () => {
    const { ends, orders } = running();
    await orders.update('one', false);
    await orders.update('forced', true);
    await expect.poll(() => ends.length).toBe(1);
    ends[0]!();
    await expect.poll(() => ends.length).toBe(2);
    expect(await orders.update('after', false)).toMatchObject({ state: 'running' });
    ends[1]!();
    await expect.poll(() => ends.length).toBe(3);
    ends[2]!();
    await expect.poll(() => orders.update('after', false)).toMatchObject({ state: 'ended' });
    // Asking again for one of before begins nothing.
    expect(await orders.update('one', false)).toMatchObject({ state: 'ended' });
    expect(await orders.update('forced', true)).toMatchObject({ state: 'ended' });
    expect(ends).toHaveLength(3);
  });
});

describe('a Java database', () => {
  const java = async (builtAt: string, more: Parameters<typeof javaFolder>[1] = {}): Promise<Buffer> =>
    buffer(packDatabase(await javaFolder(100, { builtAt, ...more }), 'java')());
  const name = 'one.example/maker/trivy-java-db:1';
  const javaSetting = async () => {
    const set = await setting('one.example', name);
    set.answer(august!);
    return { ...set, publish: (what: Answer) => set.answer(what, 'maker/trivy-java-db') };
  };
  const order = { by: 'an operator', why: 'it names nothing' };

  it('is taken after the vulnerability database, and announced with it; then each in its own time', async () => {
    const { keeper, log, blobs, answer, publish, left } = await javaSetting();
    const archive = await java('2026-11-20T00:00:00Z');
    publish(archive);
    const { digest, java: taken } = await keeper.update();
    expect(taken).toMatchObject({ outcome: 'updated', builtAt: '2026-11-20T00:00:00Z', entries: 1, source: name });
    const [first, second, ...more] = await announcedAdvisories(log);
    expect([first!.java, second!.database, more]).toEqual([undefined, first!.database, []]);
    expect(second!.java).toMatchObject({ digest: taken!.digest, bytes: archive.length });
    expect(Buffer.compare(await blobs.get(second!.java!.dataref), archive)).toBe(0);
    expect(await keeper.update()).toMatchObject({ outcome: 'unchanged', java: { outcome: 'unchanged' } });
    answer(november!);
    expect(await keeper.update()).toMatchObject({ outcome: 'updated', java: { outcome: 'unchanged' } });
    publish(await java('2026-11-21T00:00:00Z'));
    expect(await keeper.update()).toMatchObject({ outcome: 'unchanged', java: { outcome: 'updated' } });
    const all = await announcedAdvisories(log);
    expect(all.map((each) => [each.database.builtAt.slice(5, 10), each.java?.builtAt.slice(5, 10)])).toEqual([
      ['08-01', undefined],
      ['08-01', '11-20'],
      ['11-24', '11-20'],
      ['11-24', '11-21'],
    ]);
    expect(await keeper.verify()).toMatchObject({ java: { builtAt: '2026-11-21T00:00:00Z' } });
    expect([await left(), digest === all[0]!.database.digest]).toEqual([[], true]);
  });

  it('comes from the newest source, and one that froze is named', async () => {
    const second = 'two.example/other/trivy-java-db:1';
    const { keeper, answer } = await setting('one.example', name, second);
    answer(august!);
    answer(await java('2026-11-20T00:00:00Z'), 'maker/trivy-java-db');
    expect((await keeper.update()).java).toMatchObject({ outcome: 'updated', source: name });
    answer(await java('2026-11-22T00:00:00Z'), 'other/trivy-java-db');
    const lagging = [
      `the source ${name} has the Java database of 2026-11-20T00:00:00Z, and there is one of 2026-11-22T00:00:00Z`,
    ];
    expect((await keeper.update()).java).toMatchObject({ outcome: 'updated', source: second, lagging });
    expect((await keeper.update()).java).toMatchObject({ outcome: 'unchanged', source: second, lagging });
  });

  it('that is bad is an outcome of its own: the vulnerability database is taken', async () => {
    const { keeper, blobs, answer, publish, left } = await javaSetting();
    publish(await java('2026-11-20T00:00:00Z', { rows: 20 }));
    await keeper.update();
    answer(november!);
    publish(await java('2026-11-21T00:00:00Z', { rows: 10 }));
    expect(await keeper.update()).toMatchObject({
      outcome: 'updated',
      java: {
        outcome: 'failed',
        builtAt: '2026-11-20T00:00:00Z',
        why: expect.stringMatching(/the Java database has 10 entries, and the one in use 20$/) as string,
        remedy: expect.stringContaining('--force') as string,
      },
    });
    expect(await left()).toEqual([]);
    blobs.putStream = () => Promise.reject(Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC' }));
    publish(await java('2026-11-22T00:00:00Z', { rows: 20 }));
    expect((await keeper.update()).java).toMatchObject({ outcome: 'failed', why: 'ENOSPC: no space' });
  });

  it('is listed, kept three times, used again and recalled', async () => {
    const { keeper, publish, blobs } = await javaSetting();
    for (const day of [20, 21, 22, 23]) {
      publish(await java(`2026-11-${day}T00:00:00Z`));
      await keeper.update();
    }
    const states = async () =>
      (await keeper.listJava()).map(({ builtAt, state }) => `${builtAt.slice(8, 10)} ${state}`);
    expect(await states()).toEqual(['23 in-use', '22 stored', '21 stored', '20 gone']);
    const [last, before, , gone] = await keeper.listJava();
    expect(await keeper.use(before!.digest)).toMatchObject({ outcome: 'unchanged', java: { digest: before!.digest } });
    expect(await states()).toEqual(['22 in-use', '23 stored', '21 stored', '20 gone']);
    await expect(keeper.use(gone!.digest)).rejects.toMatchObject({ code: 'database-unknown' });
    await keeper.use(last!.digest);
    expect(await keeper.recall(last!.digest, order)).toMatchObject({ java: { digest: before!.digest } });
    expect(await states()).toEqual(['22 in-use', '23 recalled', '21 stored', '20 gone']);
    expect((await keeper.update()).java).toMatchObject({ outcome: 'failed', why: /was recalled/ });
    const stored = [];
    for await (const { dataref } of blobs.list('databases')) stored.push(dataref);
    // Three of each kind at most: there is one vulnerability database.
    expect(stored).toHaveLength(4);
    expect((await keeper.update({ isForced: true })).java).toMatchObject({ digest: last!.digest });
  });

  it('comes from an archive, too, and needs a vulnerability database to be announced with', async () => {
    const { keeper, blobs, announced } = await javaSetting();
    const put = async (archive: Buffer) => blobs.put(archive, { area: 'databases' });
    const archive = await put(await java('2026-11-20T00:00:00Z'));
    await expect(keeper.import(archive)).rejects.toMatchObject({ code: 'database-unknown' });
    await keeper.import(await put(august!));
    expect(await keeper.import(archive)).toMatchObject({ outcome: 'unchanged', java: { outcome: 'updated' } });
    await expect(keeper.import(await put(await java('2026-11-19T00:00:00Z')))).rejects.toMatchObject({
      code: 'database-age',
    });
    expect(await announced()).toEqual(['2026-08-01', '2026-08-01']);
  });

  it('never takes the vulnerability database back that another process announced just before', async () => {
    const { keeper, log, publish } = await javaSetting();
    await keeper.update();
    publish(await java('2026-11-20T00:00:00Z'));
    const other = {
      scanner: 'trivy',
      database: { digest: digestOf(november!), builtAt: '2026-11-24T00:00:00Z', demonstration: false },
      dataref: `databases/00/${'0'.repeat(64)}`,
    };
    const append = log.append.bind(log);
    log.append = async (...of) => {
      log.append = append;
      await announce(log, other);
      return append(...of);
    };
    await keeper.update();
    expect((await announcedAdvisories(log)).at(-1)).toMatchObject({
      ...other,
      java: { builtAt: '2026-11-20T00:00:00Z' },
    });
  });
});
