import type { HttpClient } from '@azure/core-rest-pipeline';
import type { Registry } from '@azure/arm-containerregistry';
import { request, type Dispatcher } from 'undici';
import { discard, gathered } from '../access/bodies.ts';
import { agentTo } from '../access/connect.ts';
import { Entra } from '../access/entra.ts';
import { failureOf } from '../access/failure.ts';
import type { RegistryNetwork } from '../access/network.ts';
import { defaultRetry, retried, type RetryPolicy } from '../access/retry.ts';
import { withRegistryErrors } from '../acr/official.ts';
import { asRegistryError, RegistryError } from '../error.ts';
import { limits } from '../limits.ts';
import type { ConfiguredDiscovery } from './discoveries.ts';

/** A subscription as Azure Resource Manager lists it. */
export interface ListedSubscription {
  /** Lower case. */
  readonly subscriptionId: string;
  readonly displayName: string;
  /** `Enabled`, `Warned`, `PastDue`, `Disabled` or `Deleted`. */
  readonly state: string;
}

/** A registry as Azure Resource Manager lists it. No text of it is checked. */
export interface ListedRegistry {
  readonly id: string;
  readonly loginServer: string;
  readonly location: string;
  readonly sku: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Absent if it is not stated. */
  readonly publicNetworkAccess?: string;
  /** The default of the rules for its network. */
  readonly defaultAction?: string;
}

export interface ResourceManagerOptions {
  readonly network?: RegistryNetwork | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
}

const versions = { subscriptions: '2022-12-01', registries: '2025-11-01' };
const least = { bytesPerSecond: 1024, overMs: 10_000 };
const who = 'Azure Resource Manager';

/**
 * Reads from the Azure Resource Manager of a discovery, by its identity. Each request goes to its own address, is a GET
 * and follows no redirect.
 */
export class ResourceManager {
  readonly #base: URL;
  readonly #agent: Dispatcher;
  readonly #entra: Entra;
  readonly #retry: RetryPolicy;

  constructor(
    private readonly discovery: ConfiguredDiscovery,
    { network, retry }: ResourceManagerOptions = {},
  ) {
    const { cloud, auth, allowAddresses } = discovery;
    this.#base = new URL(cloud.resourceManager);
    this.#agent = agentTo({ loginServer: this.#base.host, plainHttp: false, allowAddresses }, network);
    this.#entra = new Entra(auth, network?.authorities?.pems, cloud.audience);
    this.#retry = { ...defaultRetry, ...retry };
  }

