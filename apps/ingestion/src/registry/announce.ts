import { createHmac, randomUUID, scrypt } from 'node:crypto';
import type { Advisories, AnyEvent, RegistryObserved, Scanner, SubscriptionObserved, Topic } from '@assay/events';
import type { ConfigFollower as Followed } from '@assay/event-sourcing';
import { recordOf, type EventLog } from '@assay/messaging';
import { mayFind, mayList, type ConfiguredDiscovery, type ConfiguredRegistry } from '@assay/registry';
import type { Config } from '../domain/state.ts';

/** An event of this service. */
export const eventOf = (
  topic: Topic,
  subject: string,
  data: object,
  { id = randomUUID(), ...marks }: Pick<Partial<AnyEvent>, 'id' | 'traceparent'> = {},
): AnyEvent => {
  return {
    ...marks,
    id,
    source: '/assay/ingestion',
    subject,
    time: new Date().toISOString(),
    correlationid: id,
    topic,
    data,
  };
};

/** Cost of one guess without the registry's secret: 32 MiB, and some tenth of a second. */
const guessed = { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 };

/**
 * A fingerprint of the credentials: if it changes, inspections that failed with the old ones are retried at once. It is
 * keyed with the registry's secret, so that no one without the secret can verify a guess. Without a secret it is
 * expensive to compute and has two bytes: enough to show a change, and next to nothing of the credentials.
 */
export const accessOf = async (
  registry: Pick<ConfiguredRegistry, 'secret' | 'registryId' | 'credentials' | 'auth' | 'allowHosts'>,
): Promise<string | undefined> => {
  const { secret, registryId, credentials, auth, allowHosts = [] } = registry;
  const text = JSON.stringify([credentials, auth, allowHosts]);
  if (secret) return createHmac('sha256', secret).update(text).digest('hex').slice(0, 12);
  if (!credentials && !auth && allowHosts.length === 0) return undefined;
  return new Promise((resolve, reject) => {
    scrypt(text, registryId.toLowerCase(), 2, guessed, (error, key) =>
      error ? reject(error) : resolve(key.toString('hex')),
    );
  });
};

const observedOf = async (configured: ConfiguredRegistry): Promise<RegistryObserved> => {
  const {
    registryId,
    loginServer,
    subscriptionId,
    subscriptionName,
    location,
    sku,
    cloud,
    networkAccess,
    plainHttp,
    allowAddresses,
    tags,
  } = configured;
  const access = await accessOf(configured);
  return {
    registryId,
    loginServer,
    subscriptionId,
    subscriptionName,
    location,
    sku,
    cloud,
    networkAccess,
    plainHttp,
    allowAddresses: [...allowAddresses],
    tags,
    ...(access ? { access } : {}),
    removed: false,
    by: 'configuration',
  };
};

/**
 * The registries that no setting names or covers any more. One that is taken off the list, and that a discovery may
 * find, waits for its listing. One whose address is on the list under another id is not found any more.
 */
export const letGo = (
  { byId }: Pick<Config, 'byId'>,
  configured: readonly Pick<ConfiguredRegistry, 'registryId' | 'loginServer'>[],
  discoveries: readonly ConfiguredDiscovery[],
): readonly RegistryObserved[] => {
  const ids = new Set(configured.map(({ registryId }) => registryId.toLowerCase()));
  const names = new Set(configured.map(({ loginServer }) => loginServer.toLowerCase()));
  return [...byId.values()].filter(
    (registry) =>
      !registry.removed &&
      !ids.has(registry.registryId.toLowerCase()) &&
      (names.has(registry.loginServer.toLowerCase()) || !discoveries.some((each) => mayFind(each, registry))),
  );
};

/** Publishes observed registries, all in one append. */
export const announceObserved = async (log: EventLog, observed: readonly RegistryObserved[]): Promise<void> => {
  const events = observed.map((data) => eventOf('registry.observed', data.registryId.toLowerCase(), data));
  await log.append(events.map((event) => recordOf(event, log.partitions)));
};

/** The subscriptions that no discovery covers any more, as removed ones. A failed listing lets none go. */
export const subscriptionsLetGo = (
  { subscriptions }: Pick<Config, 'subscriptions'>,
  discoveries: readonly ConfiguredDiscovery[],
): readonly SubscriptionObserved[] =>
  Object.values(subscriptions)
    .filter(({ removed, subscriptionId }) => !removed && !discoveries.some((by) => mayList(by, subscriptionId)))
    .map((each) => ({ ...each, removed: true }));

