import { isDeepStrictEqual } from 'node:util';
import { isShutOff, type RegistryObserved } from '@assay/events';
import { systemClock, type Clock, type ConfigFollower as Followed, type Observer } from '@assay/event-sourcing';
import type { EventLog } from '@assay/messaging';
import {
  givenName,
  mayFind,
  roleRemedy,
  RegistryError,
  withDeadline,
  type ConfiguredDiscovery,
  type ConfiguredRegistry,
  type Discoveries,
  type ListedSubscription,
  type ResourceManager,
} from '@assay/registry';
import { gauge } from '@assay/telemetry';
import type { Config, HeldSweep, ListingOutcome, SweepOutcome } from '../domain/state.ts';
import { accessOf, announceObserved, announceSubscriptions, letGo, subscriptionsLetGo } from '../registry/announce.ts';
import { appendOutcome, handful, orderOf, type OutcomeEntry } from '../registry/held.ts';
import { isSwept } from '../registry/sweeper.ts';
import { changesOf, mostRegistries, subscriptionsChanged, type ListedChanges, type Listing } from './changes.ts';
import { everySubscription, listingKey, standingsOf } from './outcomes.ts';
import { registryErrorOf, type Webhooks } from './webhooks.ts';

type Asked = Pick<
  ResourceManager,
  'subscriptions' | 'registries' | 'isGone' | 'webhooks' | 'callbackOf' | 'writeWebhook' | 'close'
>;

export interface ListerPorts {
  readonly log: EventLog;
  readonly config: Followed<Config>;
  readonly discoveries: Discoveries;
  readonly webhooks: Webhooks;
  readonly configured: readonly ConfiguredRegistry[];
  readonly connect: (discovery: ConfiguredDiscovery) => Asked;
  /** Partition numbers owned here: one instance lists for the whole installation. */
  readonly owned: () => readonly number[];
  /** Called for each registry that can be swept from now on. */
  readonly opened: (loginServer: string) => void;
  readonly observer: Pick<Observer, 'failed'>;
  /** The share of a subscription's registries, in percent, that may go without an order. */
  readonly deletesPercent: number;
  readonly clock?: Clock | undefined;
}

/** The owner of this partition lists. */
const partition = 0;
/** Longest pause between two looks at the setting, ms: another owner, and a changed file, take effect within it. */
const longestPauseMs = 60_000;
const listingMs = 10 * 60_000;
/** Longest work on the webhooks of a discovery, or of what the setting let go, ms. */
const webhooksMs = { listed: 10 * 60_000, letGo: 60_000 };
const mostSubscriptions = 500;
/** Whole listings in a row that must lack a registry. */
const listingsWithout = 2;
/** Most left-out registries that an outcome names. */
const mostNamed = 50;

/** Finds the registries of subscriptions by Azure Resource Manager, at intervals. */
export class Lister {
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  /** When each discovery is due, by name, ms since the epoch. */
  readonly #dueAt = new Map<string, number>();
  /** Whole listings in a row of a discovery that lacked a registry. In memory: a restart removes nothing early. */
  readonly #without = new Map<string, number>();
  /** The last listing of each subscription by this instance, ms since the epoch, by the key of its outcomes. */
  readonly #listedAt = new Map<string, number>();
  /** The subscription of each discovery that failed first in its last listing. */
  readonly #stuck = new Map<string, string>();
  readonly #fingerprints = new Map<string, Promise<string | undefined>>();
  /** Ids of the orders that were followed. */
  readonly #orders = new Set<string>();
  /** The discoveries as they were at the last look: their identities remove the webhooks of what is let go. */
  #before: readonly ConfiguredDiscovery[] = [];
  #unwatch: readonly (() => void)[] = [];
  #stop: (() => void) | undefined;
  #working: Promise<void> | undefined;
  #error: string | undefined;

  constructor(private readonly ports: ListerPorts) {
    this.#clock = ports.clock ?? systemClock;
  }

