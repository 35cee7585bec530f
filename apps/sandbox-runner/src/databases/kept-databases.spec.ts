import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { zstdDecompressSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DatabaseError, packDatabase, readJavaDatabase } from '@assay/advisories';
import { BlobFailure, FolderBlobs, type Clock } from '@assay/event-sourcing';
import { present, type Database, type JavaDatabase } from '@assay/events';
import { eventually } from '@assay/testing';
import { archiveOf, javaFolder } from '../../../../libs/advisories/test/databases.ts';
import { databaseArchive } from '../../../../tools/database-layout.ts';
import { datedDatabase } from '../../../../tools/dated-database.ts';
import { imagesDirectory } from '../../test/trivy.ts';
import type { CandidateDatabase } from '../scanner/registration.ts';
import type { ImageScanner } from '../scanner/scanner.ts';
import { advisoriesOf, databasesOf, notesOnGiven, storedIn } from './announced.ts';
import { KeptDatabases, type StoredAdvisories } from './kept-databases.ts';

const identity = { name: 'trivy', version: '1.0.0', digest: `sha256:${'f'.repeat(64)}` };
const demonstration: Database = {
  digest: `sha256:${'0'.repeat(64)}`,
  builtAt: '2026-01-01T00:00:00Z',
  demonstration: true,
};
const scannerWith = (database: Database, java?: { readonly digest: string }): ImageScanner => ({
  identity,
  database: { ...database, ...(java ? { java: java.digest } : {}) },
  scan: () => Promise.reject(new Error('it scans nothing')),
});

const databaseIn = async (state: string): Promise<Buffer> =>
  datedDatabase(
    zstdDecompressSync(await readFile(join(imagesDirectory, state, 'trivy.db.zst'))),
    state === 'advisories' ? '2026-11-24' : '2026-08-01',
  );

/** A clock on which nothing is ever due. */
const patient: Clock = {
  now: () => 0,
  random: () => 0.5,
  yield: () => Promise.resolve(),
  after: () => () => undefined,
};

const folderOf = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-kept-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

/** A blob store with both states of the database, and a runner's databases beside it. */
const setting = async ({ clock }: { clock?: Clock } = {}) => {
  const folder = await folderOf();
  const blobs = new FolderBlobs(join(folder, 'blobs'));
  const stored = async (state: string, builtAt: string): Promise<StoredAdvisories> => {
    const { dataref, bytes } = await blobs.put(await databaseArchive(join(imagesDirectory, state)), {
      area: 'databases',
    });
    const digest = `sha256:${createHash('sha256')
      .update(await databaseIn(state))
      .digest('hex')}`;
    return { dataref, bytes, database: { digest, builtAt, demonstration: false } };
  };
  const [august, november] = [
    await stored('advisories-2026-08-01', '2026-08-01T00:00:00Z'),
    await stored('advisories', '2026-11-24T00:00:00Z'),
  ];
  const proven: CandidateDatabase[] = [];
  const failures: string[] = [];
  const behaviour: { blobs: Pick<FolderBlobs, 'getStream'>; proof: () => Promise<void> } = {
    blobs,
    proof: () => Promise.resolve(),
  };
  const ports = {
    blobs: { getStream: (...of: Parameters<FolderBlobs['getStream']>) => behaviour.blobs.getStream(...of) },
    folder: join(folder, 'databases'),
    withDatabase: async (candidate: CandidateDatabase) => {
      proven.push(candidate);
      await behaviour.proof();
      return scannerWith(candidate.database, candidate.java);
    },
    observer: {
      failed: (_: string, activity: string, error: unknown) => {
        failures.push(`${activity}: ${(error as Error).message}`);
      },
    },
    progress: () => undefined,
    clock,
  };
  return {
    ports,
    blobs,
    behaviour,
    august,
    november,
    proven,
    failures,
    folders: () => readdir(join(folder, 'databases')),
  };
};

/** Puts a made-up Java database into the blob store. */
const storedJava = async (blobs: FolderBlobs, bytes: number): Promise<JavaDatabase> => {
  const folder = await javaFolder(bytes);
  const read = await readJavaDatabase(folder);
  const stored = await blobs.putStream(packDatabase(folder, 'java'), { area: 'databases' });
  return { ...read, dataref: stored.dataref, bytes: stored.bytes };
};

const nameOf = ({ database }: StoredAdvisories): string => database.digest.slice(7);

