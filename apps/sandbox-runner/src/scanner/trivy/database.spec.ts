import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../../test/layouts.ts';
import { coverageOf, findDatabase, javaPartsWith, ownDatabaseDirectory } from './database.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-database-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
const fresh = (): string => {
  const path = join(folder, `f${made++}`);
  mkdirSync(path);
  return path;
};
const metadata = (time: string): string => JSON.stringify({ Version: 2, UpdatedAt: time });
const databaseAt = (directory: string, content: string, time = '2026-11-24T00:00:00.123456789Z'): string => {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'trivy.db'), content);
  writeFileSync(join(directory, 'metadata.json'), metadata(time));
  return directory;
};
const demonstrationAt = (directory: string, content: string): string => {
  writeFileSync(join(directory, 'trivy.db.zst'), zstdCompressSync(Buffer.from(content)));
  writeFileSync(join(directory, 'metadata.json'), metadata('2026-11-24T00:00:00Z'));
  return directory;
};

describe('finding the database', () => {
  it('takes ASSAY_TRIVY_DB before our own folder, and that before the demonstration', async () => {
    const [named, scannersDirectory, demonstrationDirectory] = [
      databaseAt(fresh(), 'named'),
      fresh(),
      demonstrationAt(fresh(), 'small'),
    ];
    databaseAt(ownDatabaseDirectory(scannersDirectory), 'own');
    expect(await findDatabase({ env: { ASSAY_TRIVY_DB: named }, scannersDirectory, demonstrationDirectory })).toEqual({
      directory: named,
      source: 'ASSAY_TRIVY_DB',
      database: { digest: sha256('named'), builtAt: '2026-11-24T00:00:00.123Z', demonstration: false },
    });
    expect(await findDatabase({ env: {}, scannersDirectory, demonstrationDirectory })).toMatchObject({
      source: 'assay',
      database: { digest: sha256('own'), demonstration: false },
    });
    expect(await findDatabase({ env: {}, scannersDirectory: fresh(), demonstrationDirectory })).toMatchObject({
      source: 'demonstration',
      database: { digest: sha256('small'), demonstration: true },
    });
  });

  it('names the setting if there is no room for the demonstration', async () => {
    const file = join(fresh(), 'file');
    writeFileSync(file, '');
    await expect(
      findDatabase({
        env: {},
        scannersDirectory: join(file, 'scanners'),
        demonstrationDirectory: demonstrationAt(fresh(), 'small'),
      }),
    ).rejects.toMatchObject({ code: 'database-missing', remedy: expect.stringContaining('ASSAY_HOME') as string });
  });

  it('unpacks the demonstration once for concurrent callers, and again when it changes', async () => {
    const [scannersDirectory, demonstrationDirectory] = [fresh(), demonstrationAt(fresh(), 'first')];
    const find = () => findDatabase({ env: {}, scannersDirectory, demonstrationDirectory });
    const [one, two] = await Promise.all([find(), find()]);
    expect(one).toEqual(two);
    expect(readdirSync(scannersDirectory).toSorted()).toEqual([
      expect.stringMatching(/^demonstration-db-/),
      'empty-java-db',
    ]);
    demonstrationAt(demonstrationDirectory, 'second');
    const next = await find();
    expect(next.database.digest).toBe(sha256('second'));
    expect(readFileSync(join(one.directory, 'trivy.db'), 'utf8')).toBe('first');
  });

  it('takes the empty Java database for no real one that comes later, and the own one before all others', async () => {
    const [scannersDirectory, java] = [fresh(), fresh()];
    const common = { digest: sha256('other'), builtAt: '2026-11-24T00:00:00Z' };
    const [real, small] = [
      { ...common, demonstration: false },
      { ...common, demonstration: true },
    ];
    const announced = { folder: '/java', digest: sha256('java') };
    const options = { scannersDirectory, demonstrationDirectory: demonstrationAt(fresh(), 'small') };
    const empty = await findDatabase({ env: {}, ...options });
    expect(javaPartsWith(empty, real)).toEqual({ database: real });
    expect(javaPartsWith(empty, small)).toEqual({ database: small, javaDirectory: empty.javaDirectory });
    expect(javaPartsWith(empty, real, announced)).toEqual({
      database: { ...real, java: announced.digest },
      javaDirectory: '/java',
    });
    writeFileSync(join(java, 'trivy-java.db'), '');
    const named = await findDatabase({ env: { ASSAY_TRIVY_JAVA_DB: java }, ...options });
    expect(javaPartsWith(named, real, announced)).toEqual({
      database: { ...real, java: 'own' },
      javaDirectory: java,
    });
    expect(javaPartsWith({}, real)).toEqual({ database: real });
  });

  it('takes the Java database that lies beside or is named, else an empty one for the demonstration', async () => {
    const [cache, scannersDirectory, java] = [fresh(), fresh(), fresh()];
    const env = { ASSAY_TRIVY_DB: databaseAt(join(cache, 'db'), 'named') };
    expect((await findDatabase({ env, scannersDirectory })).javaDirectory).toBeUndefined();
    mkdirSync(join(cache, 'java-db'));
    for (const directory of [join(cache, 'java-db'), java]) writeFileSync(join(directory, 'trivy-java.db'), '');
    expect((await findDatabase({ env, scannersDirectory })).javaDirectory).toBe(join(cache, 'java-db'));
    expect((await findDatabase({ env: { ...env, ASSAY_TRIVY_JAVA_DB: java }, scannersDirectory })).javaDirectory).toBe(
      java,
    );
    await expect(
      findDatabase({ env: { ...env, ASSAY_TRIVY_JAVA_DB: fresh() }, scannersDirectory }),
    ).rejects.toMatchObject({
      code: 'database-unusable',
      message: expect.stringMatching(/^ASSAY_TRIVY_JAVA_DB is /) as string,
    });
    expect(
      (await findDatabase({ env: {}, scannersDirectory, demonstrationDirectory: demonstrationAt(fresh(), 'small') }))
        .javaDirectory,
    ).toBe(join(scannersDirectory, 'empty-java-db'));
  });

  it('refuses a database of unknown age, and one that does not exist', async () => {
    const [nameless, empty] = [databaseAt(fresh(), 'x', 'yesterday'), fresh()];
    for (const directory of [nameless, empty]) {
      await expect(
        findDatabase({ env: { ASSAY_TRIVY_DB: directory }, scannersDirectory: fresh() }),
      ).rejects.toMatchObject({
        code: 'database-unusable',
        message: expect.stringMatching(/^ASSAY_TRIVY_DB: /) as string,
        remedy: expect.stringContaining('ASSAY_TRIVY_DB') as string,
      });
    }
    await expect(
      findDatabase({ env: {}, scannersDirectory: fresh(), demonstrationDirectory: empty }),
    ).rejects.toMatchObject({ code: 'database-missing' });
  });
});

it('refuses to open a damaged database, whose gaps are unknown', async () => {
  const directory = databaseAt(fresh(), 'no bbolt file');
  await expect(coverageOf({ directory })).rejects.toMatchObject({
    code: 'database-unusable',
    message: expect.stringContaining(`${directory}: the database is damaged`) as string,
    remedy: expect.stringContaining('ASSAY_TRIVY_DB') as string,
  });
});
