import { createHash, timingSafeEqual } from 'node:crypto';
import type { ConfiguredRegistry } from '@assay/registry';
import type { Webhooks } from '../discovery/webhooks.ts';
import type { Config } from '../domain/state.ts';

const fingerprint = (text: string): Buffer => createHash('sha256').update(text).digest();

/** All values of a header, even of one that may occur only once. */
export const valuesOf = (rawHeaders: readonly string[], name: string): string[] =>
  rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);

/** The token of each `Authorization` header, or `undefined` for another scheme. */
export const bearersIn = (rawHeaders: readonly string[]): (string | undefined)[] =>
  valuesOf(rawHeaders, 'authorization').map((value) => /^Bearer (\S+)$/i.exec(value)?.[1]);

interface Known {
  readonly loginServer: string;
  readonly print: Buffer;
}

/** The secrets of the webhooks of a discovered registry. One of the configuration has its own. */
const discovered = (byLoginServer: Config['byLoginServer'], webhooks: Webhooks): Known[] =>
  Object.values(byLoginServer).flatMap(({ registryId, loginServer, discovery, removed }) =>
    discovery === undefined || removed
      ? []
      : webhooks
          .secretsOf(registryId)
          .map((secret) => ({ loginServer: loginServer.toLowerCase(), print: fingerprint(secret) })),
  );

/** Authenticates senders of notifications: each registry has its own secret, compared in constant time. */
export class Secrets {
  readonly #known: readonly Known[];
  #of: Config['byLoginServer'] | undefined;
  #discovered: readonly Known[] = [];

  constructor(
    registries: readonly ConfiguredRegistry[],
    private readonly config: () => Pick<Config, 'byLoginServer'>,
    private readonly webhooks: Webhooks,
  ) {
    this.#known = registries.flatMap(({ loginServer, secret }) =>
      secret ? [{ loginServer: loginServer.toLowerCase(), print: fingerprint(secret) }] : [],
    );
  }

  /** Login servers whose secret the request shows. Empty if it shows none, a wrong one, or two. */
  allowed(rawHeaders: readonly string[]): ReadonlySet<string> {
    const [secret, ...others] = bearersIn(rawHeaders);
    return secret === undefined || others.length > 0 ? new Set() : this.speakers(secret);
  }

  /** Login servers for which the holder of this secret may report pushes. */
  speakers(secret: string): ReadonlySet<string> {
    const print = fingerprint(secret);
    const { byLoginServer } = this.config();
    // The map is another one after each change of a registry.
    if (this.#of !== byLoginServer) this.#discovered = discovered(byLoginServer, this.webhooks);
    this.#of = byLoginServer;
    return new Set(
      [...this.#known, ...this.#discovered]
        .filter((known) => timingSafeEqual(known.print, print))
        .map(({ loginServer }) => loginServer),
    );
  }
}
