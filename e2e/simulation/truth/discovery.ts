import type { RegistryObserved, UsageCharged } from '@assay/events';
import type { LogRecord } from '@assay/messaging';
import type { SimulatedRecords } from '../log/records.ts';
import { cloudSubscriptions, discoveryName, type CloudWitness, type SimulatedCloud } from '../outside/cloud.ts';
import type { StoryPush } from '../story/story.ts';
import type { Process } from '../world/process.ts';

export const discoveryLaws = {
  kept: 'a discovered registry is removed only after two whole listings without it and a 404',
  shut: 'nothing of a restricted registry is charged but by assess',
  suffix: 'an identity goes to no host outside of the suffix',
  found: 'what is discovered is what the cloud has',
} as const;

type Fails = (invariant: string, detail: string) => void;

/** Whole listings that must lack a registry. */
const listingsWithout = 2;
/** Login servers below the suffix of the cloud. */
const below = /^[a-z0-9][a-z0-9-]*\.azurecr\.io$/;

/** Judges what ingestion discovers by the cloud itself, and by the answers that its processes got. */
export class DiscoveryJudge implements CloudWitness {
  /** Whole listings that lacked a registry, by process and id. */
  readonly #without = new Map<Process, Map<string, number>>();
  readonly #missed = new Set<string>();
  /** Ids that forged events gave to servers outside of the cloud, by login server. */
  readonly #forged = new Map<string, string>();
  /** All ids that registries of the cloud had. */
  readonly #ids = new Set<string>();
  /** Number of pushes before every service knew each network. */
  #pushesBefore = Infinity;

  constructor(
    private readonly cloud: SimulatedCloud,
    private readonly pushes: () => readonly StoryPush[],
    private readonly fail: Fails,
  ) {}

  listed(process: Process, subscriptionId: string, ids: readonly string[]): void {
    this.#learn();
    const without = this.#without.get(process) ?? new Map<string, number>();
    this.#without.set(process, without);
    for (const id of this.#ids)
      if (id.includes(subscriptionId)) without.set(id, ids.includes(id) ? 0 : (without.get(id) ?? 0) + 1);
  }

  missed(registryId: string): void {
    this.#missed.add(registryId);
  }

  asked({ name }: Process, { loginServer, auth }: Parameters<CloudWitness['asked']>[1]): void {
    if (auth && !below.test(loginServer)) this.fail(discoveryLaws.suffix, `${name} has asked ${loginServer}`);
  }

  appended({ topic, value, headers }: LogRecord): void {
    this.#learn();
    if (topic === 'registry.observed') this.#observed(JSON.parse(value) as RegistryObserved);
    if (topic === 'usage.charged' && headers.ce_type?.startsWith('assay.usage')) this.#charged(value);
  }

  /** From now on no network changes, and every service knows each: pushes into restricted registries are free. */
  allKnown(): void {
    this.#pushesBefore = this.pushes().length;
  }

  #learn(): void {
    for (const { images } of this.cloud.registries) this.#ids.add(images.registryId);
  }

  #observed({ registryId, loginServer, removed, by }: RegistryObserved): void {
    if (by === 'discovery' && !below.test(loginServer)) this.#forged.set(loginServer, registryId);
    if (!removed || by !== 'discovery' || !below.test(loginServer)) return;
    const holder = this.cloud.all.find(({ images }) => images.loginServer === loginServer)?.images.registryId;
    const isMoved = holder !== undefined && holder !== registryId && this.#ids.has(registryId);
    const lists = Math.max(0, ...[...this.#without.values()].map((without) => without.get(registryId) ?? 0));
    const isGone =
      lists >= listingsWithout &&
      this.#missed.has(registryId) &&
      !this.cloud.registries.some(({ images }) => images.registryId === registryId);
    if (!isMoved && !isGone)
      this.fail(
        discoveryLaws.kept,
        `${registryId} is removed; ${lists} whole listings lacked it, ` +
          `${this.#missed.has(registryId) ? 'a' : 'no'} request for it answered 404`,
      );
  }

  #charged(value: string): void {
    const { subscriptionId, digest } = JSON.parse(value) as UsageCharged;
    if (this.cloud.assesses || !(cloudSubscriptions as readonly string[]).includes(subscriptionId)) return;
    const mayCharge = this.pushes().some(({ image, registry }, at) => {
      if (![image, ...(image.children ?? [])].some((each) => each.digest === digest)) return false;
      // A forged event opens a server of its own, in a subscription that it names, under the id of a registry.
      const forged = this.#forged.get(registry.loginServer);
      if (forged?.includes(subscriptionId) || (forged && registry.subscriptionId === subscriptionId)) return true;
      if (registry.subscriptionId !== subscriptionId) return false;
      const holder = this.cloud.all.find(({ images }) => images === registry);
      return holder !== undefined && (at < this.#pushesBefore ? holder.wasOpen : !holder.network);
    });
    if (!mayCharge) this.fail(discoveryLaws.shut, `${digest.slice(0, 15)} of ${subscriptionId} is charged`);
  }
}

/** The last observation of each registry that a discovery has found. */
export const discoveredIn = (records: SimulatedRecords): RegistryObserved[] => {
  const last = new Map<string, RegistryObserved>();
  for (const { value } of records.of('registry.observed', 0)) {
    const data = JSON.parse(value) as RegistryObserved;
    last.set(data.registryId, data);
  }
  return [...last.values()].filter(({ discovery }) => discovery === discoveryName);
};

/** Differences between the discovered registries and those of the cloud. None is left once all is well. */
export const undiscovered = (records: SimulatedRecords, cloud: SimulatedCloud): string[] => {
  const textOf = (id: string, loginServer: string, access: string): string => `${id} ${loginServer} ${access}`;
  const observed = new Set(
    discoveredIn(records)
      .filter(({ removed }) => !removed)
      .map(({ registryId, loginServer, networkAccess, assessesRestricted }) =>
        textOf(registryId, loginServer, assessesRestricted ? 'assessed' : networkAccess),
      ),
  );
  const closed = cloud.assesses ? 'assessed' : 'restricted';
  const wanted = new Set(
    cloud.registries.map(({ images, network }) =>
      textOf(images.registryId, images.loginServer, network ? closed : 'public'),
    ),
  );
  return [
    ...[...observed].flatMap((each) => (wanted.has(each) ? [] : `${each} is discovered, and not what the cloud has`)),
    ...[...wanted].flatMap((each) => (observed.has(each) ? [] : `${each} is not discovered`)),
  ];
};
