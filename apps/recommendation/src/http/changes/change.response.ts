import type { PublishedChange } from '@assay/read-model/intake/changes';

/** A change as pages and the stream show it. */
export const changeShown = ({
  partition: _partition,
  offset: _offset,
  registryKey: _key,
  atMs,
  ...change
}: PublishedChange): object => ({ at: new Date(atMs).toISOString(), ...change });
