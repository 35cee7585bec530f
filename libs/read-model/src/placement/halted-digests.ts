import { flow } from '@assay/events';
import type { RunQuery } from '../store/duckdb.ts';

const apps = flow.map(({ app }) => app);

/** Services whose parked events keep a status from arriving; events parked in later services change no status. */
export const halting: readonly string[] = [...apps.slice(0, apps.indexOf('recommendation')), 'view'];
const haltedKeys =
  `select key from parked where outcome = 'parked' and key is not null and service in ` +
  `(${halting.map((service) => `'${service}'`).join(', ')}) union all select digest as key from dropped`;

/** A condition: an event of the image is parked before its recommendation, or a classification was dropped. */
export const isHalted = (digest: string): string => `${digest} in (${haltedKeys})`;

/** Digests of images with an event parked before their recommendation, or with a classification that was dropped. */
export const haltedDigests = async (query: RunQuery): Promise<readonly string[]> =>
  (await query<{ key: string }>(haltedKeys)).map(({ key }) => key);

/** Reads the digests that `writeDropped` found. */
export const droppedIn = async (query: RunQuery): Promise<ReadonlySet<string>> =>
  new Set((await query<{ digest: string }>('select digest from dropped')).map(({ digest }) => digest));
