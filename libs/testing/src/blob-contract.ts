import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { BlobStore } from '@assay/event-sourcing';

export interface BlobStoreUnderTest {
  /** Opens the same store again at each call. */
  readonly open: () => BlobStore;
  /** Replaces the bytes of a stored blob without using the store. */
  readonly overwrite: (dataref: string, bytes: Buffer) => Promise<void>;
}

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
      const stored = await under().open().put(bytes);
      expect(stored).toMatchObject({
        bytes: size,
        sha256: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
      });
      expect((await under().open().get(stored.dataref)).equals(bytes)).toBe(true);
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

    it('knows no blob that was never put', async () => {
      const hex = randomBytes(32).toString('hex');
      await expect(
        under()
          .open()
          .get(`sha256/${hex.slice(0, 2)}/${hex}`),
      ).rejects.toMatchObject({ code: 'blob-unknown' });
    });

    it.each([
      '',
      '/etc/passwd',
      '../../etc/passwd',
      'sha256/../passwd',
      `sha256/aa/${'b'.repeat(64)}`,
      `sha256/AA/${'A'.repeat(64)}`,
    ])('accepts no other name: %s', async (dataref) => {
      await expect(under().open().get(dataref)).rejects.toMatchObject({ code: 'blob-unknown' });
    });

    it.each([
      ['other bytes of the same size', 1000],
      ['fewer bytes', 500],
      ['none', 0],
    ])('returns no blob that does not match its name: %s', async (_, size) => {
      const { dataref } = await under().open().put(randomBytes(1000));
      await under().overwrite(dataref, randomBytes(size));
      await expect(under().open().get(dataref)).rejects.toMatchObject({ code: 'blob-damaged' });
    });
  });
};