describe('an announced database', () => {
  it('is unpacked, read, proven and used; the scanner before it stays as it was', async () => {
    const { ports, august, november, proven, folders } = await setting();
    const databases = new KeptDatabases(ports, scannerWith(demonstration));
    const before = databases.scanner;
    await databases.use(august);
    expect(databases.scanner.database).toEqual(august.database);
    expect(before.database).toEqual(demonstration);
    expect(proven).toMatchObject([{ families: ['alpine', 'data-source', 'debian', 'vulnerability'] }]);
    await databases.use(november);
    expect(databases.scanner.database).toEqual(november.database);
    expect((await folders()).toSorted()).toEqual([nameOf(august), nameOf(november)].toSorted());
  });

  it('is not unpacked again if it is there from an earlier run, and what else is there goes', async () => {
    const { ports, behaviour, august, november, folders } = await setting();
    const first = new KeptDatabases(ports, scannerWith(demonstration));
    await first.use(august);
    await first.use(november);
    behaviour.blobs = {
      getStream: () => {
        throw new BlobFailure('blobs-unreachable', 'it is away');
      },
    };
    const second = new KeptDatabases(ports, scannerWith(demonstration));
    await second.use(november);
    expect(second.scanner.database).toEqual(november.database);
    expect(await folders()).toEqual([nameOf(november)]);
  });

  it('is proved by a build that comes into use, which then proves the next one', async () => {
    const { ports, august, november } = await setting();
    const newer = { ...identity, version: '2.0.0', digest: `sha256:${'e'.repeat(64)}` };
    const build = {
      withDatabase: async ({ database }: CandidateDatabase) => ({ ...scannerWith(database), identity: newer }),
      prove: async () => ({ ...scannerWith(demonstration), identity: newer }),
    };
    const databases = new KeptDatabases(ports, scannerWith(demonstration));
    await databases.useBuild(build);
    expect(databases.scanner).toMatchObject({ identity: newer, database: demonstration });
    await databases.use(august);
    expect(databases.scanner).toMatchObject({ identity: newer, database: august.database });
    const failing = { ...build, withDatabase: () => Promise.reject(new DatabaseError('database-canary', 'no', 'no')) };
    await expect(databases.useBuild(failing)).rejects.toThrow(DatabaseError);
    await databases.use(november);
    expect(databases.scanner).toMatchObject({ identity: newer, database: november.database });
  });

  it('and a build that come into use at once are both in use', async () => {
    const { ports, behaviour, august } = await setting();
    const newer = { ...identity, digest: `sha256:${'e'.repeat(64)}` };
    const build = {
      withDatabase: async ({ database }: CandidateDatabase) => ({ ...scannerWith(database), identity: newer }),
      prove: async () => ({ ...scannerWith(demonstration), identity: newer }),
    };
    const both = { identity: newer, database: august.database };
    const first = new KeptDatabases(ports, scannerWith(demonstration));
    behaviour.proof = () => first.useBuild(build);
    await first.use(august);
    expect(first.scanner).toMatchObject(both);
    behaviour.proof = () => Promise.resolve();
    const second = new KeptDatabases(ports, scannerWith(demonstration));
    let isFirst = true;
    await second.useBuild({
      ...build,
      prove: async () => {
        if (isFirst) await second.use(august);
        isFirst = false;
        return build.prove();
      },
    });
    expect(second.scanner).toMatchObject(both);
  });

  it('that is another one than was announced is refused, and its folder goes', async () => {
    const { ports, august, november, folders } = await setting();
    const databases = new KeptDatabases(ports, scannerWith(demonstration));
    await expect(databases.use({ ...august, database: november.database })).rejects.toMatchObject({
      code: 'database-damaged',
    });
    expect(databases.scanner.database).toEqual(demonstration);
    expect(await folders()).toEqual([]);
  });

  it('whose canary does not pass is reported once; the one before serves, and the next one is taken', async () => {
    const { ports, behaviour, august, november, failures } = await setting();
    const databases = new KeptDatabases(ports, scannerWith(demonstration));
    onTestFinished(() => databases.close());
    behaviour.proof = () => Promise.reject(new DatabaseError('database-canary', 'nothing was found', 'take another'));
    databases.follow(august);
    await eventually(async () => failures.length === 1);
    databases.follow(august);
    expect(databases.notes()).toEqual([
      expect.stringMatching(/2026-08-01.*is refused: nothing was found; that of 2026-01-01/),
    ]);
    expect(databases.scanner.database).toEqual(demonstration);
    behaviour.proof = () => Promise.resolve();
    databases.follow(november);
    await eventually(async () => databases.scanner.database.digest === november.database.digest);
    expect([failures.length, databases.notes()]).toEqual([1, []]);
  });

  it('is asked for again while the blob store is away', async () => {
    const due: (() => void)[] = [];
    const clock: Clock = {
      now: () => 0,
      random: () => 0.5,
      yield: () => Promise.resolve(),
      after: (_, work) => {
        due.push(work);
        return () => undefined;
      },
    };
    const { ports, behaviour, august, failures } = await setting({ clock });
    const there = behaviour.blobs;
    behaviour.blobs = {
      getStream: () => {
        throw new BlobFailure('blobs-unreachable', 'it is away');
      },
    };
    const databases = new KeptDatabases(ports, scannerWith(demonstration));
    onTestFinished(() => databases.close());
    databases.follow(august);
    await eventually(async () => due.length === 1);
    due[0]!();
    await eventually(async () => due.length === 2);
    expect(failures).toHaveLength(1);
    expect(databases.notes()).toEqual([expect.stringMatching(/is not in use yet: it is away; that of 2026-01-01/)]);
    behaviour.blobs = there;
    due[1]!();
    await eventually(async () => databases.scanner.database.digest === august.database.digest);
  });
});

