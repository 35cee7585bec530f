import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { at, present } from '@assay/events';
import type { BlobPointer, BlobStore, ListedBlob } from '@assay/event-sourcing';

export interface BlobStoreUnderTest {
  /** Opens the same store again at each call. */
  readonly open: () => BlobStore;
  /** Replaces the bytes of a stored blob without using the store. */
  readonly overwrite: (dataref: string, bytes: Buffer) => Promise<void>;
}

const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Pieces of uneven sizes, as a stream of a file or a query has them. */
const pieces = (bytes: Buffer, size: number) =>
  async function* (): AsyncIterable<Buffer> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };

const collected = async (stream: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const read: Uint8Array[] = [];
  for await (const piece of stream) read.push(piece);
  return Buffer.concat(read);
};

const listed = async (store: BlobStore, area: string): Promise<Map<string, ListedBlob>> => {
  const all = new Map<string, ListedBlob>();
  for await (const blob of store.list(area)) all.set(blob.dataref, blob);
  return all;
};

const found = async (store: BlobStore, area: string, dataref: string): Promise<ListedBlob> =>
  present((await listed(store, area)).get(dataref), 'listed blob');

const pointed = async (store: BlobStore, name: string, value: string, over: string | undefined): Promise<BlobPointer> =>
  present(await store.point(name, value, over), 'pointer');

/** An area or a pointer that no other test uses. */
const fresh = (): string => `t${randomBytes(6).toString('hex')}`;

