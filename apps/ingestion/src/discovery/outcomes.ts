import type { ConfiguredDiscovery } from '@assay/registry';
import type { Config, HeldSweep, LeftOutRegistry, SweepOutcome } from '../domain/state.ts';

/** The key of a subscription's listings among the outcomes and holds of sweeps. */
export const listingKey = (discovery: string, subscriptionId: string): string =>
  `discovery/${discovery}/${subscriptionId.toLowerCase()}`;

/** Stands for the list of subscriptions itself. */
export const everySubscription = 'all';

/** The standing of the listings of one subscription by one discovery. */
export interface ListingStanding {
  readonly discovery: string;
  readonly subscriptionId: string;
  readonly subscriptionName?: string;
  /** `failed` if the last listing could not read all of it, also while it is held; `unknown` before any has ended. */
  readonly state: 'unknown' | 'listed' | 'failed' | 'held' | 'confirmed';
  /** The last listing, if this instance lists. */
  readonly listedAt?: string;
  /** Since when, and why. */
  readonly since?: string;
  readonly why?: string;
  /** Of the last whole listing, as long as it is the last one. */
  readonly registries?: number;
  readonly restricted?: number;
  readonly leftOut?: readonly LeftOutRegistry[];
  readonly webhooks?: number;
  readonly withoutWebhook?: readonly { readonly registryId: string; readonly why: string }[];
  /** Number of registries that are gone, of those that are watched, if their removal waits for an order. */
  readonly gone?: number;
  readonly known?: number;
}

const standingOf = (
  discovery: string,
  subscriptionId: string,
  last: SweepOutcome | undefined,
  hold: HeldSweep | undefined,
): ListingStanding => {
  const { subscriptionName, ...listing } = last?.listing ?? {};
  return {
    discovery,
    subscriptionId,
    ...(subscriptionName === undefined ? {} : { subscriptionName }),
    state:
      last?.outcome === 'failed'
        ? 'failed'
        : hold?.order
          ? 'confirmed'
          : hold
            ? 'held'
            : last === undefined
              ? 'unknown'
              : 'listed',
    ...(last && { since: last.since, why: last.why }),
    ...listing,
    ...(hold && !(hold.order && last?.outcome === 'failed') && { gone: hold.gone, known: hold.known }),
    ...(hold && last?.outcome !== 'failed' && { since: hold.since }),
  };
};

/** The listings of all subscriptions that the discoveries name or have listed, as the log records them. */
export const standingsOf = (
  { sweeps, held }: Pick<Config, 'sweeps' | 'held'>,
  discoveries: readonly ConfiguredDiscovery[],
): readonly ListingStanding[] =>
  discoveries.flatMap(({ name, subscriptions }) => {
    const prefix = listingKey(name, '');
    const listed = [...Object.keys(sweeps), ...Object.keys(held)].flatMap((key) =>
      key.startsWith(prefix) ? key.slice(prefix.length) : [],
    );
    const ids = subscriptions === 'all' ? [...new Set(listed)].toSorted() : subscriptions;
    return ids.map((id) => standingOf(name, id, sweeps[listingKey(name, id)], held[listingKey(name, id)]));
  });
