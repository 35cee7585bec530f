import { createHash, timingSafeEqual } from 'node:crypto';
import type { ConfiguredRegistry } from '@assay/registry';

const fingerprint = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Who may tell us of pushes: each registry has a secret of its own, compared in constant time. */
export class Secrets {
  readonly #known: readonly { readonly loginServer: string; readonly print: Buffer }[];

  constructor(registries: readonly ConfiguredRegistry[]) {
    this.#known = registries.filter(({ secret }) => secret).map(({ loginServer, secret }) => ({ loginServer: loginServer.toLowerCase(), print: fingerprint(secret!) }));
  }

  /** Login servers whose secret the request shows; none where it shows none, a wrong one, or two. */
  allowed(rawHeaders: readonly string[]): ReadonlySet<string> {
    const given = rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]!.toLowerCase() === 'authorization');
    const secret = given.length === 1 ? /^Bearer (\S+)$/i.exec(given[0]!)?.[1] : undefined;
    return secret === undefined ? new Set() : this.speakers(secret);
  }

  /** Login servers that who knows this secret may speak for. */
  speakers(secret: string): ReadonlySet<string> {
    const print = fingerprint(secret);
    return new Set(this.#known.filter((known) => timingSafeEqual(known.print, print)).map(({ loginServer }) => loginServer));
  }
}
