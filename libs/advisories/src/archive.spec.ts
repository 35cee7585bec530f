import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { archiveOf, bytesOf, databaseFolder, emptyFolder, states } from '../test/databases.ts';
import { packDatabase, unpackDatabase } from './archive.ts';

const good = [['trivy.db', 'pages'] as const, ['metadata.json', '{}'] as const];
const unpacked = async (archive: Buffer): Promise<string> => {
  const folder = join(await emptyFolder(), 'within', 'db');
  await unpackDatabase(Readable.from([archive]), folder);
  return folder;
};

describe('the archive of a database', () => {
  it('is unpacked into a new folder, with modes that a scanner can read', async () => {
    const folder = await unpacked(await archiveOf(...good));
    expect(await readdir(folder)).toEqual(['metadata.json', 'trivy.db']);
    expect(await readFile(join(folder, 'trivy.db'), 'utf8')).toBe('pages');
    expect((await stat(join(folder, 'trivy.db'))).mode & 0o777).toBe(0o644);
    expect((await stat(folder)).mode & 0o777).toBe(0o755);
    expect(await readdir(join(folder, '..'))).toEqual(['db']);
  });

  it('is made of a folder, the same for the same content', async () => {
    const { database, metadata } = await bytesOf(states.august);
    const [one, other] = await Promise.all(
      [await databaseFolder(database, metadata), await databaseFolder(database, metadata)].map((folder) =>
        buffer(Readable.from(packDatabase(folder)())),
      ),
    );
    expect(createHash('sha256').update(one!).digest('hex')).toBe(createHash('sha256').update(other!).digest('hex'));
    const folder = await unpacked(one!);
    expect(Buffer.compare(await readFile(join(folder, 'trivy.db')), database)).toBe(0);
  });

  it('never goes into a folder that is there', async () => {
    const folder = join(await emptyFolder(), 'db');
    await mkdir(folder);
    await writeFile(join(folder, 'trivy.db'), 'in use');
    await expect(unpackDatabase(Readable.from([await archiveOf(...good)]), folder)).rejects.toThrow();
    expect(await readFile(join(folder, 'trivy.db'), 'utf8')).toBe('in use');
    expect(await readdir(join(folder, '..'))).toEqual(['db']);
  });

  const huge = { name: 'metadata.json', size: 65 * 1024 };
  it.each([
    { fault: 'nothing', archive: () => archiveOf() },
    { fault: 'one member only', archive: () => archiveOf(good[0]!) },
    { fault: 'a third member', archive: () => archiveOf(...good, ['trivy-java.db', '']) },
    { fault: 'a member twice', archive: () => archiveOf(...good, good[0]!) },
    { fault: 'a path upwards', archive: () => archiveOf(good[0]!, ['../metadata.json', '{}']) },
    { fault: 'a path from the root', archive: () => archiveOf(good[0]!, ['/metadata.json', '{}']) },
    { fault: 'a path through the folder', archive: () => archiveOf(good[0]!, ['./metadata.json', '{}']) },
    { fault: 'the name of a property', archive: () => archiveOf(good[0]!, ['constructor', '{}']) },
    {
      fault: 'a symbolic link',
      archive: () => archiveOf([{ name: 'trivy.db', type: 'symlink', linkname: '/etc/passwd' }], good[1]!),
    },
    {
      fault: 'a hard link',
      archive: () => archiveOf(good[1]!, [{ name: 'trivy.db', type: 'link', linkname: 'metadata.json' }]),
    },
    { fault: 'a folder', archive: () => archiveOf([{ name: 'trivy.db', type: 'directory' }], good[1]!) },
    { fault: 'a device', archive: () => archiveOf([{ name: 'trivy.db', type: 'character-device' }], good[1]!) },
    { fault: 'metadata that is too large', archive: () => archiveOf(good[0]!, [huge, Buffer.alloc(huge.size)]) },
    { fault: 'a member that is cut', archive: async () => gzipSync(Buffer.alloc(100, 'trivy.db')) },
    { fault: 'a stream that is cut', archive: async () => (await archiveOf(...good)).subarray(0, 60) },
    { fault: 'no compression', archive: async () => Buffer.from('trivy.db') },
    { fault: 'no bytes', archive: async () => Buffer.alloc(0) },
  ])('with $fault is refused, and nothing stays', async ({ archive }) => {
    const folder = await emptyFolder();
    await expect(unpackDatabase(Readable.from([await archive()]), join(folder, 'db'))).rejects.toMatchObject({
      name: 'DatabaseError',
      code: 'database-archive',
      remedy: expect.stringContaining('the database in use stays') as string,
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('that is a bomb is refused by the size that it names, before it is unfolded', async () => {
    const folder = await emptyFolder();
    const header = await archiveOf([{ name: 'trivy.db', size: 5 }, 'pages']);
    // The size of five bytes is replaced by one of eight gibibytes, in octal digits.
    const tar = gunzipSync(header);
    tar.write('100000000000', 124, 'latin1');
    tar.fill(' ', 148, 156);
    const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    await expect(unpackDatabase(Readable.from([gzipSync(tar)]), join(folder, 'db'))).rejects.toMatchObject({
      message: expect.stringContaining('at most 4294967296') as string,
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('is refused for what it holds, also if much of it is still to come from a file', async () => {
    const folder = await emptyFolder();
    const { database } = await bytesOf(states.november);
    const file = join(folder, 'db.tar.gz');
    await writeFile(file, await archiveOf(['../trivy.db', database], good[1]!));
    await expect(unpackDatabase(createReadStream(file), join(folder, 'db'))).rejects.toMatchObject({
      code: 'database-archive',
      message: expect.stringContaining('"../trivy.db"') as string,
    });
    expect(await readdir(folder)).toEqual(['db.tar.gz']);
  });

  it('passes on the failure of its source unchanged', async () => {
    const folder = await emptyFolder();
    const away = new Error('the blob store is away');
    const source = async function* () {
      yield (await archiveOf(...good)).subarray(0, 40);
      throw away;
    };
    await expect(unpackDatabase(source(), join(folder, 'db'))).rejects.toBe(away);
    expect(await readdir(folder)).toEqual([]);
  });
});
