import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { packDatabase } from '@assay/advisories';
import { announcedAdvisories, BlobFailure, FolderBlobs, type BlobStore } from '@assay/event-sourcing';
import { EmbeddedLog } from '@assay/messaging';
import { RegistryClients, type RegistryAccess, type RegistryClient } from '@assay/registry';
import { archiveOf, bytesOf, javaFolder, states, type TarMember } from '../../../../libs/advisories/test/databases.ts';
import { blobOf, descriptorOf, FakeRegistry, type FakeBlob } from '../../../../libs/registry/test/fake-registry.ts';
import { answering } from '../../test/weighing.ts';
import { databaseArtifact, databaseTypes, javaArtifact } from '../../../../tools/database-layout.ts';
import { DatabaseKeeper } from './keeper.ts';
import { Refresher } from './refresher.ts';
import { sourceOf } from './sources.ts';

/*
 * Every way in which a mirror, or what it has, can be bad, against the real client, keeper and refresher: the database
 * in use stays, nothing is left behind, one line states why and what to do, and the next good database is taken.
 */

const now = Date.parse('2026-11-24T12:00:00Z');
const [august, november] = await Promise.all([bytesOf(states.august), bytesOf(states.november)]);
const noticesMs = 6 * 3_600_000;

/** The archive of a database, with other metadata if given. */
const archived = (database: Buffer, metadata: object = {}): Promise<Buffer> =>
  archiveOf(
    ['trivy.db', database],
    ['metadata.json', JSON.stringify({ Version: 2, UpdatedAt: '2026-11-24T00:00:00Z', ...metadata })],
  );

/** The database without the last of its buckets. The offsets are those of bbolt's pages. */
const without = (database: Buffer, buckets: number): Buffer => {
  const bytes = Buffer.from(database);
  const [page, header] = [4096, 16];
  const isFirst = bytes.readBigUInt64LE(header + 48) > bytes.readBigUInt64LE(page + header + 48);
  const root = Number(bytes.readBigUInt64LE((isFirst ? 0 : page) + header + 16)) * page;
  const elements = bytes.readUInt16LE(root + 10);
  bytes.writeUInt16LE(elements - Math.min(buckets, elements), root + 10);
  return bytes;
};

const first = await archived(august.database, { UpdatedAt: '2026-08-01T00:00:00Z' });
const good = await archived(november.database);
const fewer = await archived(without(november.database, 1), { UpdatedAt: '2026-11-20T00:00:00Z' });

/** The archive of a made-up Java database. */
const javaArchive = async (...of: Parameters<typeof javaFolder>): Promise<Buffer> =>
  buffer(packDatabase(await javaFolder(...of), 'java')());
const made = async () => ({
  first: await javaArchive(1000, { builtAt: '2026-11-10T00:00:00Z', rows: 10 }),
  good: await javaArchive(1000, { builtAt: '2026-11-20T00:00:00Z', rows: 10 }),
  bytes: await readFile(join(await javaFolder(1000, { rows: 10 }), 'trivy-java.db')),
});
let java: Awaited<ReturnType<typeof made>>;
const javaMetadata = ['metadata.json', JSON.stringify({ Version: 1, UpdatedAt: '2026-11-20T00:00:00Z' })] as const;