/** The contract that every blob store must fulfil. */
export const describeBlobs = (name: string, under: () => BlobStoreUnderTest): void => {
  describe(`the blob contract: ${name}`, () => {
    it('reports that it is ready', async () => {
      await under().open().ready();
    });

    it.each([
      ['nothing', 0],
      ['a byte', 1],
      ['some megabytes', 9_000_000],
    ])('returns %s unchanged, also through another instance', async (_, size) => {
      const bytes = randomBytes(size);
      for (const form of [{}, { area: 'reports', compressed: true }]) {
        const stored = await under().open().put(bytes, form);
        expect(stored).toMatchObject({ bytes: size, sha256: sha256(bytes) });
        expect((await under().open().get(stored.dataref)).equals(bytes)).toBe(true);
      }
    });

    it('names a blob by its content, so that a second write has no effect', async () => {
      const bytes = randomBytes(1000);
      const store = under().open();
      const [first, second] = await Promise.all([
        store.put(bytes),
        under().open().put(bytes),
        store.put(Buffer.from(bytes)),
      ]);
      expect(second).toEqual(first);
      expect(await store.put(bytes)).toEqual(first);
      expect((await store.get(first.dataref)).equals(bytes)).toBe(true);
      expect((await store.put(randomBytes(1000))).dataref).not.toBe(first.dataref);
    });

    it('stores a compressed blob in fewer bytes, under the digest of its content', async () => {
      const area = fresh();
      const store = under().open();
      const bytes = Buffer.from('a line of a report\n'.repeat(10_000));
      const blob = await store.put(bytes, { area, compressed: true });
      expect(blob).toEqual({
        dataref: expect.stringMatching(new RegExp(`^${area}/[0-9a-f]{2}/[0-9a-f]{64}\\.zst$`)),
        sha256: sha256(bytes),
        bytes: bytes.length,
      });
      expect((await found(store, area, blob.dataref)).storedBytes).toBeLessThan(bytes.length / 10);
    });

    it.each([
      [false, 100_000],
      [true, 1_000_000],
    ])('stores and returns a stream (compressed: %s)', async (compressed, size) => {
      const bytes = randomBytes(20_000_000);
      const form = { area: 'snapshots', compressed };
      const stored = await under().open().putStream(pieces(bytes, size), form);
      expect(stored).toEqual(await under().open().put(bytes, form));
      expect((await collected(under().open().getStream(stored.dataref))).equals(bytes)).toBe(true);
      await expect(
        collected(
          under()
            .open()
            .getStream(stored.dataref, bytes.length - 1),
        ),
      ).rejects.toMatchObject({
        code: 'blob-too-large',
      });
    });

    it('stores nothing of a stream that fails', async () => {
      const area = fresh();
      const store = under().open();
      const source = async function* () {
        yield randomBytes(100_000);
        throw new Error('the source failed');
      };
      await expect(store.putStream(source, { area })).rejects.toThrow('the source failed');
      expect((await listed(store, area)).size).toBe(0);
    });

    it('unfolds no more of a blob than is asked for', async () => {
      const store = under().open();
      const { dataref, bytes } = await store.put(Buffer.alloc(5_000_000), { compressed: true });
      expect((await store.get(dataref, bytes)).length).toBe(bytes);
      await expect(store.get(dataref, bytes - 1)).rejects.toMatchObject({ code: 'blob-too-large' });
    });

    it('lists the blobs of an area, and no others', async () => {
      const [area, other] = [fresh(), fresh()];
      const store = under().open();
      expect((await listed(store, area)).size).toBe(0);
      const put = [
        await store.put(randomBytes(10), { area }),
        await store.put(randomBytes(20), { area, compressed: true }),
      ];
      await store.put(randomBytes(30), { area: other });
      await store.point(area, 'no blob', undefined);
      const all = await listed(under().open(), area);
      expect([...all.keys()].toSorted()).toEqual(put.map(({ dataref }) => dataref).toSorted());
      expect(all.get(at(put, 0).dataref)).toMatchObject({ storedBytes: 10, modifiedAt: expect.any(Number) });
    });

    it('deletes a blob, unless it was written after the given time', async () => {
      const area = fresh();
      const store = under().open();
      const bytes = randomBytes(10);
      const { dataref } = await store.put(bytes, { area });
      const { modifiedAt } = await found(store, area, dataref);
      expect(await store.delete(dataref, modifiedAt - 1000)).toBe(false);
      expect((await store.get(dataref)).equals(bytes)).toBe(true);
      expect(await store.delete(dataref, modifiedAt)).toBe(true);
      await expect(store.get(dataref)).rejects.toMatchObject({ code: 'blob-unknown' });
      expect(await store.delete(dataref)).toBe(false);
      expect((await listed(store, area)).size).toBe(0);
      await store.put(bytes, { area });
      expect((await under().open().get(dataref)).equals(bytes)).toBe(true);
    });

    it('renews a blob, so that it is as old as one just written', async () => {
      const area = fresh();
      const store = under().open();
      const bytes = randomBytes(10);
      const { dataref } = await store.put(bytes, { area });
      const before = (await found(store, area, dataref)).modifiedAt;
      expect(await store.renew(dataref)).toBe(true);
      expect((await found(store, area, dataref)).modifiedAt).toBeGreaterThanOrEqual(before);
      expect((await store.get(dataref)).equals(bytes)).toBe(true);
      await store.delete(dataref);
      expect(await store.renew(dataref)).toBe(false);
    });

    it('sets a pointer only for a writer that knows its value', async () => {
      const name = fresh();
      const store = under().open();
      expect(await store.pointer(name)).toBeUndefined();
      const first = await pointed(store, name, 'one', undefined);
      expect(first).toMatchObject({ value: 'one' });
      expect(await under().open().pointer(name)).toEqual(first);
      expect(await store.point(name, 'too late', undefined)).toBeUndefined();
      const second = await pointed(store, name, 'two', first.version);
      expect(await store.point(name, 'too late', first.version)).toBeUndefined();
      expect(await store.pointer(name)).toEqual(second);
      expect(second).toMatchObject({ value: 'two' });
      expect(second.version).not.toBe(first.version);
    });

    it('lets one of several writers of a pointer win', async () => {
      const name = fresh();
      let { version: over } = await pointed(under().open(), name, 'first', undefined);
      for (let round = 0; round < 3; round += 1) {
        const set = await Promise.all([1, 2, 3, 4].map((n) => under().open().point(name, `${round}/${n}`, over)));
        const [won, ...others] = set.filter((each) => each !== undefined);
        expect(others).toEqual([]);
        expect(await under().open().pointer(name)).toEqual(won);
        over = present(won, 'winner').version;
      }
    });

    it('leaves nothing unfinished', async () => {
      expect(
        await under()
          .open()
          .clearUnfinished(Date.now() + 60_000),
      ).toBe(0);
    });

    it('knows no blob that was never put', async () => {
      const hex = randomBytes(32).toString('hex');
      const dataref = `sha256/${hex.slice(0, 2)}/${hex}`;
      await expect(under().open().get(dataref)).rejects.toMatchObject({ code: 'blob-unknown' });
      await expect(under().open().get(`${dataref}.zst`)).rejects.toMatchObject({ code: 'blob-unknown' });
    });

    it.each([
      '',
      '/etc/passwd',
      '../../etc/passwd',
      'sha256/../passwd',
      `sha256/aa/${'b'.repeat(64)}`,
      `sha256/AA/${'A'.repeat(64)}`,
      `../aa/${'a'.repeat(64)}`,
      `Sha256/aa/${'a'.repeat(64)}`,
      `pointers/aa/${'a'.repeat(64)}`,
      `sha256/aa/${'a'.repeat(64)}.gz`,
      `sha256/aa/${'a'.repeat(64)}\n`,
    ])('accepts no other name: %s', async (dataref) => {
      const store = under().open();
      for (const refused of [
        store.get(dataref),
        collected(store.getStream(dataref)),
        store.delete(dataref),
        store.renew(dataref),
      ])
        await expect(refused).rejects.toMatchObject({ code: 'blob-unknown' });
    });

    it.each(['', '..', 'a/b', 'A', 'a-', 'a.b'])('accepts no other name of an area or a pointer: %s', async (word) => {
      const store = under().open();
      for (const refused of [
        (async () => store.put(Buffer.alloc(1), { area: word }))(),
        (async () => store.putStream(pieces(Buffer.alloc(1), 1), { area: word }))(),
        (async () => listed(store, word))(),
        store.pointer(word),
        store.point(word, '', undefined),
      ])
        await expect(refused).rejects.toMatchObject({ code: 'blob-unknown' });
    });

    it.each([
      ['other bytes of the same size', 1000],
      ['fewer bytes', 500],
      ['none', 0],
    ])('returns no blob that does not match its name: %s', async (_, size) => {
      for (const compressed of [false, true]) {
        const { dataref } = await under().open().put(randomBytes(1000), { compressed });
        await under().overwrite(dataref, randomBytes(size));
        await expect(under().open().get(dataref)).rejects.toMatchObject({ code: 'blob-damaged' });
      }
    });
  });
};