  start(): void {
    const { config } = this.ports;
    this.#unwatch = [
      config.watch(() => this.#followOrders()),
      gauge('discovery.failing', 'ingestion').watch((observe) => {
        for (const discovery of this.#isOwner() ? this.#before : [])
          observe(standingsOf(config.value, [discovery]).filter(({ state }) => state === 'failed').length, {
            discovery: discovery.name,
          });
      }),
    ];
    this.#wait(1000);
  }

  /** An order, which any instance may have taken, has all listed at once. */
  #followOrders(): void {
    const orders = Object.entries(this.ports.config.value.held).flatMap(([key, { order }]) =>
      order && key.startsWith('discovery/') && !this.#orders.has(order.id) ? order.id : [],
    );
    if (orders.length === 0 || !this.#isOwner()) return;
    for (const id of orders) this.#orders.add(id);
    this.#dueAt.clear();
    if (!this.#working) this.#wait(0);
  }

  #wait(ms: number): void {
    this.#stop?.();
    if (this.#abort.signal.aborted) return;
    this.#stop = this.#clock.after(ms, () => {
      this.#working = this.tick().finally(() => {
        this.#working = undefined;
        const next = Math.min(...this.#dueAt.values()) - this.#clock.now();
        this.#wait(Math.min(longestPauseMs, Math.max(1000, next)));
      });
    });
  }

  /** Lists what is due, if this instance is the one that does. */
  async tick(): Promise<void> {
    const { discoveries, configured, config } = this.ports;
    if (!this.#isOwner()) {
      this.#dueAt.clear();
      this.#without.clear();
      this.#listedAt.clear();
      return;
    }
    const current = discoveries.current;
    if (discoveries.error !== undefined && discoveries.error !== this.#error)
      this.#failedOperation('reading ASSAY_DISCOVERY', new Error(discoveries.error));
    this.#error = discoveries.error;
    try {
      const gone = letGo(config.value, configured, current);
      await announceSubscriptions(this.ports.log, subscriptionsLetGo(config.value, current));
      await this.#withdraw(gone, [...current, ...this.#before]);
      // A changed setting counts at once: another discovery takes over what one had that is gone.
      if (!isDeepStrictEqual(this.#before, current)) this.#dueAt.clear();
      this.#before = current;
      if (gone.length > 0) await this.#publish(gone.map((registry) => ({ ...registry, removed: true })));
      for (const discovery of current) {
        const now = this.#clock.now();
        if (now < (this.#dueAt.get(discovery.name) ?? 0) || this.#abort.signal.aborted) continue;
        // One that fails to be recorded neither stops the others, nor is listed again at once.
        this.#dueAt.set(discovery.name, now + discovery.intervalSeconds * 1000);
        try {
          const retryAfterMs = await this.#list(discovery);
          const due = Math.max(now + discovery.intervalSeconds * 1000, this.#clock.now() + retryAfterMs);
          // An order that came meanwhile made all due.
          if (this.#dueAt.has(discovery.name)) this.#dueAt.set(discovery.name, due);
        } catch (error) {
          this.#failedOperation('listing registries', error);
        }
      }
    } catch (error) {
      this.#failedOperation('listing registries', error);
    }
    for (const name of this.#dueAt.keys()) if (!current.some((each) => each.name === name)) this.#dueAt.delete(name);
  }

  /** The last listing of a subscription, ms since the epoch. Undefined on an instance that does not list. */
  listedAt(key: string): number | undefined {
    return this.#listedAt.get(key);
  }

  #isOwner(): boolean {
    return this.ports.owned().includes(partition) && !this.#abort.signal.aborted;
  }

  /** @returns the pause that was asked for, ms */
  async #list(discovery: ConfiguredDiscovery): Promise<number> {
    const manager = this.ports.connect(discovery);
    const failures = new Map<string, RegistryError>();
    try {
      const listed = await withDeadline(listingMs, [this.#abort.signal], async (signal) => {
        const { listings, orphans } = await this.#read(discovery, manager, failures, signal);
        const access = await this.#fingerprint(discovery);
        const { log, configured, config } = this.ports;
        const changes = changesOf(listings, {
          discovery,
          access,
          names: new Set(this.#before.map(({ name }) => name)),
          configured,
          known: config.value.byId,
          answeredAt: new Date(this.#clock.now()).toISOString(),
        });
        const gone = await this.#gone(discovery, changes, manager, failures, signal);
        if (!this.#isOwner()) return undefined;
        await announceSubscriptions(log, subscriptionsChanged(config.value, discovery, listings, this.#before));
        const { held } = config.value;
        const holdOf = (id: string): HeldSweep | undefined => held[listingKey(discovery.name, id)];
        const released = new Map([...gone].filter(([id, each]) => this.#mayGo(holdOf(id), id, each, changes)));
        await this.#publish([...changes.observed, ...[...released.values()].flat().map(withoutIt), ...orphans]);
        for (const { subscriptionId: id } of listings)
          await this.#settled(discovery, id, changes, gone.get(id) ?? [], released.has(id), holdOf(id));
        return { listings, changes, released };
      });
      if (!listed) return 0;
      const { listings, changes, released } = listed;
      const pauses = [...failures.values()].map(({ retryAfterMs = 0 }) => retryAfterMs);
      const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(webhooksMs.listed)]);
      for (const listing of listings) {
        const { retryAfterMs, isWhole, ...now } = await this.#webhooks(discovery, listing, changes, manager, signal);
        if (!this.#isOwner()) return 0;
        pauses.push(retryAfterMs);
        const { webhooks, withoutWebhook = [] } = this.#lastOf(discovery, listing.subscriptionId)?.listing ?? {};
        const kept = isWhole ? now : webhooks === undefined ? {} : { webhooks, withoutWebhook };
        const gone = released.get(listing.subscriptionId)?.length ?? 0;
        await this.#concluded(discovery, listing, changes, gone, failures, discovery.webhooks ? kept : {});
      }
      for (const [id, error] of failures) await this.#failedToList(discovery, id, error);
      return Math.max(0, ...pauses);
    } finally {
      await manager.close();
    }
  }

  /** Keeps a webhook in each registry of a listing that is swept, if the discovery has webhooks, and in no other. */
  #webhooks(
    discovery: ConfiguredDiscovery,
    { subscriptionId, registries }: Listing,
    { watched, missing }: ListedChanges,
    manager: Asked,
    signal: AbortSignal,
  ) {
    const declared = new Set(this.ports.configured.map(({ registryId }) => registryId.toLowerCase()));
    const here = (watched.get(subscriptionId) ?? []).filter((registry) => !missing.includes(registry));
    const kept = [
      ...here.map((registry) => ({ ...registry, wanted: discovery.webhooks && isSwept(registry) })),
      ...registries
        .filter(({ id }) => declared.has(id.toLowerCase()))
        .map((registry) => ({ ...registry, registryId: registry.id, wanted: false })),
    ];
    return this.ports.webhooks.keep(manager, kept, signal);
  }

  /** Removes the webhooks of registries that the setting lets go, as far as an identity for it is known here. */
  async #withdraw(gone: readonly RegistryObserved[], discoveries: readonly ConfiguredDiscovery[]): Promise<void> {
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(webhooksMs.letGo)]);
    for (const [name, registries] of Map.groupBy(gone, ({ discovery }) => discovery)) {
      const discovery = discoveries.find((each) => each.name === name);
      if (!discovery) continue;
      const manager = this.ports.connect(discovery);
      const kept = registries.map((registry) => ({ ...registry, wanted: false }));
      try {
        await this.ports.webhooks.keep(manager, kept, signal);
      } finally {
        await manager.close();
      }
    }
  }

  /** Reads all subscriptions of a discovery. Each failure concerns its own only. */
  async #read(
    discovery: ConfiguredDiscovery,
    manager: Asked,
    failures: Map<string, RegistryError>,
    signal: AbortSignal,
  ): Promise<{ readonly listings: Listing[]; readonly orphans: readonly RegistryObserved[] }> {
    const { name, subscriptions } = discovery;
    const seen = new Map<string, ListedSubscription>();
    const listed = standingsOf(this.ports.config.value, [discovery]).map(({ subscriptionId }) => subscriptionId);
    const wanted = new Set(subscriptions === 'all' ? listed.filter((id) => id !== everySubscription) : subscriptions);
    try {
      for await (const each of manager.subscriptions(signal)) {
        if (subscriptions !== 'all' && !wanted.has(each.subscriptionId)) continue;
        if (seen.size === mostSubscriptions) throw tooMany(mostSubscriptions, 'subscriptions');
        seen.set(each.subscriptionId, each);
        if (subscriptions === 'all') wanted.add(each.subscriptionId);
      }
      if (subscriptions === 'all') await this.#reached(discovery, everySubscription, `${seen.size} are seen`);
    } catch (error) {
      for (const id of [...(subscriptions === 'all' ? [everySubscription] : []), ...wanted])
        failures.set(id, registryErrorOf(error));
      return { listings: [], orphans: [] };
    }
    const listings: Listing[] = [];
    let room = mostRegistries;
    // One that fails comes last the next time, so that it keeps the others from being listed once only.
    const order = [...wanted];
    const from = order.indexOf(this.#stuck.get(name) ?? '') + 1;
    this.#stuck.delete(name);
    for (const subscriptionId of [...order.slice(from), ...order.slice(0, from)]) {
      const paused = pausedBy(failures);
      if (paused) {
        failures.set(subscriptionId, paused);
        continue;
      }
      try {
        const subscription = seen.get(subscriptionId);
        if (!subscription || ['Disabled', 'Deleted'].includes(subscription.state))
          throw unseen(discovery, subscriptionId, subscription);
        const registries = [];
        for await (const registry of manager.registries(subscriptionId, signal)) {
          if (registries.length === room) throw tooMany(mostRegistries, `registries in ${name}`);
          registries.push(registry);
        }
        room -= registries.length;
        listings.push({ subscriptionId, subscriptionName: this.#nameOf(subscription), registries });
      } catch (error) {
        failures.set(subscriptionId, registryErrorOf(error));
        if (!this.#stuck.has(name)) this.#stuck.set(name, subscriptionId);
      }
    }
    return { listings, orphans: subscriptions === 'all' ? this.#orphans(discovery, wanted) : [] };
  }

  /** Registries that were taken off ASSAY_REGISTRIES and waited for a listing of their subscription: there is none. */
  #orphans(discovery: ConfiguredDiscovery, wanted: ReadonlySet<string>): readonly RegistryObserved[] {
    const { config, configured } = this.ports;
    const ids = new Set(configured.map(({ registryId }) => registryId.toLowerCase()));
    return [...config.value.byId.values()]
      .filter(
        (each) =>
          !each.removed &&
          each.discovery === undefined &&
          !ids.has(each.registryId.toLowerCase()) &&
          !wanted.has(each.subscriptionId.toLowerCase()) &&
          !this.#before.some((other) => other.name !== discovery.name && mayFind(other, each)),
      )
      .map((each) => ({ ...each, removed: true, why: 'no discovery sees its subscription' }));
  }

  /** A name in ASSAY_REGISTRIES comes first: all registries of a subscription have the same. */
  #nameOf({ subscriptionId, displayName }: ListedSubscription): string {
    const named = this.ports.configured.filter((each) => each.subscriptionId.toLowerCase() === subscriptionId);
    return named.map(givenName).find((name) => name !== undefined) ?? displayName;
  }

  /** The missing registries that do not exist any more, by subscription. A lost right is a failure, and no removal. */
  async #gone(
    { name }: ConfiguredDiscovery,
    { missing, watched }: ListedChanges,
    manager: Asked,
    failures: Map<string, RegistryError>,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly RegistryObserved[]>> {
    const keyOf = (registryId: string): string => `${name} ${registryId}`;
    const ids = new Set(missing.map(({ registryId }) => registryId));
    for (const { registryId } of [...watched.values()].flat())
      if (!ids.has(registryId)) this.#without.delete(keyOf(registryId));
    const gone: RegistryObserved[] = [];
    for (const registry of missing) {
      const { registryId, subscriptionId } = registry;
      const times = (this.#without.get(keyOf(registryId)) ?? 0) + 1;
      this.#without.set(keyOf(registryId), times);
      if (times < listingsWithout) continue;
      const paused = pausedBy(failures);
      if (paused) {
        failures.set(subscriptionId.toLowerCase(), paused);
        continue;
      }
      try {
        if (await manager.isGone(registryId, signal)) gone.push(registry);
      } catch (error) {
        failures.set(subscriptionId.toLowerCase(), registryErrorOf(error));
      }
    }
    return Map.groupBy(gone, ({ subscriptionId }) => subscriptionId.toLowerCase());
  }

  /** True if so many registries may go at once. An order covers as many as were held. */
  #mayGo(
    hold: HeldSweep | undefined,
    subscriptionId: string,
    { length: gone }: readonly RegistryObserved[],
    { watched }: ListedChanges,
  ): boolean {
    const known = watched.get(subscriptionId)?.length ?? gone;
    if (orderOf({ gone, known }, hold)) return true;
    return gone * 100 <= known * this.ports.deletesPercent || (!hold && gone <= handful);
  }

  /** Appends the changes at once, waits until they are consumed here, and has what opened swept. */
  async #publish(observed: readonly RegistryObserved[]): Promise<void> {
    const { log, config, opened } = this.ports;
    if (observed.length === 0) return;
    const before = config.value.byId;
    await announceObserved(log, observed);
    const last = observed.at(-1);
    await config.until(
      ({ byId }) => last === undefined || isDeepStrictEqual(byId.get(last.registryId.toLowerCase()), last),
    );
    for (const registry of observed) {
      const known = before.get(registry.registryId.toLowerCase());
      if (isSwept(registry) && !(known && isSwept(known))) opened(registry.loginServer.toLowerCase());
    }
  }

  /**
   * Publishes whether removals are held, ordered or not needed any more.
   * @param hold as it was when it was decided: an order that came later is followed by the next listing
   */
  async #settled(
    { name }: ConfiguredDiscovery,
    subscriptionId: string,
    { watched, missing }: ListedChanges,
    { length: gone }: readonly RegistryObserved[],
    isReleased: boolean,
    hold: HeldSweep | undefined,
  ): Promise<void> {
    const key = listingKey(name, subscriptionId);
    const counts = { gone, known: watched.get(subscriptionId)?.length ?? 0 };
    const hasNewOrder = this.ports.config.value.held[key]?.order?.id !== hold?.order?.id;
    if (gone > 0 && !isReleased) {
      const error = new RemovalHeld(subscriptionId, counts);
      this.#failedOperation(`listing ${subscriptionId}`, error);
      if (!hasNewOrder && (!hold || hold.order || hold.gone !== gone))
        await this.#append(key, { outcome: 'held', why: error.message, ...counts });
    } else if (hold?.order && gone > 0) {
      const { id: causationid, by, why } = hold.order;
      await this.#append(key, { outcome: 'swept', by, why, ...counts }, undefined, causationid);
    } else if (hold && !missing.some((each) => each.subscriptionId.toLowerCase() === subscriptionId))
      await this.#append(key, { outcome: 'released', why: 'its registries are there' });
  }

  #lastOf({ name }: ConfiguredDiscovery, id: string): SweepOutcome | undefined {
    return this.ports.config.value.sweeps[listingKey(name, id)];
  }

  /** Publishes what a whole listing found, if it differs from the last one. */
  async #concluded(
    discovery: ConfiguredDiscovery,
    { subscriptionId, subscriptionName }: Listing,
    changes: ListedChanges,
    gone: number,
    failures: ReadonlyMap<string, RegistryError>,
    kept: Pick<ListingOutcome, 'webhooks' | 'withoutWebhook'>,
  ): Promise<void> {
    const [here, out] = [changes.watched.get(subscriptionId) ?? [], changes.leftOut.get(subscriptionId) ?? []];
    if (failures.has(subscriptionId)) return;
    const listing: ListingOutcome = {
      subscriptionName,
      registries: here.length - gone,
      restricted: here.filter(isShutOff).length,
      leftOut: out.slice(0, mostNamed),
      ...kept,
    };
    const why = `${listing.registries} watched, ${out.length} left out`;
    await this.#reached(discovery, subscriptionId, why, listing);
  }

  async #reached({ name }: ConfiguredDiscovery, id: string, why: string, listing?: ListingOutcome): Promise<void> {
    const key = listingKey(name, id);
    this.#listedAt.set(key, this.#clock.now());
    const last = this.ports.config.value.sweeps[key];
    const isKnown = last?.outcome === 'reached' && last.why === why && isDeepStrictEqual(last.listing, listing);
    if (!isKnown) await this.#append(key, { outcome: 'reached', why }, listing);
  }

  async #failedToList({ name }: ConfiguredDiscovery, id: string, error: RegistryError): Promise<void> {
    const key = listingKey(name, id);
    const why = `${error.code}: ${error.message}`;
    this.#listedAt.set(key, this.#clock.now());
    this.#failedOperation(`listing the registries of ${id}`, error);
    const last = this.ports.config.value.sweeps[key];
    if (last?.outcome !== 'failed' || last.why !== why) await this.#append(key, { outcome: 'failed', why });
  }

  #append(
    key: string,
    entry: Omit<OutcomeEntry, 'by'> & { readonly by?: string },
    listing?: ListingOutcome,
    causationid?: string,
  ): Promise<void> {
    const marks = { now: this.#clock.now(), ...(causationid === undefined ? {} : { causationid }) };
    return appendOutcome(
      this.ports.log,
      `sweep/${key}`,
      { by: 'ingestion', ...entry },
      listing ? { listing } : {},
      marks,
    );
  }

  /** Changes with the identity, so that what failed by the old one is tried again at once. */
  #fingerprint({ name, auth, cloud }: ConfiguredDiscovery): Promise<string | undefined> {
    const key = JSON.stringify([name, auth, cloud]);
    const made = this.#fingerprints.get(key) ?? accessOf({ registryId: name, auth, allowHosts: [cloud.suffix] });
    this.#fingerprints.set(key, made);
    return made;
  }

  #failedOperation(operation: string, error: unknown): void {
    if (!this.#abort.signal.aborted) this.ports.observer.failed('ingestion', operation, error);
  }

  async close(): Promise<void> {
    this.#abort.abort();
    for (const end of this.#unwatch) end();
    this.#stop?.();
    await this.#working;
  }
}

/** The failure by which Azure asked for a pause: nothing more is asked before it is over. */
const pausedBy = (failures: ReadonlyMap<string, RegistryError>): RegistryError | undefined =>
  [...failures.values()].find(({ retryAfterMs = 0 }) => retryAfterMs > 0);

const withoutIt = (registry: RegistryObserved): RegistryObserved => ({
  ...registry,
  removed: true,
  why: 'two listings lack it, and Azure Resource Manager answers 404',
});

const tooMany = (most: number, what: string): RegistryError =>
  new RegistryError('too-large', `there are more than ${most} ${what}; nothing of this is removed`);

/** Only the setting lets a subscription go: one that is not seen any more may be a right that was lost. */
const unseen = (
  discovery: ConfiguredDiscovery,
  subscriptionId: string,
  known: ListedSubscription | undefined,
): RegistryError =>
  new RegistryError(
    'unauthorized',
    known
      ? `the subscription is ${known.state}`
      : `the subscription is not seen; ${roleRemedy(discovery, `/subscriptions/${subscriptionId}`)}`,
  );

/** The error of a listing that would remove more than is plausible. */
class RemovalHeld extends Error {
  readonly code = 'removal-held';
  readonly remedy: string;

  constructor(subscriptionId: string, { gone, known }: { readonly gone: number; readonly known: number }) {
    super(`${gone} of the ${known} registries of ${subscriptionId} are gone at once; none of them is removed`);
    this.remedy =
      `if they are really gone, \`assay discovery confirm ${subscriptionId} --why …\` orders it ` +
      '(ASSAY_SWEEP_DELETES_PERCENT sets the plausible share)';
  }
}
