import type { HttpClient } from '@azure/core-rest-pipeline';
import type {
  CallbackConfig,
  ContainerRegistryManagementClient,
  Registry,
  Webhook,
  WebhookCreateParameters,
} from '@azure/arm-containerregistry';
import { request, type Dispatcher } from 'undici';
import { discard, gathered } from '../access/bodies.ts';
import { agentTo } from '../access/connect.ts';
import { Entra } from '../access/entra.ts';
import { failureOf } from '../access/failure.ts';
import type { RegistryNetwork } from '../access/network.ts';
import { defaultRetry, retried, type RetryPolicy } from '../access/retry.ts';
import { withRegistryErrors } from '../acr/official.ts';
import { withDeadline } from '../client/deadline.ts';
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
  /** Absent if they have more than 4 KiB. */
  readonly tags?: Readonly<Record<string, string>>;
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
/** Longest text that is kept, in characters: a name of a registry or a subscription is shorter. */
const mostText = 1000;
/** Bytes of the tags of one registry, beyond which they are left out. */
export const mostTagBytes = 4096;

/** Longest wait for the end of one write, ms. */
const writeMs = 30_000;

/**
 * Reads from the Azure Resource Manager of a discovery, by its identity, and writes webhooks. Each request goes to its
 * own address and follows no redirect. Each write may be repeated: it sets or removes one thing.
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
      const { value, nextLink } = documentOf((await this.#send(url, signal)).bytes);
      for (const each of value) {
        const { subscriptionId, displayName, state } = (each ?? {}) as Record<string, unknown>;
        if (typeof subscriptionId === 'string')
          yield {
            subscriptionId: subscriptionId.toLowerCase(),
            displayName: (textOf(displayName) || subscriptionId).slice(0, mostText),
            state: textOf(state),
          };
      }
      url = nextLink === undefined ? undefined : follow(nextLink);
    }
  }

  /** @throws RegistryError */
  async *registries(subscriptionId: string, signal: AbortSignal): AsyncGenerator<ListedRegistry> {
    const client = await this.#client(subscriptionId, signal, this.#pages());
    for await (const registry of withRegistryErrors(client.registries.list())) yield listedOf(registry);
  }

  /**
   * The webhooks of a registry, without address and headers.
   * @throws RegistryError
   */
  async webhooks(registryId: string, signal: AbortSignal): Promise<readonly Webhook[]> {
    const { webhooks, place } = await this.#webhooksOf(registryId, signal, this.#pages());
    const found: Webhook[] = [];
    for await (const webhook of withRegistryErrors(webhooks.list(...place))) found.push(webhook);
    return found;
  }

  /** The address and the headers of a webhook. Reading them takes the right to an action. */
  async callbackOf(registryId: string, name: string, signal: AbortSignal): Promise<CallbackConfig> {
    const { webhooks, place } = await this.#webhooksOf(registryId, signal);
    return webhooks.getCallbackConfig(...place, name);
  }

  /** Makes a webhook, or sets an existing one, or deletes it, and waits for the end. */
  async writeWebhook(
    registryId: string,
    name: string,
    webhook: WebhookCreateParameters | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    await withDeadline(writeMs, [signal], async (abortSignal) => {
      const { webhooks, place } = await this.#webhooksOf(registryId, abortSignal);
      const written = webhook ? webhooks.create(...place, name, webhook) : webhooks.delete(...place, name);
      await written.pollUntilDone({ abortSignal });
    });
  }

  async #webhooksOf(registryId: string, signal: AbortSignal, follow?: (link: string) => URL) {
    const [, , subscriptionId = '', , group = '', , , , name = ''] = registryId.split('/');
    const { webhooks } = await this.#client(subscriptionId, signal, follow);
    return { webhooks, place: [group, name] as const };
  }

  /**
   * True if a registry does not exist any more: 404. A right that was lost (403) is an error.
   * @throws RegistryError
   */
  async isGone(registryId: string, signal: AbortSignal): Promise<boolean> {
    const path = registryId.split('/').map(encodeURIComponent).join('/');
    try {
      await this.#send(new URL(`${path}?api-version=${versions.registries}`, this.#base), signal);
      return false;
    } catch (error) {
      if (error instanceof RegistryError && error.code === 'gone') return true;
      throw error;
    }
  }

  /**
   * The official client over this transport. It knows paths, paging and types; it never has a credential, and never
   * opens a connection.
   * @param follow checks the address of each page of a listing
   */
  async #client(
    subscriptionId: string,
    signal: AbortSignal,
    follow?: (link: string) => URL,
  ): Promise<ContainerRegistryManagementClient> {
    const [{ ContainerRegistryManagementClient: Client }, { createHttpHeaders }] = await Promise.all([
      import('@azure/arm-containerregistry'),
      import('@azure/core-rest-pipeline'),
    ]);
    const httpClient: HttpClient = {
      sendRequest: async (asked) => {
        const { url, method, body } = asked;
        const sent = { method, body: typeof body === 'string' ? body : null };
        const { statusCode, headers, bytes } = await this.#send(follow?.(url) ?? new URL(url), signal, sent);
        if (follow) documentOf(bytes);
        const texts = Object.entries(headers).map(([header, value]) => [header, String(value)]);
        return {
          request: asked,
          status: statusCode,
          headers: createHttpHeaders(Object.fromEntries(texts)),
          bodyAsText: bytes.toString(),
        };
      },
    };
    const none = { getToken: () => Promise.resolve({ token: 'none', expiresOnTimestamp: Infinity }) };
    return new Client(none, subscriptionId, {
      endpoint: this.#base.origin,
      httpClient,
      retryOptions: { maxRetries: 0 },
    });
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
  async #send(
    url: URL,
    signal: AbortSignal,
    sent: { readonly method: Dispatcher.HttpMethod; readonly body: string | null } = { method: 'GET', body: null },
  ): Promise<Pick<Dispatcher.ResponseData, 'statusCode' | 'headers'> & { readonly bytes: Buffer }> {
    if (url.origin !== this.#base.origin) throw new RegistryError('bad-answer', 'an address elsewhere');
    return retried(
      async () => {
        const { token } = await this.#entra.token(signal);
        const headers = {
          authorization: `Bearer ${token}`,
          'accept-encoding': 'identity',
          'user-agent': 'assay',
          ...(sent.body === null ? {} : { 'content-type': 'application/json' }),
        };
        try {
          const answer = await request(url, { ...sent, dispatcher: this.#agent, signal, headers });
          const { statusCode: status, body } = answer;
          if (status >= 300 && status < 400) {
            discard(body);
            throw new RegistryError('forbidden-redirect', `${who} redirects`);
          }
          if (status >= 400) throw this.#withRemedy(await failureOf({ ...answer, status }, least, who), url);
          return { ...answer, bytes: await gathered(body, limits.armPageBytes, least) };
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
    const role = /\/webhooks(\/|$)/.test(url.pathname) ? '"Assay Webhooks"' : 'Reader';
    return new RegistryError('unauthorized', `${failure.message}; ${roleRemedy(this.discovery, scope, role)}`, {
      cause: failure,
    });
  }
}

/** The command that gives an identity a role: by default the one that lists registries. */
export const roleRemedy = ({ auth }: ConfiguredDiscovery, scope: string, role = 'Reader'): string =>
  `the identity lacks the role ${role}: \`az role assignment create --role ${role} ` +
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
  const read = Object.fromEntries(Object.entries(tags ?? {}).map(([name, value]) => [name, textOf(value)]));
  return {
    id: textOf(id).slice(0, mostText),
    loginServer: textOf(loginServer).slice(0, mostText),
    location: textOf(location).slice(0, mostText),
    sku: textOf(sku?.name).slice(0, mostText),
    ...(Buffer.byteLength(JSON.stringify(read)) <= mostTagBytes ? { tags: read } : {}),
    // Any other type is a value that is not known, and no absent one.
    ...((publicNetworkAccess ?? undefined) === undefined ? {} : { publicNetworkAccess: String(publicNetworkAccess) }),
    ...((defaultAction ?? undefined) === undefined ? {} : { defaultAction: String(defaultAction) }),
  };
};
