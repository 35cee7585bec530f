import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nameOf, runsIn } from '../src/database.ts';

/** The content of a bucket: buckets within, or values, by their keys. */
export interface BoltContent {
  [key: string]: BoltContent | string;
}

const [pageBytes, headerBytes, elementBytes] = [4096, 16, 16];
const [metaFlag, freelistFlag, leafFlag] = [4, 16, 2];

const fnv = (bytes: Buffer): bigint => {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
};

/**
 * A bbolt file with this content. Each bucket is one page, however long, which bbolt reads as its own:
 * https://github.com/etcd-io/bbolt, internal/common.
 *
 * @throws RangeError for a bucket with more entries than a page can have
 */
export const boltOf = (content: BoltContent): Buffer => {
  const pages: Buffer[] = [];
  let next = 3;
  const placed = (flags: number, body: Buffer, elements: number): number => {
    const count = Math.ceil((headerBytes + body.length) / pageBytes);
    const page = Buffer.alloc(count * pageBytes);
    page.writeBigUInt64LE(BigInt(next), 0);
    page.writeUInt16LE(flags, 8);
    page.writeUInt16LE(elements, 10);
    page.writeUInt32LE(count - 1, 12);
    body.copy(page, headerBytes);
    pages.push(page);
    next += count;
    return next - count;
  };
  const bucket = (entries: BoltContent): number => {
    const all = Object.entries(entries)
      .map(([key, value]) => ({ key: Buffer.from(key), value }))
      .toSorted((a, b) => Buffer.compare(a.key, b.key))
      .map(({ key, value }) => {
        if (typeof value === 'string') return { flag: 0, key, bytes: Buffer.from(value) };
        const head = Buffer.alloc(16);
        head.writeBigUInt64LE(BigInt(bucket(value)), 0);
        return { flag: 1, key, bytes: head };
      });
    if (all.length >= 0xffff) throw new RangeError('too many entries for one page');
    const heads = Buffer.alloc(all.length * elementBytes);
    let at = heads.length;
    for (const [place, { flag, key, bytes }] of all.entries()) {
      const from = place * elementBytes;
      heads.writeUInt32LE(flag, from);
      heads.writeUInt32LE(at - from, from + 4);
      heads.writeUInt32LE(key.length, from + 8);
      heads.writeUInt32LE(bytes.length, from + 12);
      at += key.length + bytes.length;
    }
    return placed(leafFlag, Buffer.concat([heads, ...all.flatMap(({ key, bytes }) => [key, bytes])]), all.length);
  };
  const root = bucket(content);
  const metas = [0, 1].map((place) => {
    const page = Buffer.alloc(pageBytes);
    page.writeBigUInt64LE(BigInt(place), 0);
    page.writeUInt16LE(metaFlag, 8);
    const meta = page.subarray(headerBytes);
    meta.writeUInt32LE(0xed0cdaed, 0);
    meta.writeUInt32LE(2, 4);
    meta.writeUInt32LE(pageBytes, 8);
    meta.writeBigUInt64LE(BigInt(root), 16);
    meta.writeBigUInt64LE(2n, 32);
    meta.writeBigUInt64LE(BigInt(next), 40);
    meta.writeBigUInt64LE(BigInt(place), 48);
    meta.writeBigUInt64LE(fnv(meta.subarray(0, 56)), 56);
    return page;
  });
  const freelist = Buffer.alloc(pageBytes);
  freelist.writeBigUInt64LE(2n, 0);
  freelist.writeUInt16LE(freelistFlag, 8);
  return Buffer.concat([...metas, freelist, ...pages]);
};

/** The content of a database, to be changed. */
export const contentOf = async (database: Buffer): Promise<Record<string, BoltContent>> => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-bolt-'));
  try {
    await writeFile(join(folder, 'trivy.db'), database);
    const content: Record<string, BoltContent> = {};
    for await (const { bucket, within, entries } of runsIn(folder)) {
      let at = (content[nameOf(bucket)] ??= {});
      for (const name of within === '' ? [] : within.split('\0')) at = (at[nameOf(name)] ??= {}) as BoltContent;
      for (const { key, value } of entries) at[nameOf(key)] = value.toString('utf8');
    }
    return content;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