/** A mirror, and an installation with the database of August from it, and a Java database if it is to have one. */
const setting = async ({ hasJava = false } = {}) => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-bad-databases-'));
  const log = new EmbeddedLog(':memory:', 1);
  const blobs: BlobStore = new FolderBlobs(join(folder, 'blobs'));
  const mirror = await FakeRegistry.start();
  const clients = new RegistryClients({ retry: { attempts: 2, firstPauseMs: 1, longestPauseMs: 2 } });
  onTestFinished(async () => {
    await clients.close();
    await mirror.close();
    await log.close();
    await rm(folder, { recursive: true, force: true });
  });
  const sources = ['trivy-db:2', ...(hasJava ? ['trivy-java-db:1'] : [])].map((name) =>
    sourceOf(`http://${mirror.host}/${name}`),
  );
  /** The least speed is one that a test can miss. */
  const impatient = {
    to: (access: RegistryAccess): Pick<RegistryClient, 'head' | 'manifest' | 'artifact'> => {
      const client = clients.to(access);
      return {
        head: (...of) => client.head(...of),
        manifest: (...of) => client.manifest(...of),
        artifact: (repository, reference, form, file, options) =>
          client.artifact(repository, reference, form, file, {
            ...options,
            leastSpeed: { bytesPerSecond: 1_000_000, overMs: 300 },
          }),
      };
    },
    close: () => Promise.resolve(),
  };
  const keeperIn = (name: string): DatabaseKeeper =>
    new DatabaseKeeper({
      log,
      blobs,
      folder: join(folder, name),
      sources,
      clients: impatient,
      hold: { packages: 5, findingsPercent: 10, healthyPercent: 5, weakenedPercent: 10 },
      weigh: answering(log),
      now: () => now,
      failed: (_, error) => {
        throw error;
      },
    });
  const keeper = keeperIn('downloads');
  const lines: string[] = [];
  const time = { ms: now };
  const refresherOf = (own: DatabaseKeeper): Refresher =>
    new Refresher({
      log,
      sources,
      clients: impatient,
      isConfigured: true,
      update: () => own.update(),
      settle: () => own.settle(),
      held: () => own.held(),
      owned: () => [0],
      everyMs: noticesMs,
      observer: {
        failed: (_, activity, error) => void (activity.startsWith('looking') && lines.push((error as Error).message)),
      },
      clock: { now: () => time.ms, random: () => 0.5, yield: () => Promise.resolve(), after: () => () => undefined },
    });
  const refresher = refresherOf(keeper);
  const publish = (...archives: readonly Buffer[]): FakeBlob => {
    const { manifest, blobs: parts } = databaseArtifact(...archives);
    for (const part of parts) mirror.holdBlob(part as FakeBlob);
    mirror.holdManifest(manifest as FakeBlob, '2');
    return parts[1] as FakeBlob;
  };
  const publishJava = (...archives: readonly Buffer[]): FakeBlob => {
    const { manifest, blobs: parts } = javaArtifact(...archives);
    for (const part of parts) mirror.holdBlob(part as FakeBlob);
    mirror.holdManifest(manifest as FakeBlob, '1');
    return parts[1] as FakeBlob;
  };
  publish(first);
  if (hasJava) {
    java ??= await made();
    publishJava(java.first);
  }
  await refresher.tick();
  return {
    mirror,
    blobs,
    log,
    keeper,
    keeperIn,
    refresher,
    refresherOf,
    lines,
    publish,
    publishJava,
    /** The refresher looks once more, and its notes are returned. */
    looked: async () => {
      time.ms += noticesMs * 2;
      await refresher.tick();
      return refresher.notes();
    },
    announced: async () => (await announcedAdvisories(log)).map(({ database: { builtAt } }) => builtAt.slice(0, 10)),
    stored: async () => {
      const names: string[] = [];
      for await (const { dataref } of blobs.list('databases')) names.push(dataref);
      return names;
    },
    left: () => readdir(join(folder, 'downloads')),
  };
};

type Setting = Awaited<ReturnType<typeof setting>>;

/** Has the mirror answer requests for a layer in another way. */
const answered =
  (answer: (response: ServerResponse, layer: FakeBlob) => unknown) =>
  ({ mirror, publish }: Setting): void => {
    const layer = publish(good);
    mirror.answer(`/v2/trivy-db/blobs/${layer.digest}`, (_, response) => answer(response, layer));
  };
const status = (code: number, error: string, headers: Record<string, string> = {}) =>
  answered((response) =>
    response
      .writeHead(code, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify({ errors: [{ code: error }] })),
  );
const held =
  (...archives: readonly (() => Promise<Buffer>)[]) =>
  async ({ publish }: Setting): Promise<void> => {
    publish(...(await Promise.all(archives.map((archive) => archive()))));
  };
const members = (...given: readonly TarMember[]) => held(() => archiveOf(...given));

