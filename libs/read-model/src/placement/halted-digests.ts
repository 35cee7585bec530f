import { flow } from '@assay/events';
import type { RunQuery } from '../store/duckdb.ts';

const apps = flow.map(({ app }) => app);

/** Services whose parked events keep a status from arriving; events parked in later services change no status. */
export const halting: readonly string[] = [...apps.slice(0, apps.indexOf('recommendation')), 'view'];
const services = halting.map((service) => `'${service}'`).join(', ');
const haltedKeys =
  `select key from parked where outcome = 'parked' and key is not null and service in (${services}) ` +
  'union all select digest as key from dropped';

/** A condition: an event of the image is parked before its recommendation, or a classification was dropped. */
export const isHalted = (digest: string): string => `${digest} in (${haltedKeys})`;

/** The time since which a digest is halted, ms: that of its first event that still stands, or that was dropped. */
export const halts = `select key as digest, min(epoch_ms(try_cast(since as timestamptz))) as since_ms from parked
    where service in (${services}) and (outcome = 'parked'
      or (outcome = 'dropped' and key in (select digest from dropped))) group by key`;

/**
 * The times in which an event of an image was parked that kept its status from arriving, ms. Without an end if it still
 * is parked.
 */
export const haltsOfImages = (
  where: string,
): string => `select image, epoch_ms(try_cast(since as timestamptz)) as from_ms,
      case when outcome = 'parked' or key in (select digest from dropped) then null
        else epoch_ms(try_cast(said_at as timestamptz)) end as until_ms
    from parked join images on digest = key where service in (${services}) and ${where}`;

/** Digests of images with an event parked before their recommendation, or with a classification that was dropped. */
export const haltedDigests = async (query: RunQuery): Promise<readonly string[]> =>
  (await query<{ key: string }>(haltedKeys)).map(({ key }) => key);

/** Reads the digests that `writeDropped` found. */
export const droppedIn = async (query: RunQuery): Promise<ReadonlySet<string>> =>
  new Set((await query<{ digest: string }>('select digest from dropped')).map(({ digest }) => digest));