const failing = (error: Error): Pick<FolderBlobs, 'getStream'> => ({
  getStream: () => {
    throw error;
  },
});

describe('an announced Java database', () => {
  it('is used once it is there; the vulnerability database does not wait for it, and two are kept', async () => {
    const { ports, blobs, behaviour, august, november, proven, failures, folders } = await setting({ clock: patient });
    const java = [await storedJava(blobs, 100), await storedJava(blobs, 100), await storedJava(blobs, 100)];
    const databases = new KeptDatabases(ports, scannerWith(demonstration));
    onTestFinished(() => databases.close());
    const inUse = () => [databases.scanner.database.digest, databases.scanner.database.java];
    behaviour.blobs = {
      getStream: (dataref, most) => {
        if (dataref === java[0]!.dataref) throw new BlobFailure('blobs-unreachable', 'it is away');
        return blobs.getStream(dataref, most);
      },
    };
    databases.follow({ ...august, java: java[0]! });
    await eventually(async () => failures.length === 1);
    expect(inUse()).toEqual([august.database.digest, undefined]);
    expect(databases.notes()).toEqual([
      expect.stringMatching(
        /^the announced Java database of .* is not in use yet: it is away; images with Java .* wait for it\. To do: /,
      ),
    ]);
    for (const next of java.slice(1)) {
      databases.follow({ ...august, java: next });
      await eventually(async () => databases.scanner.database.java === next.digest);
    }
    databases.follow({ ...november, java: java[2]! });
    await eventually(async () => databases.scanner.database.digest === november.database.digest);
    expect([inUse(), databases.notes()]).toEqual([[november.database.digest, java[2]!.digest], []]);
    expect(proven.at(-1)!.java!.folder).toBe(join(ports.folder, `java-${java[2]!.digest.slice(7)}`));
    const names = java.slice(1).map(({ digest }) => `java-${digest.slice(7)}`);
    expect((await folders()).toSorted()).toEqual([nameOf(august), nameOf(november), ...names].toSorted());
  });

  it('is there from the start after a restart, and is not unpacked again', async () => {
    const { ports, blobs, behaviour, november } = await setting();
    const java = await storedJava(blobs, 100);
    const announced = [{ ...november, java, scanner: 'trivy', announced: 0, at: november.database.builtAt }];
    const start = () => databasesOf({ imageScanner: scannerWith(demonstration) }, announced, { ...ports, env: {} });
    expect((await start()).scanner.database.java).toBe(java.digest);
    behaviour.blobs = failing(new BlobFailure('blobs-unreachable', 'it is away'));
    expect((await start()).scanner.database.java).toBe(java.digest);
  });

  it('is not taken by a runner that has an own one', async () => {
    const { ports, blobs, november } = await setting();
    const databases = new KeptDatabases(
      { ...ports, withDatabase: async ({ database }) => scannerWith({ ...database, java: 'own' }) },
      scannerWith({ ...demonstration, java: 'own' }),
    );
    onTestFinished(() => databases.close());
    databases.follow({ ...november, java: await storedJava(blobs, 100) });
    await eventually(async () => databases.scanner.database.digest === november.database.digest);
    expect([databases.scanner.database.java, databases.notes()]).toEqual(['own', []]);
  });

  it.each<{ fault: string; archive: () => Promise<Buffer | (() => AsyncIterable<Uint8Array>)>; why: RegExp }>([
    {
      fault: 'another digest than was announced',
      archive: async () => packDatabase(await javaFolder(100), 'java'),
      why: /is refused: the Java database in .* is sha256:.* and not sha256:/,
    },
    {
      fault: 'no SQLite file',
      archive: () =>
        archiveOf(['trivy-java.db', 'nothing'], ['metadata.json', '{"Version":1,"UpdatedAt":"2026-11-24T00:00:00Z"}']),
      why: /is refused: the Java database is not usable: it is no SQLite file/,
    },
    {
      fault: 'a path upwards',
      archive: () => archiveOf(['../trivy-java.db', 'nothing']),
      why: /is refused: the archive is not one of a database: it holds "\.\.\/trivy-java\.db"/,
    },
    {
      fault: 'an archive that is cut',
      archive: async () => (await buffer(packDatabase(await javaFolder(100_000), 'java')())).subarray(0, -1000),
      why: /is refused: the archive is not one of a database/,
    },
  ])('of $fault is refused in one line, and the one before serves', async ({ archive, why }) => {
    const { ports, blobs, august, failures, folders } = await setting({ clock: patient });
    const java = await storedJava(blobs, 100);
    const databases = new KeptDatabases(ports, scannerWith(demonstration));
    onTestFinished(() => databases.close());
    databases.follow({ ...august, java });
    await eventually(async () => databases.scanner.database.java === java.digest);
    const made = await archive();
    const bad = await blobs.putStream(Buffer.isBuffer(made) ? () => Readable.from([made]) : made, {
      area: 'databases',
    });
    const next = { ...java, digest: `sha256:${'e'.repeat(64)}`, dataref: bad.dataref, bytes: bad.bytes };
    databases.follow({ ...august, java: next });
    await eventually(async () => failures.length === 1);
    expect(databases.notes()).toEqual([expect.stringMatching(why)]);
    expect(databases.notes()[0]).toContain('the one before serves. To do: ');
    expect(databases.scanner.database.java).toBe(java.digest);
    expect((await folders()).toSorted()).toEqual([nameOf(august), `java-${java.digest.slice(7)}`].toSorted());
  });
});