const metadata = ['metadata.json', JSON.stringify({ Version: 2, UpdatedAt: '2026-11-24T00:00:00Z' })] as const;
const otherSource = /take another source, or ask the one who runs this mirror/;
const network = /check the network and its proxy, or set ASSAY_DATABASE_SOURCES/;

describe('of a bad database the refresher reports in one line, and the one in use stays:', () => {
  it.each<{ fault: string; given: (set: Setting) => unknown; why: RegExp; remedy: RegExp }>([
    // Content of a mirror.
    {
      fault: 'two layers',
      given: held(
        async () => good,
        async () => first,
      ),
      why: /an artifact of 2 layers, not one/,
      remedy: otherSource,
    },
    {
      fault: 'an artifact of another type',
      given: ({ mirror }) => mirror.holdManifest(otherArtifact, '2'),
      why: /an artifact of type/,
      remedy: otherSource,
    },
    {
      fault: 'a path upwards',
      given: members(['../trivy.db', november.database], metadata),
      why: /it holds "\.\.\/trivy\.db"/,
      remedy: otherSource,
    },
    {
      fault: 'a symbolic link',
      given: members([{ name: 'trivy.db', type: 'symlink', linkname: '/etc/passwd' }], metadata),
      why: /trivy\.db in it is a symlink/,
      remedy: otherSource,
    },
    {
      fault: 'a hard link',
      given: members(metadata, [{ name: 'trivy.db', type: 'link', linkname: 'metadata.json' }]),
      why: /trivy\.db in it is a link/,
      remedy: otherSource,
    },
    {
      fault: 'a bomb',
      given: members(['trivy.db', november.database], ['metadata.json', Buffer.alloc(16 * 2 ** 20)]),
      why: /metadata\.json in it has 16777216 bytes; at most 65536 are unpacked/,
      remedy: otherSource,
    },
    {
      fault: 'an archive cut short',
      given: held(async () => good.subarray(0, -1000)),
      why: /the archive/,
      remedy: otherSource,
    },
    {
      fault: 'a database cut short',
      given: held(() => archived(november.database.subarray(0, 2 ** 20))),
      why: /damaged: .*cut short/,
      remedy: otherSource,
    },
    { fault: 'an empty file', given: held(() => archived(Buffer.alloc(0))), why: /damaged/, remedy: otherSource },
    {
      fault: 'a database without entries',
      given: held(() => archived(without(november.database, 1000))),
      why: /the database is empty/,
      remedy: otherSource,
    },
    {
      fault: 'fewer advisories',
      given: held(async () => fewer),
      why: /has nothing of vulnerability any more/,
      remedy: /--force/,
    },
    {
      fault: 'an older database',
      given: held(() => archived(november.database, { UpdatedAt: '2026-07-01T00:00:00Z' })),
      why: /is of 2026-07-01T00:00:00Z, and the one in use of 2026-08-01T00:00:00Z/,
      remedy: /--force/,
    },
    {
      fault: 'another schema',
      given: held(() => archived(november.database, { Version: 3 })),
      why: /its schema is 3, not 2/,
      remedy: otherSource,
    },
    // Answers of a mirror.
    {
      fault: 'bytes of another digest',
      given: answered((response, layer) => response.writeHead(200).end(Buffer.alloc(layer.size, 'x'))),
      why: /digest|bytes/,
      remedy: otherSource,
    },
    {
      fault: 'a slow answer',
      given: answered((response, layer) => {
        response.writeHead(200, { 'content-length': layer.size });
        response.write(layer.bytes.subarray(0, 1));
      }),
      why: /slow/,
      remedy: network,
    },
    {
      fault: '429',
      given: status(429, 'TOOMANYREQUESTS', { 'retry-after': '3600' }),
      why: /429/,
      remedy: network,
    },
    { fault: '503', given: status(503, 'UNAVAILABLE'), why: /503/, remedy: network },
    { fault: 'BLOB_UNKNOWN', given: status(404, 'BLOB_UNKNOWN'), why: /404/, remedy: otherSource },
    {
      fault: 'no such tag',
      given: ({ mirror }) =>
        mirror.answer('/v2/trivy-db/manifests/2', (_, response) =>
          response
            .writeHead(404, { 'content-type': 'application/json' })
            .end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}'),
        ),
      why: /404/,
      remedy: otherSource,
    },
    {
      fault: 'no answer',
      given: ({ mirror }) => mirror.answer('*', (request) => request.destroy()),
      why: /connection/,
      remedy: network,
    },
    // Failures of this machine.
    {
      fault: 'a full disk',
      given: async (set) => {
        await held(async () => good)(set);
        set.blobs.putStream = () =>
          Promise.reject(
            Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' }),
          );
      },
      why: /ENOSPC/,
      remedy: /make room on the disk/,
    },
    {
      fault: 'a blob store that is away',
      given: async (set) => {
        await held(async () => good)(set);
        set.blobs.putStream = () => Promise.reject(new BlobFailure('blobs-unreachable', 'the blob store is away'));
      },
      why: /the blob store is away/,
      remedy: /check ASSAY_BLOBS/,
    },
  ])('$fault', async ({ given, why, remedy }) => {
    const set = await setting();
    const { mirror, blobs, keeper, lines, publish, looked, announced, stored, left } = set;
    const { putStream } = blobs;
    await given(set);
    const notes = await looked();
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(why);
    expect(notes[0]).toMatch(remedy);
    expect(notes[0]).not.toContain('\n');
    expect(lines).toHaveLength(1);
    expect(await announced()).toEqual(['2026-08-01']);
    expect([await left(), (await stored()).length]).toEqual([[], 1]);
    expect(await keeper.verify()).toMatchObject({ builtAt: '2026-08-01T00:00:00Z' });

    // The cause is gone.
    blobs.putStream = putStream;
    mirror.answer('*');
    const layer = publish(good);
    for (const path of [`/v2/trivy-db/blobs/${layer.digest}`, '/v2/trivy-db/manifests/2']) mirror.answer(path);
    expect(await looked()).toEqual([]);
    expect(await announced()).toEqual(['2026-08-01', '2026-11-24']);
  });

  it('a stale tag after a newer one', async () => {
    const { publish, looked, announced } = await setting();
    publish(good);
    expect(await looked()).toEqual([]);
    publish(first);
    expect(await looked()).toEqual([expect.stringMatching(/is of 2026-08-01.*in use of 2026-11-24.*To do: .*--force/)]);
    expect(await announced()).toEqual(['2026-08-01', '2026-11-24']);
  });
});

