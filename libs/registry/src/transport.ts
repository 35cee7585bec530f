import { request, type Agent } from 'undici';
import { baseOf, mayVisit, type RegistryAccess } from './access.ts';
import { discard, type Body, type LeastSpeed } from './bodies.ts';
import { guardedAgent } from './connect.ts';
import { asRegistryError, RegistryError } from './error.ts';
import { failureOf, type Refusal } from './failure.ts';
import { limits } from './limits.ts';
import { retried, type RetryPolicy } from './retry.ts';
import { Tokens } from './tokens.ts';

/** One thing asked of a registry. */
export interface Question {
  readonly method?: 'GET' | 'HEAD';
  /** Path and query below the registry's own address. */
  readonly path: string;
  /** What a token must be good for: one repository to pull from, or the catalog. */
  readonly scope: string;
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Refusal['headers'];
  readonly body: Body;
}

const redirects = [301, 302, 303, 307, 308];

/** Asks a registry: addresses checked, redirects by our rules, tokens renewed once, failures tried again. */
export class Transport {
  readonly #access: RegistryAccess;
  readonly #base: URL;
  readonly #agent: Agent;
  readonly #tokens: Tokens;
  readonly #retry: RetryPolicy;
  readonly #least: LeastSpeed;

  constructor(access: RegistryAccess, retry: RetryPolicy, least: LeastSpeed) {
    this.#access = access;
    this.#base = baseOf(access);
    this.#agent = guardedAgent(access.allowAddresses);
    this.#tokens = new Tokens(access, this.#agent, least);
    this.#retry = retry;
    this.#least = least;
  }

  /**
   * Asks and lets `read` take the answer; both are done anew when the connection breaks anywhere in between.
   *
   * @param question what is asked, or how it is asked each time
   */
  ask<Result>(
    question: Question | (() => Question),
    signal: AbortSignal,
    read: (answer: Answer) => Promise<Result>,
    hasGained?: () => boolean,
  ): Promise<Result> {
    return retried(
      async () => {
        // What `read` throws stays as it is: a failure of our own disk must not be tried again as if it were the
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

  async #authorised(question: Question, signal: AbortSignal): Promise<Answer> {
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

  async #success(answer: Refusal): Promise<Answer> {
    if (answer.status < 200 || answer.status > 299) throw this.#told(await failureOf(answer, this.#least));
    const encoding = answer.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      discard(answer.body);
      throw new RegistryError('content-encoding', 'the answer is encoded although that was refused');
    }
    return answer;
  }

  /** A registry that knows us by an identity refuses us for one reason: its roles. */
  #told(failure: RegistryError): RegistryError {
    if (failure.code !== 'unauthorized' || !this.#access.auth) return failure;
    return new RegistryError('unauthorized', `${failure.message}; give the identity the role AcrPull on the registry`, {
      cause: failure,
    });
  }

  /** Follows redirects; what authorises us goes to the registry itself and to nobody else. */
  async #followed(
    { method = 'GET', path, accept, headers: more }: Question,
    authorization: string | undefined,
    signal: AbortSignal,
  ): Promise<Refusal & { fromRegistry: boolean }> {
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
      const {
        statusCode: status,
        headers: answered,
        body,
      } = await request(url, { dispatcher: this.#agent, method, headers, signal });
      if (!redirects.includes(status)) return { status, headers: answered, body, fromRegistry };
      discard(body);
      if (followed === limits.redirects)
        throw new RegistryError('forbidden-redirect', `more than ${limits.redirects} redirects`);
      url = redirectTarget(url, [answered.location].flat()[0], this.#access);
    }
  }
}

/** Where a redirect may lead: a configured host, never from https to anything less. */
export const redirectTarget = (from: URL, location: string | undefined, access: RegistryAccess): URL => {
  const url = location === undefined ? null : URL.parse(location, from.href);
  if (!url || !mayVisit(url, access))
    throw new RegistryError('forbidden-redirect', 'a redirect to a host or protocol that is not allowed');
  return url;
};
