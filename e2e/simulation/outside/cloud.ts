import { RegistryError, type ListedRegistry, type ListedSubscription, type RegistryAccess } from '@assay/registry';
import type { Process } from '../world/process.ts';
import type { Random } from '../world/random.ts';
import { ImageRegistry } from './registry.ts';

/** The subscriptions of the cloud: no registry of the setting is in them. */
export const cloudSubscriptions = [
  '33333333-0000-0000-0000-000000000000',
  '44444444-0000-0000-0000-000000000000',
] as const;

/** The name of the discovery that lists the cloud. */
export const discoveryName = 'prod';

/** Values that Azure Resource Manager gives to a registry that answers in some networks only. */
const shut = [{ publicNetworkAccess: 'Disabled' }, { defaultAction: 'Deny' }, { publicNetworkAccess: 'NotKnownYet' }];
const perPage = 2;
/** Chance of a request to fail before all is well, and of a right to be lost. */
const failingShare = 0.15;

/** A registry of the cloud. Its id changes when it is moved. */
export interface CloudRegistry {
  readonly images: ImageRegistry;
  network: (typeof shut)[number] | undefined;
  /** True while a right to see it is lacking: listings leave it out, and a request for it answers 403. */
  isHidden: boolean;
  /** True if it was open at any time. */
  wasOpen: boolean;
}

/** Azure Resource Manager and its registries, as they really are. */
export class SimulatedCloud {
  /** Those that exist. */
  readonly registries: CloudRegistry[] = [];
  /** All that ever existed. */
  readonly all: CloudRegistry[] = [];
  /** Servers outside of the cloud, to which forged events lead. */
  readonly foreign: ImageRegistry[] = [];
  readonly states = new Map<string, 'Enabled' | 'Disabled' | 'unseen'>();
  isWell = false;
  #made = 0;

  /** @param assesses whether the discovery has restricted registries assessed */
  constructor(
    private readonly random: Random,
    readonly assesses: boolean,
  ) {
    this.foreign = ['evilazurecr.io', 'one.azurecr.io.evil.test', 'one.azurecr.io:444'].map(
      (loginServer, at) => new ImageRegistry(idOf(cloudSubscriptions[0], `f${at}`), loginServer, cloudSubscriptions[0]),
    );
    for (let count = random.whole(2, 5); count > 0; count -= 1) this.appear();
  }

  /** Of every server, also of those that are removed. */
  get servers(): readonly ImageRegistry[] {
    return [...this.all.map(({ images }) => images), ...this.foreign];
  }

  /** Servers whose images are not to be assessed. */
  get away(): readonly ImageRegistry[] {
    const served = this.registries.filter(({ network }) => !network || this.assesses).map(({ images }) => images);
    return this.servers.filter((server) => !served.includes(server));
  }

  appear(): void {
    const subscription = this.random.pick(cloudSubscriptions);
    const name = `r${(this.#made += 1)}`;
    const network = this.random.chance(0.5) ? this.random.pick(shut) : undefined;
    const images = new ImageRegistry(idOf(subscription, name), `${name}.azurecr.io`, subscription);
    const registry = { images, network, isHidden: false, wasOpen: !network };
    this.registries.push(registry);
    this.all.push(registry);
  }

  close(registry: CloudRegistry): void {
    registry.network = this.random.pick(shut);
  }

  open(registry: CloudRegistry): void {
    Object.assign(registry, { network: undefined, wasOpen: true });
  }

  /** Into another resource group: another id with the same login server. */
  move({ images }: CloudRegistry): void {
    images.registryId = idOf(images.subscriptionId, images.loginServer.replace(/\..*/, ''), `g${(this.#made += 1)}`);
  }

  vanish(registry: CloudRegistry): void {
    this.registries.splice(this.registries.indexOf(registry), 1);
    registry.images.isGone = true;
  }

  heal(): void {
    this.isWell = true;
    this.states.clear();
    for (const registry of this.registries) registry.isHidden = false;
  }