const otherArtifact = blobOf('application/vnd.oci.image.manifest.v1+json', {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  artifactType: 'application/vnd.other.config.v1+json',
  config: descriptorOf(blobOf(databaseTypes.config, '{}')),
  layers: [descriptorOf(blobOf(databaseTypes.layer, 'x'))],
});

describe('two refreshers at once', () => {
  it('leave one database in use, with its archive', async () => {
    const { keeper, keeperIn, refresherOf, refresher, publish, announced, stored, lines } = await setting();
    publish(good);
    const other = keeperIn('others');
    await Promise.all([keeper.update(), other.update(), refresherOf(other).tick(), refresher.tick()]);
    expect(new Set(await announced())).toEqual(new Set(['2026-08-01', '2026-11-24']));
    expect((await announced()).at(-1)).toBe('2026-11-24');
    expect([(await stored()).length, lines]).toEqual([2, []]);
    expect(await keeper.verify()).toMatchObject({ builtAt: '2026-11-24T00:00:00Z' });
    expect(await keeper.list()).toMatchObject([{ state: 'in-use' }, { state: 'stored' }]);
  });

  it('never go back: one that was slower meets the database that another announced meanwhile', async () => {
    const { keeper, keeperIn, blobs, publish, announced, stored } = await setting();
    // A byte more, or it would be the database in use.
    publish(await archived(Buffer.concat([august.database, Buffer.alloc(1)]), { UpdatedAt: '2026-10-01T00:00:00Z' }));
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const put = blobs.putStream.bind(blobs);
    blobs.putStream = async (...of) => {
      blobs.putStream = put;
      const blob = await put(...of);
      arrive();
      await released;
      return blob;
    };
    const slower = keeper.update().catch((error: unknown) => error);
    await arrived;
    publish(good);
    await keeperIn('others').update();
    release();
    expect(await slower).toMatchObject({ code: 'database-age' });
    expect(await announced()).toEqual(['2026-08-01', '2026-11-24']);
    expect(await stored()).toHaveLength(2);
  });
});