/** Publishes subscriptions, all in one append. */
export const announceSubscriptions = async (
  log: EventLog,
  subscriptions: readonly SubscriptionObserved[],
): Promise<void> => {
  const events = subscriptions.map((data) => eventOf('subscription.observed', data.subscriptionId, data));
  if (events.length > 0) await log.append(events.map((event) => recordOf(event, log.partitions)));
};

/** Publishes the registries that the configuration added, changed or removed. */
export const announceRegistries = async (
  log: EventLog,
  config: Followed<Config>,
  configured: readonly ConfiguredRegistry[],
  discoveries: readonly ConfiguredDiscovery[] = [],
): Promise<void> => {
  const { byId } = config.value;
  const wanted = await Promise.all(configured.map(observedOf));
  const changed = wanted.filter(
    (registry) => JSON.stringify(registry) !== JSON.stringify(byId.get(registry.registryId.toLowerCase())),
  );
  // Of what was discovered the lister lets go: it removes webhooks first.
  const gone = letGo(config.value, configured, discoveries).filter(
    ({ discovery }) => discovery === undefined || discoveries.length === 0,
  );
  await announceSubscriptions(log, subscriptionsLetGo(config.value, discoveries));
  await announceObserved(log, [...changed, ...gone.map((registry) => ({ ...registry, removed: true }))]);
};

/**
 * Publishes the decision on the images of a removed registry.
 * @param marks the id of the event, and the trace of the request
 */
export const announceRemoval = async (
  log: EventLog,
  registry: RegistryObserved,
  decided: Pick<RegistryObserved, 'removedImages' | 'by' | 'why'>,
  marks: Pick<AnyEvent, 'id' | 'traceparent'>,
): Promise<void> => {
  const data: RegistryObserved = { ...registry, ...decided };
  await log.append([
    recordOf(eventOf('registry.observed', data.registryId.toLowerCase(), data, marks), log.partitions),
  ]);
};

/** The last announcement. What it does not name is that of the ones before it. */
const lastAnnounced = async (log: EventLog): Promise<Advisories | undefined> => {
  const end = await log.end('advisories.updated', 0);
  let last: Advisories | undefined;
  for await (const { records } of log.read('advisories.updated', 0, 0, end))
    for (const { value } of records) {
      const next = JSON.parse(value) as Advisories;
      const program = next.program ?? (next.scanner === last?.scanner ? last.program : undefined);
      const lists = next.lists ?? last?.lists;
      const java = next.java ?? (next.scanner === last?.scanner ? last.java : undefined);
      last = {
        ...next,
        ...(program ? { program } : {}),
        ...(lists === undefined ? {} : { lists }),
        ...(java ? { java } : {}),
      };
    }
  return last;
};

/**
 * Publishes the advisory database, the build of the scanner, and the version of the lists of package managers and
 * shells by which images are to be assessed, if one of them differs from what was published last. A build counts until
 * another one is announced; without one, any does.
 *
 * @param advisories of the only runner, if there is one; without them, the database that was announced last counts on
 */
export const announceAdvisories = async (
  log: EventLog,
  advisories: Advisories | undefined,
  lists = 1,
): Promise<void> => {
  const last = await lastAnnounced(log);
  const next = advisories ?? last;
  if (!next) return;
  const { scanner, database, program } = next;
  const hasLists = (last?.lists ?? 1) === lists;
  const isKnown =
    last?.scanner === scanner &&
    last.database.digest === database.digest &&
    (program === undefined || last.program?.digest === program.digest) &&
    hasLists;
  if (isKnown) return;
  await append(log, { ...next, ...(hasLists ? {} : { lists }) });
};

const append = (log: EventLog, advisories: Advisories): Promise<unknown> =>
  log.append([recordOf(eventOf('advisories.updated', advisories.scanner, advisories), log.partitions)]);

/** Publishes the build by which all images are to be assessed from now on, with the database that is in use. */
export const announceBuild = async (log: EventLog, program: Scanner): Promise<void> => {
  const last = await lastAnnounced(log);
  if (last?.scanner === program.name && last.program?.digest !== program.digest)
    await append(log, { ...last, program });
};