  subscriptions(): ListedSubscription[] {
    this.#answer();
    return cloudSubscriptions.flatMap((subscriptionId) => {
      const state = this.states.get(subscriptionId) ?? 'Enabled';
      return state === 'unseen' ? [] : { subscriptionId, displayName: 'Cloud', state };
    });
  }

  page(subscriptionId: string, at: number): { readonly listed: ListedRegistry[]; readonly isLast: boolean } {
    this.#answer();
    const all = this.registries.filter(({ images, isHidden }) => images.subscriptionId === subscriptionId && !isHidden);
    const listed = all
      .slice(at * perPage, (at + 1) * perPage)
      .map(({ images: { registryId, loginServer }, network }): ListedRegistry => ({
        id: registryId,
        loginServer,
        location: 'here',
        sku: 'Standard',
        tags: {},
        publicNetworkAccess: 'Enabled',
        ...network,
      }));
    return { listed, isLast: (at + 1) * perPage >= all.length };
  }

  isGone(registryId: string): boolean {
    this.#answer();
    const found = this.registries.find(({ images }) => images.registryId === registryId);
    if (found?.isHidden) throw new RegistryError('unauthorized', 'it answered 403');
    return found === undefined;
  }

  #answer(): void {
    if (this.isWell || !this.random.chance(failingShare)) return;
    const retryAfterMs = this.random.between(500, 5000);
    throw this.random.pick([
      new RegistryError('unauthorized', 'it answered 403'),
      new RegistryError('rate-limited', 'it answered 429', { retryAfterMs }),
      new RegistryError('aborted', 'the connection was cut'),
    ]);
  }
}

const idOf = (subscription: string, name: string, group = 'rg'): string =>
  `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.ContainerRegistry/registries/${name}`;

/** Receives what a process has learned, and whom it has asked. */
export interface CloudWitness {
  /** A listing that was read to its end. */
  listed(process: Process, subscriptionId: string, ids: readonly string[]): void;
  /** An id of which Azure Resource Manager answered 404. */
  missed(registryId: string): void;
  /** A request to a registry, with what the service uses to reach it. */
  asked(process: Process, access: Pick<RegistryAccess, 'loginServer' | 'auth'>): void;
}

/** Azure Resource Manager, as one process sees it. */
export class CloudCalls {
  constructor(
    private readonly cloud: SimulatedCloud,
    private readonly process: Process,
    private readonly witness: CloudWitness,
  ) {}

  async *subscriptions(_signal?: AbortSignal): AsyncGenerator<ListedSubscription> {
    yield* await this.#request('subscriptions', () => this.cloud.subscriptions());
  }

  async *registries(subscriptionId: string, _signal?: AbortSignal): AsyncGenerator<ListedRegistry> {
    const ids: string[] = [];
    for (let [at, isOver] = [0, false]; !isOver; at += 1) {
      const { listed, isLast } = await this.#request('registries', () => this.cloud.page(subscriptionId, at));
      ids.push(...listed.map(({ id }) => id));
      yield* listed;
      isOver = isLast;
    }
    this.witness.listed(this.process, subscriptionId, ids);
  }

  async isGone(registryId: string, _signal?: AbortSignal): Promise<boolean> {
    const isGone = await this.#request('registry', () => this.cloud.isGone(registryId));
    if (isGone) this.witness.missed(registryId);
    return isGone;
  }

  /** No discovery of a schedule has webhooks. */
  webhooks(): Promise<never> {
    return Promise.reject(new TypeError('a webhook was asked for'));
  }
  readonly callbackOf = this.webhooks;
  readonly writeWebhook = this.webhooks;

  close(): Promise<void> {
    return Promise.resolve();
  }

  #request<T>(operation: string, effect: () => T): Promise<T> {
    return this.process.orEnded(
      this.process.call('arm', `arm ${operation}`, effect).catch((error: unknown) => {
        throw error instanceof RegistryError ? error : new RegistryError('unreachable', 'it did not answer');
      }),
    );
  }
}
