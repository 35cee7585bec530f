import { createHash } from 'node:crypto';
import type { ListedBlob, StoredBlob } from '@assay/event-sourcing';
import type { SnapshotStore } from '../src/snapshots/snapshot-store.ts';

/** A store of snapshots in memory, whose bytes a test may change. */
export class MemorySnapshots implements SnapshotStore {
  readonly stored = new Map<string, { readonly bytes: Buffer; readonly modifiedAt: number }>();
  /** Called before content is stored. */
  before: () => Promise<void> = () => Promise.resolve();

  constructor(private readonly now: () => number = () => this.stored.size + 1) {}

  /** Stores bytes of any kind, as a program that may write to the store could. */
  plant(bytes: Buffer, modifiedAt = this.now()): string {
    const dataref = `snapshots/${createHash('sha256').update(bytes).digest('hex')}`;
    this.stored.set(dataref, { bytes, modifiedAt });
    return dataref;
  }

  async putStream(source: () => AsyncIterable<Uint8Array>): Promise<StoredBlob> {
    await this.before();
    const pieces: Uint8Array[] = [];
    for await (const piece of source()) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    return { dataref: this.plant(bytes), sha256: '', bytes: bytes.length };
  }

  async *getStream(dataref: string): AsyncIterable<Uint8Array> {
    const found = this.stored.get(dataref);
    if (!found) throw Object.assign(new Error(`there is no blob ${dataref}`), { code: 'blob-unknown' });
    for (let at = 0; at < found.bytes.length; at += 65_536) yield found.bytes.subarray(at, at + 65_536);
  }

  async *list(): AsyncIterable<ListedBlob> {
    for (const [dataref, { bytes, modifiedAt }] of this.stored)
      yield { dataref, modifiedAt, storedBytes: bytes.length };
  }

  delete(dataref: string): Promise<boolean> {
    return Promise.resolve(this.stored.delete(dataref));
  }

  clearUnfinished(): Promise<number> {
    return Promise.resolve(0);
  }

  /** The stored bytes, the newest last. */
  get all(): readonly Buffer[] {
    return [...this.stored.values()].toSorted((a, b) => a.modifiedAt - b.modifiedAt).map(({ bytes }) => bytes);
  }
}
