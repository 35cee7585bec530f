import { isDeepStrictEqual } from 'node:util';
import type { RegistryObserved, SubscriptionObserved } from '@assay/events';
import {
  isLoginServerOf,
  mostTagBytes,
  type ConfiguredDiscovery,
  type ConfiguredRegistry,
  type ListedRegistry,
} from '@assay/registry';
import type { Config, LeftOutRegistry } from '../domain/state.ts';

/** A subscription that was listed to its end. */
export interface Listing {
  /** Lower case. */
  readonly subscriptionId: string;
  readonly subscriptionName: string;
  readonly registries: readonly ListedRegistry[];
}

export interface Surroundings {
  readonly discovery: ConfiguredDiscovery;
  /** Names of all discoveries of the setting. */
  readonly names: ReadonlySet<string>;
  /** Changes with the identity. */
  readonly access: string | undefined;
  readonly configured: readonly Pick<ConfiguredRegistry, 'registryId' | 'loginServer'>[];
  readonly known: Config['byId'];
  /** The time of the listings. */
  readonly answeredAt: string;
}

/** The outcome of whole listings. */
export interface ListedChanges {
  /** New, changed and moved registries, in the order in which they are to be published. */
  readonly observed: readonly RegistryObserved[];
  /** Watched registries of the listed subscriptions that no listing has. */
  readonly missing: readonly RegistryObserved[];
  /** By subscription. */
  readonly leftOut: ReadonlyMap<string, readonly LeftOutRegistry[]>;
  /** The watched registries of each subscription, with those that are missing. */
  readonly watched: ReadonlyMap<string, readonly RegistryObserved[]>;
}

/** Registries of all discoveries, beyond which no further ones are taken. */
export const mostRegistries = 5000;

const registryIdPattern = new RegExp(
  /^\/subscriptions\/([0-9a-f-]{36})\/resourceGroups\/[-\p{L}\p{N}_.()]{0,89}[-\p{L}\p{N}_()]/u.source +
    /\/providers\/Microsoft\.ContainerRegistry\/registries\/[-\w]{1,60}$/.source,
  'iu',
);

const lower = (text: string): string => text.toLowerCase();

/** Compares whole listings with the registries that are known. Believes no more of them than the setting allows. */
export const changesOf = (listings: readonly Listing[], surroundings: Surroundings): ListedChanges => {
  const { discovery, configured, known } = surroundings;
  const alive = [...known.values()].filter(({ removed }) => !removed);
  const holders = new Map(alive.map((registry) => [lower(registry.loginServer), registry]));
  const claims = new Map<string, Set<string>>();
  for (const { id, loginServer } of listings.flatMap(({ registries }) => registries))
    claims.set(lower(loginServer), (claims.get(lower(loginServer)) ?? new Set()).add(lower(id)));
  const names = new Set(configured.flatMap((each) => [lower(each.registryId), lower(each.loginServer)]));
  const isOther = ({ discovery: by }: RegistryObserved): boolean =>
    by !== undefined && by !== discovery.name && surroundings.names.has(by);
  let room = mostRegistries - alive.length;

  const whyNot = (listed: ListedRegistry, { subscriptionId }: Listing): string | undefined => {
    const [id, loginServer] = [lower(listed.id), lower(listed.loginServer)];
    const holder = holders.get(loginServer);
    if (lower(registryIdPattern.exec(listed.id)?.[1] ?? '') !== subscriptionId)
      return 'its id is none of a registry of this subscription';
    if (!isLoginServerOf(discovery.cloud, loginServer))
      return `its login server is no bare name below ${discovery.cloud.suffix}`;
    if (names.has(id) || names.has(loginServer)) return 'it stands in ASSAY_REGISTRIES, which comes first';
    if ((claims.get(loginServer)?.size ?? 0) > 1) return 'another registry of this listing has its login server';
    const other = [holder, known.get(id)].find((each) => each && !each.removed && isOther(each));
    if (other) return `the discovery ${other.discovery} has it`;
    if (!holder && known.get(id)?.removed !== false && (room -= 1) < 0)
      return `there are more than ${mostRegistries} registries`;
    return undefined;
  };

  const leftOut = new Map<string, LeftOutRegistry[]>();
  const observed: RegistryObserved[] = [];
  const watched = new Map<string, RegistryObserved[]>();
  const ids = new Set(listings.flatMap(({ registries }) => registries.map(({ id }) => lower(id))));
  const moved = new Set<string>();
  for (const listing of listings) {
    const [out, here]: [LeftOutRegistry[], RegistryObserved[]] = [[], []];
    leftOut.set(listing.subscriptionId, out);
    watched.set(listing.subscriptionId, here);
    for (const listed of listing.registries) {
      const why = whyNot(listed, listing);
      if (why !== undefined) {
        out.push({ registryId: cut(listed.id), loginServer: cut(listed.loginServer), why });
        continue;
      }
      const data = observedOf(listed, listing, surroundings);
      here.push(data);
      const holder = holders.get(lower(listed.loginServer));
      // One that is still listed has another login server now, and is no registry that moved.
      if (holder && !ids.has(lower(holder.registryId))) {
        moved.add(lower(holder.registryId));
        observed.push({ ...holder, removed: true });
      }
      // Neither the order of fields nor that of tags is a change.
      const { answeredAt, ...before }: Partial<RegistryObserved> = known.get(lower(listed.id)) ?? {};
      const isSameNetwork = before.networkAccess === data.networkAccess && before.why === data.why;
      if (!isDeepStrictEqual(before, data))
        observed.push({ ...data, answeredAt: (isSameNetwork && answeredAt) || surroundings.answeredAt });
    }
  }
  const missing = alive.filter(
    (registry) =>
      watched.has(lower(registry.subscriptionId)) &&
      lower(registry.registryId).startsWith(`/subscriptions/${lower(registry.subscriptionId)}/`) &&
      !isOther(registry) &&
      isLoginServerOf(discovery.cloud, registry.loginServer) &&
      !ids.has(lower(registry.registryId)) &&
      !moved.has(lower(registry.registryId)) &&
      !names.has(lower(registry.registryId)),
  );
  for (const registry of missing) watched.get(lower(registry.subscriptionId))?.push(registry);
  return { observed, missing, leftOut, watched };
};