describe('of a bad announced database the runner reports in one line, and the one in use stays:', () => {
  const canary = new DatabaseError('database-canary', 'nothing was found', 'take another one');
  const noRoom = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    syscall: 'write',
  });
  it.each<{
    fault: string;
    given: (set: Awaited<ReturnType<typeof setting>>) => Promise<StoredAdvisories>;
    why: RegExp;
  }>([
    {
      fault: 'another digest than was announced',
      given: async ({ august, november }) => ({ ...august, database: november.database }),
      why: /is refused: .* and not sha256.*To do: run `assay database update`/,
    },
    {
      fault: 'a canary that finds nothing',
      given: async ({ behaviour, november }) => {
        behaviour.proof = () => Promise.reject(canary);
        return november;
      },
      why: /is refused: nothing was found.*To do: take another one/,
    },
    {
      fault: 'an archive that is cut',
      given: async ({ behaviour, blobs, november }) => {
        behaviour.blobs = {
          getStream: async function* (dataref: string, most?: number) {
            yield (await blobs.get(dataref, most)).subarray(0, -1000);
          },
        };
        return november;
      },
      why: /is refused: the archive is not one of a database.*To do: take another source/,
    },
    {
      fault: 'a blob store that is away',
      given: async ({ behaviour, november }) => {
        behaviour.blobs = failing(new BlobFailure('blobs-unreachable', 'it is away'));
        return november;
      },
      why: /is not in use yet: it is away.*To do: check ASSAY_BLOBS/,
    },
    {
      fault: 'a blob that is lost',
      given: async ({ behaviour, november }) => {
        behaviour.blobs = failing(new BlobFailure('blob-unknown', 'there is no such blob'));
        return november;
      },
      why: /is not in use yet: there is no such blob.*To do: run `assay database update`/,
    },
    {
      fault: 'a full disk',
      given: async ({ behaviour, november }) => {
        behaviour.blobs = failing(noRoom);
        return november;
      },
      why: /is not in use yet: ENOSPC.*To do: make room on the disk/,
    },
  ])('$fault', async ({ given, why }) => {
    const set = await setting({ clock: patient });
    const { ports, august, failures, folders } = set;
    const databases = new KeptDatabases(ports, scannerWith(demonstration));
    onTestFinished(() => databases.close());
    await databases.use(august);
    databases.follow(await given(set));
    await eventually(async () => failures.length > 0 && databases.notes().some((note) => note.includes('To do: ')));
    expect(failures).toHaveLength(1);
    expect(databases.notes()).toEqual([expect.stringMatching(why)]);
    expect(databases.notes()[0]).toContain('that of 2026-08-01T00:00:00Z serves');
    expect(databases.notes()[0]).not.toContain('\n');
    expect(databases.scanner.database).toEqual(august.database);
    expect(await folders()).toContain(nameOf(august));
  });

  it.each<{ moment: string; left: (folder: string, name: string, database: Buffer) => Promise<void> }>([
    {
      moment: 'while it unpacks',
      left: async (folder, name, database) => {
        await mkdir(join(folder, `${name}.d8ca7b55`));
        await writeFile(join(folder, `${name}.d8ca7b55`, 'trivy.db'), database.subarray(0, 4096));
      },
    },
    {
      moment: 'before the disk has all of it',
      left: async (folder, name, database) => {
        await mkdir(join(folder, name));
        await writeFile(join(folder, name, 'trivy.db'), database.subarray(0, -4096));
        await writeFile(join(folder, name, 'metadata.json'), '');
      },
    },
    {
      moment: 'before its canary has ended',
      left: async (folder, name, database) => {
        await mkdir(join(folder, name));
        await writeFile(join(folder, name, 'trivy.db'), database);
        await writeFile(join(folder, name, 'metadata.json'), '{"Version":2,"UpdatedAt":"2026-11-24T00:00:00Z"}');
      },
    },
  ])('a runner that dies while it switches, $moment: the next one has all of it', async ({ left }) => {
    const { ports, august, november, folders } = await setting();
    await new KeptDatabases(ports, scannerWith(demonstration)).use(august);
    await left(ports.folder, nameOf(november), await databaseIn('advisories'));
    const announced = [august, november].map((each, at) => ({
      ...each,
      scanner: 'trivy',
      announced: at,
      at: each.database.builtAt,
    }));
    const next = await databasesOf({ imageScanner: scannerWith(demonstration) }, announced, { ...ports, env: {} });
    onTestFinished(() => next.close());
    expect(next.scanner.database).toEqual(november.database);
    expect(await folders()).toEqual([nameOf(november)]);
  });
});

