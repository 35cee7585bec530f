import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { BlobSource } from './blob-source.ts';
import { BlobCache } from './cache.ts';

const folder = async () => {
  const path = await mkdtemp(join(tmpdir(), 'assay-cache-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
};
const blobOf = (text: string) => ({
  text,
  size: text.length,
  digest: `sha256:${createHash('sha256').update(text).digest('hex')}`,
});
type Blob = ReturnType<typeof blobOf>;
const writing =
  ({ text, digest }: Blob) =>
  async (path: string) => {
    await writeFile(path, text);
    return digest;
  };
/** A registry, the same for all tests unless `more` differs, that provides the bytes that `download` writes. */
const from = (download: BlobSource['download'], more: Partial<BlobSource> = {}): BlobSource => ({
  place: 'registry.test/a',
  owner: 'one',
  download,
  confirms: () => Promise.reject(new Error('asked')),
  part: () => Promise.reject(new Error('asked for a part')),
  ...more,
});
const never = from(() => Promise.reject(new Error('downloaded again')));
const kept = (path: string) => readdir(join(path, 'cache', 'sha256'));

const cacheIn = (path: string, maxBytes = 1000) => new BlobCache(join(path, 'cache'), { maxBytes });
const [one, two, three] = [blobOf('1'.repeat(40)), blobOf('2'.repeat(40)), blobOf('3'.repeat(40))] as const;

it('keeps downloaded blobs for this process and the next', async () => {
  const path = await folder();
  const cache = cacheIn(path);
  expect(await cache.provide(one, join(path, 'a'), from(writing(one)))).toBe(true);
  expect(await cache.provide(one, join(path, 'b'), never)).toBe(false);
  expect(await cacheIn(path).provide(one, join(path, 'c'), never)).toBe(false);
  expect(await readFile(join(path, 'c'), 'utf8')).toBe(one.text);
  expect((await stat(join(path, 'c'))).nlink).toBe(4);
});

it('retries to create its folder at the next blob', async () => {
  const path = await folder();
  const cache = cacheIn(path);
  await writeFile(join(path, 'cache'), 'in the way');
  await expect(cache.provide(one, join(path, 'a'), from(writing(one)))).rejects.toMatchObject({ syscall: 'mkdir' });
  await rm(join(path, 'cache'));
  expect(await cache.provide(one, join(path, 'a'), from(writing(one)))).toBe(true);
});

it('accepts no blob that does not match its digest, and keeps nothing of a failed download', async () => {
  const path = await folder();
  const cache = cacheIn(path);
  await expect(cache.provide(one, join(path, 'a'), from(writing(two)))).rejects.toMatchObject({
    code: 'digest-mismatch',
  });
  await expect(
    cache.provide(
      one,
      join(path, 'a'),
      from(async (file) => {
        await writeFile(file, 'half');
        throw new Error('broke off');
      }),
    ),
  ).rejects.toThrow('broke off');
  expect(await readdir(path)).toEqual(['cache']);
  expect([await kept(path), await readdir(join(path, 'cache', 'arriving'))]).toEqual([[], []]);
});

it('downloads a damaged blob again', async () => {
  const path = await folder();
  await cacheIn(path).provide(one, join(path, 'a'), from(writing(one)));
  for (const damaged of ['0'.repeat(40), 'short']) {
    await writeFile(join(path, 'cache', 'sha256', one.digest.slice(7)), damaged);
    await rm(join(path, 'b'), { force: true });
    expect(await cacheIn(path).provide(one, join(path, 'b'), from(writing(one)))).toBe(true);
    expect(await readFile(join(path, 'b'), 'utf8')).toBe(one.text);
  }
});

it('downloads a blob again that it cannot read', async () => {
  const path = await folder();
  const cache = cacheIn(path);
  await cache.provide(one, join(path, 'a'), from(writing(one)));
  const entry = join(path, 'cache', 'sha256', one.digest.slice(7));
  await rm(entry);
  // A link to itself: reading it finds no file, but the name is taken.
  await symlink(entry, entry);
  expect(await cache.provide(one, join(path, 'b'), from(writing(one)))).toBe(true);
  expect(await readFile(join(path, 'b'), 'utf8')).toBe(one.text);
  expect(await cache.provide(one, join(path, 'c'), never)).toBe(false);
});

it('does not provide a blob under another size, but keeps it', async () => {
  const path = await folder();
  const cache = cacheIn(path);
  await cache.provide(one, join(path, 'a'), from(writing(one)));
  await expect(cache.provide({ ...one, size: 41 }, join(path, 'b'), never)).rejects.toThrow('downloaded again');
  expect(await cache.provide(one, join(path, 'c'), never)).toBe(false);
});

it('evicts the least recently used blobs when full, and keeps linked files intact', async () => {
  const path = await folder();
  const cache = cacheIn(path, 100);
  for (const blob of [one, two]) await cache.provide(blob, join(path, blob.text[0]!), from(writing(blob)));
  // The kernel gives the time to what is written, and under faketime has another.
  const { mtimeMs: writtenMs } = await stat(join(path, '2'));
  for (const [blob, age] of [
    [one, 200],
    [two, 100],
  ] as const) {
    const then = new Date(writtenMs - age * 1000);
    await utimes(join(path, 'cache', 'sha256', blob.digest.slice(7)), then, then);
  }
  await cache.provide(one, join(path, 'again'), never);
  await cache.provide(three, join(path, '3'), from(writing(three)));
  expect((await kept(path)).sort()).toEqual([one, three].map(({ digest }) => digest.slice(7)).sort());
  expect(await readFile(join(path, '2'), 'utf8')).toBe(two.text);
});

it('stays within its limit when several processes fill it', async () => {
  const path = await folder();
  const caches = [cacheIn(path, 100), cacheIn(path, 100)];
  for (let n = 0; n < 20; n += 1) {
    const blob = blobOf(`blob ${n}`.padEnd(20));
    await caches[n % 2]!.provide(blob, join(path, `t${n}`), from(writing(blob)));
    expect((await kept(path)).length * 20).toBeLessThanOrEqual(100);
  }
});

it('downloads once for concurrent callers; after a failure the next caller downloads', async () => {
  const path = await folder();
  const cache = cacheIn(path);
  let downloads = 0;
  const slowly = async (file: string) => {
    downloads += 1;
    if (downloads === 1) throw new Error('broke off');
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    return writing(one)(file);
  };
  const results = await Promise.allSettled(
    ['a', 'b', 'c', 'd'].map((name) => cache.provide(one, join(path, name), from(slowly))),
  );
  // The file system decides which of the callers is first.
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
  expect(downloads).toBe(2);
});

it.each([
  ['ends meanwhile', () => AbortSignal.timeout(30)],
  ['is over', () => AbortSignal.abort()],
])('does not make a caller whose deadline %s wait for the download of another', async (_, time) => {
  const path = await folder();
  const cache = cacheIn(path);
  const [begun, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow = cache.provide(
    one,
    join(path, 'a'),
    from(async (file) => {
      begun.resolve();
      await finish.promise;
      return writing(one)(file);
    }),
  );
  await begun.promise;
  await expect(cache.provide(one, join(path, 'b'), never, time())).rejects.toThrow(/abort/i);
  finish.resolve();
  await slow;
});

it('removes partial downloads of a process that died', async () => {
  const path = await folder();
  await cacheIn(path).provide(one, join(path, 'a'), from(writing(one)));
  const arriving = join(path, 'cache', 'arriving');
  for (const [name, at] of [
    ['old', new Date(0)],
    ['new', new Date()],
  ] as const) {
    await writeFile(join(arriving, name), 'half');
    await utimes(join(arriving, name), at, at);
  }
  await cacheIn(path).provide(two, join(path, 'b'), from(writing(two)));
  expect(await readdir(arriving)).toEqual(['new']);
});
