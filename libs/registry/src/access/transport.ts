import { request, type Dispatcher } from 'undici';
import { baseOf, mayVisit, type RegistryAccess } from './access.ts';
import { discard, type Body, type LeastSpeed } from './bodies.ts';
import { agentTo } from './connect.ts';
import { noticeDate } from './dates.ts';
import { asRegistryError, RegistryError } from '../error.ts';
import { failureOf, type RegistryRefusal } from './failure.ts';
import { limits } from '../limits.ts';
import type { RegistryNetwork } from './network.ts';
import { retried, type RetryPolicy } from './retry.ts';
import { Tokens } from './tokens.ts';

/** A request to a registry. */
export interface Question {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT';
  /** Path and query relative to the registry's address. */
  readonly path: string;
  /** Scope of the token: one repository to pull from, or the catalog. */
  readonly scope: string;
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is. A repeated request sends it again. */
  readonly body?: Buffer;
}

export interface RegistryResponse {
  readonly status: number;
  readonly headers: RegistryRefusal['headers'];
  readonly body: Body;
}

export interface TransportOptions {
  readonly network?: RegistryNetwork;
  /** Called before each request to the registry. */
  readonly requested?: () => void;
}

const redirects = [301, 302, 303, 307, 308];

/** Sends requests to a registry: checks addresses, restricts redirects, renews tokens once and retries failures. */
export class Transport {
  readonly #access: RegistryAccess;
  readonly #base: URL;
  readonly #agent: Dispatcher;
  readonly #tokens: Tokens;
  readonly #retry: RetryPolicy;
  readonly #least: LeastSpeed;
  readonly #requested: (() => void) | undefined;

  constructor(
    access: RegistryAccess,
    retry: RetryPolicy,
    least: LeastSpeed,
    { network, requested }: TransportOptions = {},
  ) {
    this.#access = access;
    this.#base = baseOf(access);
    this.#agent = agentTo(access, network);
    this.#tokens = new Tokens(access, this.#agent, least, network);
    this.#retry = retry;
    this.#least = least;
    this.#requested = requested;
  }

  /**
   * Sends a request and passes the answer to `read`. Both are repeated if the connection breaks at any point.
   *
   * @param question the request, or a function that makes the request of each attempt
   */
  ask<Result>(
    question: Question | (() => Question),
    signal: AbortSignal,
    read: (answer: RegistryResponse) => Promise<Result>,
    hasGained?: () => boolean,
  ): Promise<Result> {
    return retried(
      async () => {
        // Errors of `read` are not converted: a failure of the local disk must not be retried as if it were the
        // registry's.
        const answer = await this.#authorised(typeof question === 'function' ? question() : question, signal).catch(
          (error: unknown) => {
            throw asRegistryError(error);
          },
        );
        try {
          return await read(answer);
        } finally {
          discard(answer.body);
        }
      },
      this.#retry,
      signal,
      hasGained,
    );
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #authorised(question: Question, signal: AbortSignal): Promise<RegistryResponse> {
    const authorization = await this.#tokens.current(question.scope, signal);
    const first = await this.#followed(question, authorization, signal);
    if (first.status !== 401 || !first.fromRegistry) return this.#success(first);
    discard(first.body);
    const renewed = await this.#tokens.renewed(
      question.scope,
      first.headers['www-authenticate'],
      authorization,
      signal,
    );
    return this.#success(await this.#followed(question, renewed, signal));
  }

  async #success(answer: RegistryRefusal & { fromRegistry: boolean }): Promise<RegistryResponse> {
    if (answer.status < 200 || answer.status > 299) throw this.#withRemedy(await failureOf(answer, this.#least));
    if (answer.fromRegistry) noticeDate(this.#access.loginServer, answer.headers['date']);
    const encoding = answer.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      discard(answer.body);
      throw new RegistryError('content-encoding', 'the answer is encoded although that was refused');
    }
    return answer;
  }

  /** To a registry with a configured identity, a refusal means a missing role. */
  #withRemedy(failure: RegistryError): RegistryError {
    if (failure.code !== 'unauthorized' || !this.#access.auth) return failure;
    return new RegistryError('unauthorized', `${failure.message}; give the identity the role AcrPull on the registry`, {
      cause: failure,
    });
  }

  /** Follows redirects. The authorization header goes only to the registry itself. */
  async #followed(
    { method = 'GET', path, accept, headers: more, body: sent }: Question,
    authorization: string | undefined,
    signal: AbortSignal,
  ): Promise<RegistryRefusal & { fromRegistry: boolean }> {
    let url = new URL(path, this.#base);
    for (let followed = 0; ; followed += 1) {
      const fromRegistry = url.origin === this.#base.origin;
      const headers = {
        'accept-encoding': 'identity',
        'user-agent': 'assay',
        ...(accept && { accept }),
        ...more,
        ...(fromRegistry && authorization !== undefined && { authorization }),
      };
      this.#requested?.();
      const {
        statusCode: status,
        headers: answered,
        body,
      } = await request(url, { dispatcher: this.#agent, method, headers, signal, body: sent ?? null });
      if (!redirects.includes(status)) return { status, headers: answered, body, fromRegistry };
      discard(body);
      if (followed === limits.redirects)
        throw new RegistryError('forbidden-redirect', `more than ${limits.redirects} redirects`);
      url = redirectTarget(url, [answered.location].flat()[0], this.#access);
    }
  }
}

/** Validates a redirect: to a configured host, and never from https to plain http. */
export const redirectTarget = (from: URL, location: string | undefined, access: RegistryAccess): URL => {
  const url = location === undefined ? null : URL.parse(location, from.href);
  if (!url || !mayVisit(url, access))
    throw new RegistryError('forbidden-redirect', 'a redirect to a host or protocol that is not allowed');
  return url;
};