describe('a runner that starts', () => {
  const announcedOf = (...all: readonly StoredAdvisories[]) =>
    all.map((each, announced) => ({ ...each, scanner: 'trivy', announced, at: each.database.builtAt }));

  it('uses the last announced database, or the last one before it that it can use', async () => {
    const { ports, august, november } = await setting();
    const open = (...all: readonly StoredAdvisories[]) =>
      databasesOf({ imageScanner: scannerWith(demonstration) }, announcedOf(...all), { ...ports, env: {} });
    expect((await open()).scanner.database).toEqual(demonstration);
    expect((await open(august, november)).scanner.database).toEqual(november.database);
    const lost = { ...november, dataref: present(november.dataref.replace(/[0-9a-f]{64}/, 'e'.repeat(64)), 'name') };
    const away = {
      ...lost,
      dataref: lost.dataref.replace(/\/..\//, '/ee/'),
      database: { ...lost.database, digest: `sha256:${'e'.repeat(64)}` },
    };
    expect((await open(august, away)).scanner.database).toEqual(august.database);
    await expect(open(away)).rejects.toMatchObject({ code: 'database-missing' });
  });

  it('uses the database that its operator gave, and takes no other', async () => {
    const { ports, november } = await setting();
    const env = { ASSAY_TRIVY_DB: '/somewhere' };
    const databases = await databasesOf({ imageScanner: scannerWith(demonstration) }, announcedOf(november), {
      ...ports,
      env,
    });
    expect(databases.scanner.database).toEqual(demonstration);
    expect(storedIn(announcedOf(november)[0], env)).toBeUndefined();
    expect(notesOnGiven(announcedOf(november)[0], demonstration, env)).toEqual([
      expect.stringMatching(/^the announced database of 2026-11-24.* is not taken, because ASSAY_TRIVY_DB is set/),
    ]);
    expect(notesOnGiven(announcedOf(november)[0], demonstration, {})).toEqual([]);
  });

  it('announces what is stored once more, or else its own database, with its scanner', async () => {
    const { november } = await setting();
    const bench = { scanner: identity };
    expect(advisoriesOf(bench, demonstration, announcedOf(november), {})).toEqual({
      ...november,
      scanner: 'trivy',
      program: identity,
    });
    const own = { scanner: 'trivy', database: demonstration, program: identity };
    expect(advisoriesOf(bench, demonstration, [], {})).toEqual(own);
    expect(advisoriesOf(bench, demonstration, announcedOf(november), { ASSAY_TRIVY_DB: '/somewhere' })).toEqual(own);
  });
});