it('one with fewer advisories that is recalled is not taken again, and a good one follows', async () => {
  const { keeper, refresher, publish, looked, announced } = await setting();
  publish(fewer);
  const bad = await keeper.update({ isForced: true });
  expect(bad).toMatchObject({ outcome: 'updated' });
  await keeper.recall(bad.digest, { by: 'an operator', why: 'it lacks the descriptions' });
  expect(await looked()).toEqual([expect.stringMatching(/was recalled.*To do: wait for a newer one/)]);
  expect(await announced()).toEqual(['2026-08-01', '2026-11-20', '2026-08-01']);
  publish(good);
  expect(await looked()).toEqual([]);
  expect(refresher.notes()).toEqual([]);
  expect(await announced()).toEqual(['2026-08-01', '2026-11-20', '2026-08-01', '2026-11-24']);
});

describe('of a bad Java database the refresher reports in one line, and the vulnerability database is taken:', () => {
  const held =
    (...archives: readonly (() => Promise<Buffer>)[]) =>
    async ({ publishJava }: Setting): Promise<void> => {
      publishJava(...(await Promise.all(archives.map((archive) => archive()))));
    };
  const members = (given: () => readonly TarMember[]) => held(() => archiveOf(...given()));
  const answered =
    (answer: (response: ServerResponse, layer: FakeBlob) => unknown) =>
    ({ mirror, publishJava }: Setting): void => {
      const layer = publishJava(java.good);
      mirror.answer(`/v2/trivy-java-db/blobs/${layer.digest}`, (_, response) => answer(response, layer));
    };

  it.each<{ fault: string; given: (set: Setting) => unknown; why: RegExp; remedy: RegExp }>([
    {
      fault: 'two layers',
      given: held(
        async () => java.good,
        async () => java.first,
      ),
      why: /an artifact of 2 layers, not one/,
      remedy: otherSource,
    },
    {
      fault: 'a vulnerability database in its place',
      given: ({ mirror }) => {
        const { manifest, blobs } = databaseArtifact(good);
        for (const each of blobs) mirror.holdBlob(each as FakeBlob);
        mirror.holdManifest(manifest as FakeBlob, '1');
      },
      why: /a layer of type .*, not .*javadb/,
      remedy: otherSource,
    },
    {
      fault: 'a path upwards',
      given: members(() => [['../trivy-java.db', java.bytes], javaMetadata]),
      why: /it holds "\.\.\/trivy-java\.db"/,
      remedy: otherSource,
    },
    {
      fault: 'a symbolic link',
      given: members(() => [[{ name: 'trivy-java.db', type: 'symlink', linkname: '/etc/passwd' }], javaMetadata]),
      why: /trivy-java\.db in it is a symlink/,
      remedy: otherSource,
    },
    {
      fault: 'both databases in one archive',
      given: members(() => [['trivy-java.db', java.bytes], ['trivy.db', november.database], javaMetadata]),
      why: /it holds "trivy\.db"/,
      remedy: otherSource,
    },
    {
      fault: 'a bomb',
      given: members(() => [
        ['trivy-java.db', java.bytes],
        ['metadata.json', Buffer.alloc(16 * 2 ** 20)],
      ]),
      why: /metadata\.json in it has 16777216 bytes; at most 65536 are unpacked/,
      remedy: otherSource,
    },
    {
      fault: 'a bomb by its header',
      given: held(async () => {
        const tar = gunzipSync(await archiveOf(['trivy-java.db', 'x'], javaMetadata));
        // The size in base 256, as a tar has it from 8 GiB on, and the sum of the header.
        tar.writeUInt8(0x80, 124);
        tar.fill(0, 125, 136);
        tar.writeUInt32BE(4, 128);
        tar.fill(' ', 148, 156);
        const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
        tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
        return gzipSync(tar);
      }),
      why: /trivy-java\.db in it has \d{11} bytes; at most 4294967296 are unpacked/,
      remedy: otherSource,
    },
    {
      fault: 'an archive cut short',
      given: held(async () => java.good.subarray(0, -1000)),
      why: /the archive/,
      remedy: otherSource,
    },
    {
      fault: 'a database cut short',
      given: members(() => [['trivy-java.db', java.bytes.subarray(0, 8192)], javaMetadata]),
      why: /it has 8192 bytes, and its header names \d+/,
      remedy: otherSource,
    },
    {
      fault: 'no SQLite',
      given: members(() => [['trivy-java.db', november.database], javaMetadata]),
      why: /it is no SQLite file/,
      remedy: otherSource,
    },
    {
      fault: 'pages that are none',
      given: members(() => [['trivy-java.db', Buffer.from(java.bytes).fill(0xff, 100)], javaMetadata]),
      why: /the Java database is not usable/,
      remedy: otherSource,
    },
    {
      fault: 'an empty database',
      given: held(() => javaArchive(1000, { builtAt: '2026-11-20T00:00:00Z', isEmpty: true })),
      why: /its table artifacts is empty/,
      remedy: otherSource,
    },
    {
      fault: 'fewer archives',
      given: held(() => javaArchive(1000, { builtAt: '2026-11-20T00:00:00Z', rows: 8 })),
      why: /the Java database has 8 entries, and the one in use 10/,
      remedy: /--force/,
    },
    {
      fault: 'an older database',
      given: held(() => javaArchive(1000, { builtAt: '2026-11-09T00:00:00Z', rows: 10 })),
      why: /is of 2026-11-09T00:00:00Z, and the one in use of 2026-11-10T00:00:00Z/,
      remedy: /--force/,
    },
    {
      fault: 'another schema',
      given: held(() => javaArchive(1000, { builtAt: '2026-11-20T00:00:00Z', rows: 10, version: 2 })),
      why: /its schema is 2, not 1/,
      remedy: otherSource,
    },
    {
      fault: 'bytes of another digest',
      given: answered((response, layer) => response.writeHead(200).end(Buffer.alloc(layer.size, 'x'))),
      why: /digest|bytes/,
      remedy: otherSource,
    },
    {
      fault: 'BLOB_UNKNOWN',
      given: answered((response) => response.writeHead(404).end()),
      why: /404/,
      remedy: otherSource,
    },
    {
      fault: 'a blob store that is full',
      given: (set) => {
        set.publishJava(java.good);
        const { putStream } = set.blobs;
        let stored = 0;
        set.blobs.putStream = async (...of) => {
          stored += 1;
          if (stored === 1) return putStream.apply(set.blobs, of);
          throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
        };
      },
      why: /ENOSPC/,
      remedy: /make room on the disk/,
    },
  ])('$fault', async ({ given, why, remedy }) => {
    const set = await setting({ hasJava: true });
    const { mirror, blobs, keeper, lines, publish, publishJava, looked, announced, left } = set;
    const { putStream } = blobs;
    publish(good);
    await given(set);
    const notes = await looked();
    expect(notes).toEqual([expect.stringMatching(/^no newer Java database could be taken since 2026-/)]);
    expect(notes[0]).toMatch(why);
    expect(notes[0]).toMatch(remedy);
    expect(notes[0]).not.toContain('\n');
    expect([lines.length, await left()]).toEqual([1, []]);
    expect(await announced()).toEqual(['2026-08-01', '2026-08-01', '2026-11-24']);
    const standings = async () => (await keeper.listJava()).map(({ builtAt, state }) => [builtAt.slice(5, 10), state]);
    expect(await standings()).toEqual([['11-10', 'in-use']]);

    // The cause is gone.
    blobs.putStream = putStream;
    const layer = publishJava(java.good);
    mirror.answer(`/v2/trivy-java-db/blobs/${layer.digest}`);
    expect(await looked()).toEqual([]);
    expect(await standings()).toEqual([
      ['11-20', 'in-use'],
      ['11-10', 'stored'],
    ]);
    expect(await keeper.verify()).toMatchObject({ java: { builtAt: '2026-11-20T00:00:00Z' } });
  });
});
