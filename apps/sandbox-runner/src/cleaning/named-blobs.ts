import { whenComplete, type CompletenessPorts, type Store } from '@assay/event-sourcing';

export interface NamingPorts extends CompletenessPorts {
  readonly store: Pick<Store, 'checkpoint' | 'scan' | 'jobsOf'>;
}

/** Keys that are read at once. */
const pageKeys = 200;

/** Adds the name of each blob that a value names anywhere in it, as an event does: by a field `dataref`. */
const addNames = (value: unknown, to: Set<string>): void => {
  if (typeof value !== 'object' || value === null) return;
  for (const [field, inner] of Object.entries(value)) {
    if (field === 'dataref' && typeof inner === 'string') to.add(inner);
    else addNames(inner, to);
  }
};

/**
 * The names of all blobs that the states and jobs of a service name, in all partitions. Fails unless each of them can
 * be read: what a missing state names would seem to be named by nothing.
 *
 * @param signal ends the reading early
 * @throws StoreIncomplete if a partition is not restored and evaluated, lacks events of the log, or changes its owner
 * meanwhile
 * @throws SyntaxError if a state cannot be read, and the reason of the signal
 */
export const namedBlobs = async (ports: NamingPorts, signal?: AbortSignal): Promise<ReadonlySet<string>> => {
  const names = new Set<string>();
  for (let partition = 0; partition < ports.log.partitions; partition += 1)
    await whenComplete(ports, partition, () => addNamesOf(ports.store, partition, names, signal));
  return names;
};

const addNamesOf = async (
  store: NamingPorts['store'],
  partition: number,
  names: Set<string>,
  signal: AbortSignal | undefined,
): Promise<void> => {
  for (let after: string | undefined; ;) {
    signal?.throwIfAborted();
    const page = await store.scan(partition, after, pageKeys);
    if (page.length === 0) return;
    for (const { state } of page) addNames(JSON.parse(state), names);
    const jobs = await store.jobsOf(
      partition,
      page.map(({ key }) => key),
    );
    for (const job of jobs) addNames(job, names);
    after = page.at(-1)?.key;
  }
};
