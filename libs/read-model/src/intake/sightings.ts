import type { ImageRunning } from '@assay/events';
import type { Cell, RunQuery } from '../store/duckdb.ts';
import type { WritingConnection } from '../store/writing-connection.ts';

const keyOf = (cluster: unknown, digest: unknown): string => `${String(cluster)}/${String(digest)}`;

/** Digests that a batch is about, and those that some cluster has before it and after it. */
export interface RunningDigests {
  readonly of: readonly string[];
  readonly before: ReadonlySet<string>;
  readonly after: ReadonlySet<string>;
}

/** The last events of digests in clusters, of a batch. */
export class SightingChanges {
  readonly #rows = new Map<string, readonly Cell[]>();

  take({ digest, cluster, namespaces, state, since, seenAt }: ImageRunning): void {
    const [key, seen] = [keyOf(cluster, digest), Date.parse(seenAt)];
    if (Number(this.#rows.get(key)?.[5] ?? 0) > seen) return;
    this.#rows.set(key, [digest, cluster, state === 'running', namespaces?.join('\n'), since, seen]);
  }

  /**
   * The digests of the batch, and which of them and of some others run. Events that are older than the stored ones are
   * dropped.
   */
  async running(query: RunQuery, others: Iterable<string>): Promise<RunningDigests> {
    const of = new Set([...this.#rows.values()].map(([digest]) => String(digest)));
    const digests = [...new Set([...of, ...others])];
    if (digests.length === 0) return { before: new Set(), after: new Set(), of: [] };
    const stored = await query<{ digest: string; cluster: string; running: boolean; seen_ms: bigint }>(
      `select digest, cluster, running, seen_ms from sightings
      where digest in (select unnest(from_json($digests, '["varchar"]')))`,
      { digests: JSON.stringify(digests) },
    );
    const now = new Map(stored.map((row) => [keyOf(row.cluster, row.digest), row]));
    for (const [key, [digest, cluster, running, , , seen]] of this.#rows) {
      const isOlder = (now.get(key)?.seen_ms ?? 0n) > Number(seen);
      if (isOlder) this.#rows.delete(key);
      else
        now.set(key, {
          digest: String(digest),
          cluster: String(cluster),
          running: running === true,
          seen_ms: BigInt(Number(seen)),
        });
    }
    const runningIn = (rows: Iterable<{ readonly digest: string; readonly running: boolean }>): ReadonlySet<string> =>
      new Set([...rows].filter(({ running }) => running).map(({ digest }) => digest));
    return { before: runningIn(stored), after: runningIn(now.values()), of: [...of] };
  }

  /** Writes the rows that `running` left. */
  async write(connection: WritingConnection): Promise<void> {
    if (this.#rows.size === 0) return;
    await connection.run(
      `delete from sightings where cluster || '/' || digest in (select unnest(from_json($keys, '["varchar"]')))`,
      { keys: JSON.stringify([...this.#rows.keys()]) },
    );
    await connection.append('sightings', [...this.#rows.values()]);
  }
}
