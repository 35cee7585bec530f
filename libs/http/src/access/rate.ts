import { RouteConfig } from '@nestjs/platform-fastify';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';
import { ArmError } from '@assay/arm';
import { declaredRate, derived, type Settings } from '@assay/settings';
import type { ArmReply, ArmRequest } from '../http.ts';
import { callerOf } from './needs.ts';
import { lowerPath } from './bearer.ts';

const maxCallers = 10_000;

/** The requests left to a caller, and the time to wait if there are none. */
export interface Allowance {
  readonly remaining: number;
  /** Undefined if the request is within the rate. */
  readonly retryAfterSeconds: number | undefined;
}

/**
 * Limits the requests of each caller by a token bucket, which holds a burst and refills at a steady rate. Counts this
 * instance only.
 */
export class Rate {
  /** Requests left, as of a time in ms; the most recent caller is last. */
  readonly #buckets = new Map<string, { readonly left: number; readonly at: number }>();

  constructor(
    readonly perSecond: number,
    private readonly burst: number,
    private readonly clock: () => number = () => performance.now(),
    private readonly limit = maxCallers,
  ) {}

  /** Counts one request of a caller. */
  take(caller: string): Allowance {
    const now = this.clock();
    const bucket = this.#buckets.get(caller) ?? { left: this.burst, at: now };
    const left = Math.min(this.burst, bucket.left + ((now - bucket.at) / 1000) * this.perSecond);
    const isWithin = left >= 1;
    this.#buckets.delete(caller);
    this.#buckets.set(caller, { left: isWithin ? left - 1 : left, at: now });
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= this.limit) break;
      this.#buckets.delete(oldest);
    }
    return {
      remaining: isWithin ? Math.floor(left - 1) : 0,
      retryAfterSeconds: isWithin ? undefined : Math.max(1, Math.ceil((1 - left) / this.perSecond)),
    };
  }
}

export const rateSettings: Settings<Rate> = derived(declaredRate, ({ perSecond, burst }) => new Rate(perSecond, burst));

/** For a route that a pipeline must always reach, or that has a quota of its own. */
export const Unmetered = (): MethodDecorator => RouteConfig({ unmetered: true });

/** True if the decorator of a route exempts it from the rate. */
export const isUnmetered = (handler: object): boolean =>
  (Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, handler) as { readonly unmetered?: true } | undefined)
    ?.unmetered === true;

/** The header in which Azure Resource Manager reports the requests left. */
export const remainingHeader = (method: string, path: string): string =>
  `x-ms-ratelimit-remaining-${path.startsWith('/subscriptions/') ? 'subscription' : 'tenant'}-` +
  `${{ GET: 'reads', HEAD: 'reads', DELETE: 'deletes' }[method.toUpperCase()] ?? 'writes'}`;

/**
 * Counts a request of an authenticated caller.
 * @throws ArmError 429
 */
export const meter = (rate: Rate, request: ArmRequest, reply: ArmReply): void => {
  const { remaining, retryAfterSeconds } = rate.take(callerOf(request).name);
  reply.header(remainingHeader(request.method, lowerPath(request)), String(remaining));
  if (retryAfterSeconds === undefined) return;
  throw new ArmError(
    429,
    'TooManyRequests',
    `A caller may send ${rate.perSecond} requests a second: please wait before the next one.`,
    { headers: { 'retry-after': String(retryAfterSeconds) } },
  );
};