  /**
   * The subscriptions that the identity sees. No official client for them is installed.
   * @throws RegistryError
   */
  async *subscriptions(signal: AbortSignal): AsyncGenerator<ListedSubscription> {
    const follow = this.#pages();
    let url: URL | undefined = follow(`/subscriptions?api-version=${versions.subscriptions}`);
    while (url) {
      const { value, nextLink } = documentOf(await this.#get(url, signal));
      for (const each of value) {
        const { subscriptionId, displayName, state } = (each ?? {}) as Record<string, unknown>;
        if (typeof subscriptionId === 'string')
          yield {
            subscriptionId: subscriptionId.toLowerCase(),
            displayName: textOf(displayName) || subscriptionId,
            state: textOf(state),
          };
      }
      url = nextLink === undefined ? undefined : follow(nextLink);
    }
  }

  /**
   * The registries of a subscription, by the official client. It knows paths, paging and types; it never has a
   * credential, and never opens a connection.
   * @throws RegistryError
   */
  async *registries(subscriptionId: string, signal: AbortSignal): AsyncGenerator<ListedRegistry> {
    const [{ ContainerRegistryManagementClient }, { createHttpHeaders }] = await Promise.all([
      import('@azure/arm-containerregistry'),
      import('@azure/core-rest-pipeline'),
    ]);
    const follow = this.#pages();
    const httpClient: HttpClient = {
      sendRequest: async (asked) => {
        const bytes = await this.#get(follow(asked.url), signal);
        documentOf(bytes);
        const headers = createHttpHeaders({ 'content-type': 'application/json' });
        return { request: asked, status: 200, headers, bodyAsText: bytes.toString() };
      },
    };
    const none = { getToken: () => Promise.resolve({ token: 'none', expiresOnTimestamp: Infinity }) };
    const client = new ContainerRegistryManagementClient(none, subscriptionId, {
      endpoint: this.#base.origin,
      httpClient,
      retryOptions: { maxRetries: 0 },
    });
    for await (const registry of withRegistryErrors(client.registries.list())) yield listedOf(registry);
  }

  /**
   * True if a registry does not exist any more: 404. A right that was lost (403) is an error.
   * @throws RegistryError
   */
  async isGone(registryId: string, signal: AbortSignal): Promise<boolean> {
    const path = registryId.split('/').map(encodeURIComponent).join('/');
    try {
      await this.#get(new URL(`${path}?api-version=${versions.registries}`, this.#base), signal);
      return false;
    } catch (error) {
      if (error instanceof RegistryError && error.code === 'gone') return true;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  /** Checks each page of one listing: on this host, no page twice, and an end. */
  #pages(): (link: string) => URL {
    const visited = new Set<string>();
    return (link) => {
      const url = URL.parse(link, this.#base.href);
      if (url?.origin !== this.#base.origin || url.username || url.password)
        throw new RegistryError('bad-answer', 'a next page elsewhere');
      if (visited.has(url.href) || visited.size === limits.pages)
        throw new RegistryError('bad-answer', 'a listing without end');
      visited.add(url.href);
      return url;
    };
  }

  /** The only way out for a token: to the host of the cloud alone, also by an id that an event made up. */
  async #get(url: URL, signal: AbortSignal): Promise<Buffer> {
    if (url.origin !== this.#base.origin) throw new RegistryError('bad-answer', 'an address elsewhere');
    return retried(
      async () => {
        const { token } = await this.#entra.token(signal);
        const headers = { authorization: `Bearer ${token}`, 'accept-encoding': 'identity', 'user-agent': 'assay' };
        try {
          const answer = await request(url, { dispatcher: this.#agent, signal, headers });
          const { statusCode: status, body } = answer;
          if (status >= 300 && status < 400) {
            discard(body);
            throw new RegistryError('forbidden-redirect', `${who} redirects`);
          }
          if (status !== 200) throw this.#withRemedy(await failureOf({ ...answer, status }, least, who), url);
          return await gathered(body, limits.armPageBytes, least);
        } catch (error) {
          throw asRegistryError(error);
        }
      },
      this.#retry,
      signal,
    );
  }

  /** Names the right that is missing, and the command that grants it. */
  #withRemedy(failure: RegistryError, url: URL): RegistryError {
    if (failure.code !== 'unauthorized') return failure;
    const scope = /^\/subscriptions\/[^/]+/.exec(url.pathname)?.[0] ?? '/subscriptions/…';
    return new RegistryError('unauthorized', `${failure.message}; ${readerRemedy(this.discovery, scope)}`, {
      cause: failure,
    });
  }
}

/** The command that lets an identity list registries. */
export const readerRemedy = ({ auth }: ConfiguredDiscovery, scope: string): string =>
  'the identity lacks the role Reader: `az role assignment create --role Reader ' +
  `--assignee ${auth.clientId ?? '"$PRINCIPAL_ID"'} --scope ${scope}\``;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const documentOf = (bytes: Buffer): { readonly value: readonly unknown[]; readonly nextLink?: string } => {
  const wrong = (): never => {
    throw new RegistryError('bad-answer', `${who} answered no list`);
  };
  try {
    const { value, nextLink } = JSON.parse(bytes.toString()) as { value?: unknown; nextLink?: unknown };
    // An empty or absent link ends a listing; any other form of it could hide the rest.
    if (!Array.isArray(value) || !['string', 'undefined'].includes(typeof (nextLink ?? undefined))) return wrong();
    return { value, ...(nextLink ? { nextLink: nextLink as string } : {}) };
  } catch {
    return wrong();
  }
};

const listedOf = (registry: Registry): ListedRegistry => {
  const { id, location, tags, sku, loginServer, publicNetworkAccess, networkRuleSet } = registry;
  const { defaultAction } = networkRuleSet ?? {};
  return {
    id: textOf(id),
    loginServer: textOf(loginServer),
    location: textOf(location),
    sku: textOf(sku?.name),
    tags: Object.fromEntries(Object.entries(tags ?? {}).map(([name, value]) => [name, textOf(value)])),
    // Any other type is a value that is not known, and no absent one.
    ...((publicNetworkAccess ?? undefined) === undefined ? {} : { publicNetworkAccess: String(publicNetworkAccess) }),
    ...((defaultAction ?? undefined) === undefined ? {} : { defaultAction: String(defaultAction) }),
  };
};
