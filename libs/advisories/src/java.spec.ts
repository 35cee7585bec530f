import { readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { emptyFolder, javaFolder } from '../test/databases.ts';
import { packDatabase, unpackDatabase } from './archive.ts';
import { digestOfFile } from './digest.ts';
import { implausibleJava, readJavaDatabase } from './java.ts';

const megabyte = 2 ** 20;

/** A database with other tables. */
const changed = async (statements: string): Promise<string> => {
  const folder = await javaFolder(100);
  const database = new DatabaseSync(join(folder, 'trivy-java.db'));
  database.exec(statements);
  database.close();
  return folder;
};

describe('a Java database', () => {
  it('of 50 MB is unpacked as a stream: little is taken before it is on the disk', async () => {
    const made = await javaFolder(50 * megabyte);
    const into = await emptyFolder();
    let [taken, ahead] = [0, 0];
    const written = async (): Promise<number> => {
      const names = await readdir(into);
      const sizes = names.map((name) =>
        stat(join(into, name, 'trivy-java.db')).then(
          ({ size }) => size,
          () => 0,
        ),
      );
      return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    };
    const watched = async function* (): AsyncIterable<Uint8Array> {
      for await (const piece of packDatabase(made, 'java')()) {
        taken += piece.length;
        ahead = Math.max(ahead, taken - (await written()));
        yield piece;
      }
    };
    expect(await unpackDatabase(watched(), join(into, 'db'), ['vulnerabilities', 'java'])).toBe('java');
    expect(taken).toBeGreaterThan(50 * megabyte);
    expect(ahead).toBeLessThan(2 * megabyte);
    expect(await readJavaDatabase(join(into, 'db'))).toEqual({
      digest: await digestOfFile(join(made, 'trivy-java.db')),
      builtAt: '2026-11-24T00:00:00Z',
      entries: 50,
    });
    // Nothing is left beside it that a sandbox would see.
    expect((await readdir(join(into, 'db'))).toSorted()).toEqual(['metadata.json', 'trivy-java.db']);
  });

  it('is no archive of a vulnerability database', async () => {
    const source = packDatabase(await javaFolder(100), 'java')();
    await expect(unpackDatabase(source, join(await emptyFolder(), 'db'))).rejects.toMatchObject({
      code: 'database-archive',
      message: expect.stringContaining('trivy-java.db') as string,
    });
  });

  const cut = async (): Promise<string> => {
    const folder = await javaFolder(10_000);
    await truncate(join(folder, 'trivy-java.db'), 8192);
    return folder;
  };
  const other = async (): Promise<string> => {
    const folder = await javaFolder(100);
    await writeFile(join(folder, 'trivy-java.db'), 'another file');
    return folder;
  };
  const noMetadata = async (): Promise<string> => {
    const folder = await javaFolder(100);
    await writeFile(join(folder, 'metadata.json'), '{');
    return folder;
  };
  const endless = `WITH RECURSIVE n(artifact_id, version, sha1, archive_type) AS
    (SELECT 1, '', '', '' UNION ALL SELECT artifact_id + 1, '', '', '' FROM n) SELECT * FROM n`;
  it.each([
    { fault: 'is cut', made: cut, code: 'database-damaged' },
    { fault: 'is another file', made: other, code: 'database-damaged' },
    { fault: 'is empty', made: () => javaFolder(100, { isEmpty: true }), code: 'database-damaged' },
    { fault: 'lacks a table', made: () => changed('DROP TABLE indices'), code: 'database-schema' },
    {
      fault: 'lacks a column',
      made: () => changed('ALTER TABLE indices RENAME COLUMN version TO age'),
      code: 'database-schema',
    },
    {
      fault: 'has a view without end in place of a table',
      made: () => changed(`DROP TABLE indices; CREATE VIEW indices AS ${endless}`),
      code: 'database-schema',
    },
    {
      fault: 'has a virtual table in place of a table',
      made: () => changed('DROP TABLE indices; CREATE VIRTUAL TABLE indices USING fts5(artifact_id, version, sha1)'),
      code: 'database-schema',
    },
    {
      fault: 'computes a column',
      made: () =>
        changed(`
          DROP TABLE indices;
          CREATE TABLE indices(artifact_id, version, archive_type, sha1 AS (zeroblob(1000000000)));
          INSERT INTO indices VALUES (1, '1.0', 'jar');
        `),
      code: 'database-schema',
    },
    { fault: 'has another schema', made: () => javaFolder(100, { version: 2 }), code: 'database-schema' },
    { fault: 'has no metadata that can be read', made: noMetadata, code: 'database-schema' },
  ])('that $fault is refused', async ({ made, code }) => {
    await expect(readJavaDatabase(await made())).rejects.toMatchObject({ name: 'DatabaseError', code });
  });

  it.each([
    [{ builtAt: '2026-11-25T00:00:00Z', entries: 901 }, undefined],
    [{ builtAt: '2026-11-24T00:00:00Z', entries: 1000 }, 'database-age'],
    [{ builtAt: '2026-11-25T00:00:00Z', entries: 899 }, 'database-implausible'],
    [{ builtAt: '2026-12-01T00:00:00Z', entries: 1000 }, 'database-age'],
  ])('%o after one of 1,000 archives: %s', (next, code) => {
    const before = { builtAt: '2026-11-24T00:00:00Z', entries: 1000 };
    const now = Date.parse('2026-11-26T00:00:00Z');
    expect(implausibleJava(next, before, { now })?.code).toBe(code);
    const isFuture = Date.parse(next.builtAt) > now;
    expect(implausibleJava(next, before, { now, isForced: true })?.code).toBe(isFuture ? code : undefined);
  });
});
