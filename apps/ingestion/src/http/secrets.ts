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

/** Authenticates senders of notifications: each registry has its own secrets, compared in constant time. */
export class Secrets {
  #known: readonly { readonly loginServer: string; readonly print: Buffer }[] = [];
  #of: Config['byLoginServer'] | undefined;

  /** @param webhooks has the secrets of discovered registries */
  constructor(
    private readonly registries: readonly ConfiguredRegistry[],
    private readonly config: () => Pick<Config, 'byLoginServer'>,
    private readonly webhooks: Webhooks,
  ) {}

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
    if (this.#of !== byLoginServer) this.#known = this.#read((this.#of = byLoginServer));
    return new Set(
      this.#known.filter((known) => timingSafeEqual(known.print, print)).map(({ loginServer }) => loginServer),
    );
  }

  #read(byLoginServer: Config['byLoginServer']) {
    return [
      ...this.registries.map(({ loginServer, secret }) => ({ loginServer, secrets: secret ? [secret] : [] })),
      ...[...byLoginServer.values()]
        .filter(({ discovery, removed }) => discovery !== undefined && !removed)
        .map(({ loginServer, registryId }) => ({ loginServer, secrets: this.webhooks.secretsOf(registryId) })),
    ].flatMap(({ loginServer, secrets }) =>
      secrets.map((secret) => ({ loginServer: loginServer.toLowerCase(), print: fingerprint(secret) })),
    );
  }
}
