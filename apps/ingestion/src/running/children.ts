import type { State, Store } from '@assay/event-sourcing';
import { partitionOf } from '@assay/messaging';
import type { Emitted, Received } from '../domain/state.ts';

/** So many states are read at once: those of large images are a few hundred KiB. */
const keysAtOnce = 200;

/**
 * The images below each digest, by the manifests that ingestion read. A digest whose manifest it did not read is left
 * out.
 */
export const childrenIn =
  (store: Pick<Store, 'read'>, partitions: number) =>
  async (digests: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> => {
    const children = new Map<string, readonly string[]>();
    for (const [partition, keys] of Map.groupBy(digests, (digest) => partitionOf(digest, partitions)))
      for (let from = 0; from < keys.length; from += keysAtOnce)
        for (const [digest, { state }] of await store.read(partition, keys.slice(from, from + keysAtOnce))) {
          const { emitted } = JSON.parse(state) as State<Received, Emitted>;
          const listed = emitted.facts?.facts.children?.filter(({ kind }) => kind === 'image') ?? [];
          if (emitted.facts) children.set(digest, [...new Set(listed.map((child) => child.digest))]);
        }
    return children;
  };
