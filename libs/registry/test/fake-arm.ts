import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Registry, WebhookPropertiesCreateParameters } from '@azure/arm-containerregistry';
import { onTestFinished } from 'vitest';
import { respond } from './fake-acr.ts';

/** A registry in the form of the official package's model, as it lies on the wire. */
export interface HeldRegistry {
  id: string;
  location: string;
  sku: Registry['sku'];
  tags?: Record<string, string>;
  properties: {
    loginServer: string;
    publicNetworkAccess?: string;
    networkRuleSet?: { defaultAction: string };
  };
}

/** A webhook in the form of the official package's model. A listing lacks its address and headers. */
export interface HeldWebhook {
  location: string;
  properties: WebhookPropertiesCreateParameters;
}

export interface HeldSubscription {
  displayName: string;
  state: string;
  registries: HeldRegistry[];
  /** Answers 403, as to an identity without a role. */
  forbidden?: boolean;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const scope = new RegExp(
  /^\/subscriptions\/([^/]+)/.source +
    /(?:\/providers\/Microsoft\.ContainerRegistry\/registries|(\/resourceGroups\/.+))$/.source,
  'i',
);
const ofWebhooks = /^(.+)\/webhooks(?:\/([a-z0-9]{5,50})(\/getCallbackConfig)?)?$/i;

export const armAudience = 'https://arm.cloud.test';

/** A registry of a subscription, with the id and the login server of its name. */
export const heldRegistry = (
  subscriptionId: string,
  name: string,
  {
    suffix = '.cloud.test',
    group = 'rg',
    ...properties
  }: Partial<HeldRegistry['properties']> & {
    suffix?: string;
    group?: string;
  } = {},
): HeldRegistry => ({
  id:
    `/subscriptions/${subscriptionId}/resourceGroups/${group}` +
    `/providers/Microsoft.ContainerRegistry/registries/${name}`,
  location: 'westeurope',
  sku: { name: 'Premium' },
  tags: { team: name },
  properties: { loginServer: `${name}${suffix}`, publicNetworkAccess: 'Enabled', ...properties },
});

/** Azure Resource Manager: subscriptions, and the registries of each in pages. */
export class FakeArm {
  readonly subscriptions: Record<string, HeldSubscription> = {};
  /** By the id of the registry in lower case, then by name. */
  readonly webhooks: Record<string, Record<string, HeldWebhook>> = {};
  /** Most webhooks of a registry. */
  webhookQuota = 500;
  /** The address at which a write of a webhook is followed, if it does not end at once. */
  follow: string | undefined;
  /** The operations that write, to webhooks. */
  readonly written: string[] = [];
  /** Accepted Entra tokens. */
  readonly knows = new Set<string>();
  /** Requests, without their host. */
  readonly requests: string[] = [];
  /** Tokens that it was sent and does not know. */
  readonly strangers: string[] = [];
  pageSize = 2;
  readonly #answers = new Map<string, Answer[]>();

  private constructor(private readonly server: ReturnType<typeof createServer>) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#serve(request, response));
  }

  /** Until the end of the test. */
  static async start(tls: { cert: string; key: string }): Promise<FakeArm> {
    const arm = new FakeArm(createServer(tls));
    await once(arm.server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => {
      arm.server.closeAllConnections();
      arm.server.close();
    });
    return arm;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Answers the next requests for a path in these ways, then as ever. */
  answer(path: string, ...answers: Answer[]): void {
    this.#answers.set(path.toLowerCase(), answers);
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams, origin } = new URL(request.url!, `https://${request.headers.host}`);
    this.requests.push(request.url!);
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const refuse = (status: number, code: string): void =>
      respond(response, status, { error: { code, message: code } });
    if (!this.knows.has(token)) {
      this.strangers.push(token);
      return refuse(401, 'InvalidAuthenticationToken');
    }
    const next = this.#answers.get(pathname.toLowerCase())?.shift();
    if (next) return next(request, response);
    if (!searchParams.has('api-version')) return refuse(400, 'MissingApiVersionParameter');
    const paged = (all: readonly object[]): void => {
      const from = Number(searchParams.get('$skiptoken') ?? 0);
      const to = from + this.pageSize;
      const link = new URL(request.url!, origin);
      link.searchParams.set('$skiptoken', String(to));
      const value = all.slice(from, to);
      respond(response, 200, { value, ...(to < all.length ? { nextLink: link.href } : {}) });
    };
    if (pathname === '/subscriptions')
      return paged(
        Object.entries(this.subscriptions)
          .filter(([, { forbidden }]) => !forbidden)
          .map(([subscriptionId, { displayName, state }]) => ({
            id: `/subscriptions/${subscriptionId}`,
            subscriptionId,
            displayName,
            state,
          })),
      );
    const [, id = '', one] = scope.exec(pathname) ?? [];
    const subscription = this.subscriptions[id];
    if (!subscription) return refuse(404, 'SubscriptionNotFound');
    if (subscription.forbidden) return refuse(403, 'AuthorizationFailed');
    const type = 'Microsoft.ContainerRegistry/registries';
    const shown = subscription.registries.map((each) => ({ ...each, name: each.id.split('/').at(-1), type }));
    if (one === undefined) return paged(shown);
    const webhooks = ofWebhooks.exec(decodeURIComponent(pathname));
    if (webhooks) return void this.#serveWebhooks(webhooks, request, response, paged, refuse);
    const found = shown.find((each) => each.id.toLowerCase() === decodeURIComponent(pathname).toLowerCase());
    return found ? respond(response, 200, found) : refuse(404, 'ResourceNotFound');
  }

  async #serveWebhooks(
    [, registry = '', name, callback]: RegExpExecArray,
    request: IncomingMessage,
    response: ServerResponse,
    paged: (all: readonly object[]) => void,
    refuse: (status: number, code: string) => void,
  ): Promise<void> {
    const held = (this.webhooks[registry.toLowerCase()] ??= {});
    const type = 'Microsoft.ContainerRegistry/registries/webhooks';
    const shown = (each: string): object => {
      const { location, properties } = held[each]!;
      const { status, scope, actions } = properties;
      const left = { status, scope, actions, provisioningState: 'Succeeded' };
      return { id: `${registry}/webhooks/${each}`, name: each, type, location, properties: left };
    };
    if (name === undefined) return paged(Object.keys(held).map(shown));
    if (request.method !== 'POST') this.written.push(`${request.method} ${registry.split('/').at(-1)}/${name}`);
    if (request.method === 'DELETE') {
      const status = held[name] ? 200 : 204;
      delete held[name];
      response.writeHead(status).end();
    } else if (request.method === 'PUT') {
      if (!held[name] && Object.keys(held).length >= this.webhookQuota) return refuse(403, 'QuotaExceeded');
      const { location, properties } = JSON.parse(await text(request)) as HeldWebhook;
      held[name] = { location, properties };
      respond(response, 201, shown(name), this.follow === undefined ? {} : { 'azure-asyncoperation': this.follow });
    } else if (!held[name] || !callback || request.method !== 'POST') refuse(404, 'ResourceNotFound');
    else {
      const { serviceUri, customHeaders } = held[name].properties;
      respond(response, 200, { serviceUri, customHeaders });
    }
  }
}
