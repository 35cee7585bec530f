import type { ImageRunning } from '@assay/events';
import type { Cell } from '../store/duckdb.ts';
import type { WritingConnection } from '../store/writing-connection.ts';

const keyOf = (cluster: unknown, digest: unknown): string => `${String(cluster)}/${String(digest)}`;

/** The last events of digests in clusters, of a batch. */
export class SightingChanges {
  readonly #rows = new Map<string, readonly Cell[]>();

  take({ digest, cluster, namespaces, state, since, seenAt }: ImageRunning): void {
    const [key, seen] = [keyOf(cluster, digest), Date.parse(seenAt)];
    if (Number(this.#rows.get(key)?.[5] ?? 0) > seen) return;
    this.#rows.set(key, [digest, cluster, state === 'running', namespaces?.join('\n'), since, seen]);
  }

  /** Writes rows that are not older than the stored ones. */
  async write(connection: WritingConnection): Promise<void> {
    if (this.#rows.size === 0) return;
    const keys = { keys: JSON.stringify([...this.#rows.keys()]) };
    const ofKeys = `cluster || '/' || digest in (select unnest(from_json($keys, '["varchar"]')))`;
    const stored = await connection.query<{ digest: string; cluster: string; seen_ms: bigint }>(
      `select digest, cluster, seen_ms from sightings where ${ofKeys}`,
      keys,
    );
    for (const { digest, cluster, seen_ms: seen } of stored) {
      const key = keyOf(cluster, digest);
      if (seen > Number(this.#rows.get(key)?.[5])) this.#rows.delete(key);
    }
    keys.keys = JSON.stringify([...this.#rows.keys()]);
    await connection.run(`delete from sightings where ${ofKeys}`, keys);
    await connection.append('sightings', [...this.#rows.values()]);
  }
}