/** The listed subscriptions that are new or have another name. The first discovery that lists one keeps it. */
export const subscriptionsChanged = (
  { subscriptions }: Pick<Config, 'subscriptions'>,
  { name: discovery }: ConfiguredDiscovery,
  listings: readonly Listing[],
  discoveries: readonly Pick<ConfiguredDiscovery, 'name'>[],
): readonly SubscriptionObserved[] =>
  listings.flatMap(({ subscriptionId, subscriptionName: given }) => {
    const subscriptionName = cut(given);
    const known = subscriptions[subscriptionId];
    const isKept = known && !known.removed && discoveries.some(({ name }) => name === known.discovery);
    return isKept && (known.subscriptionName === subscriptionName || known.discovery !== discovery)
      ? []
      : { subscriptionId, subscriptionName, discovery, removed: false, by: 'discovery' };
  });

const cut = (text: string): string => text.slice(0, 300);

const observedOf = (
  { id, loginServer, location, sku, tags, publicNetworkAccess, defaultAction }: ListedRegistry,
  { subscriptionId, subscriptionName }: Listing,
  { discovery, access }: Surroundings,
): RegistryObserved => {
  const closed = [
    ...(publicNetworkAccess === undefined || publicNetworkAccess === 'Enabled'
      ? []
      : [`publicNetworkAccess is ${publicNetworkAccess.slice(0, 50)}`]),
    ...(defaultAction === undefined || defaultAction === 'Allow'
      ? []
      : [`networkRuleSet.defaultAction is ${defaultAction.slice(0, 50)}`]),
  ];
  const why = [...closed, ...(tags ? [] : [`its tags have more than ${mostTagBytes} bytes and are left out`])];
  return {
    registryId: id,
    loginServer,
    subscriptionId,
    subscriptionName: cut(subscriptionName),
    location: cut(location),
    sku: cut(sku),
    cloud: discovery.cloud.name,
    networkAccess: closed.length === 0 ? 'public' : 'restricted',
    ...(closed.length > 0 && discovery.assessesRestricted ? { assessesRestricted: true } : {}),
    plainHttp: false,
    allowAddresses: [...discovery.allowAddresses],
    tags: { ...tags },
    ...(access === undefined ? {} : { access }),
    discovery: discovery.name,
    removed: false,
    by: 'discovery',
    ...(why.length === 0 ? {} : { why: why.join('; ') }),
  };
};
