import { TestIssuer } from '../../libs/http/test/issuer.ts';

/** The issuer of the people's tokens. Nothing is sent there: its answers are made here. */
const issuer = 'https://login.example.com';

/** The people of the past, by what they may do. */
const people = {
  ana: 'Security Admin',
  bo: 'Security Admin',
  chris: 'Security Admin',
  dana: 'Billing Contributor',
} as const;
export type Person = keyof typeof people | 'reporter';

/** The world outside the suite: the deliveries of webhooks, and the issuer of tokens. It stands before `fetch`. */
export class Outside {
  /** Webhooks are lost from now on: a sweep has to find what was pushed. */
  isSilent = false;
  readonly #under = new Set<Promise<unknown>>();
  readonly #fetch = globalThis.fetch;
  readonly #delay: () => Promise<void>;
  readonly #issuer = new TestIssuer();

  private constructor(delay: () => Promise<void>) {
    this.#delay = delay;
    this.#issuer.issuer = issuer;
  }

  /** @param delay takes the time of a delivery */
  static async open(delay: () => Promise<void>): Promise<Outside> {
    const outside = new Outside(delay);
    await outside.#issuer.rotate();
    globalThis.fetch = (input, init) => outside.#answer(input, init);
    return outside;
  }

  /** Settings by which the services believe the issuer. */
  get env(): Readonly<Record<string, string>> {
    const roles: object[] = Object.entries(people).map(([sub, role]) => ({ principal: { sub }, role, scope: '/' }));
    roles.push({ principal: { sub: 'reporter' }, role: 'Cluster Reporter', scope: '/', cluster: 'prod' });
    return { ASSAY_OIDC_ISSUER: issuer, ASSAY_OIDC_AUDIENCE: 'assay', ASSAY_ROLES: JSON.stringify(roles) };
  }

  token(person: Person): Promise<string> {
    return this.#issuer.token({ sub: person });
  }

  /** Waits until every webhook that was sent is answered. */
  async delivered(): Promise<void> {
    while (this.#under.size > 0) await Promise.allSettled(this.#under);
  }

  close(): void {
    globalThis.fetch = this.#fetch;
  }

  async #answer(input: Parameters<typeof fetch>[0], init: Parameters<typeof fetch>[1]): Promise<Response> {
    const url = input instanceof Request ? input.url : String(input);
    if (url.startsWith(issuer)) return this.#ofIssuer(url);
    if (!url.includes('/ingest/')) return this.#fetch(input, init);
    if (this.isSilent) return new Response(null, { status: 200 });
    const sent = this.#delay().then(() => this.#fetch(input, init));
    this.#under.add(sent);
    return await sent.finally(() => this.#under.delete(sent));
  }

  async #ofIssuer(url: string): Promise<Response> {
    if (!url.endsWith('/keys')) return Response.json({ issuer, jwks_uri: `${issuer}/keys` });
    const keys = Object.entries(this.#issuer.keys).map(async ([kid, { publicKey, alg }]) => ({
      ...(await crypto.subtle.exportKey('jwk', publicKey)),
      kid,
      alg,
      use: 'sig',
    }));
    return Response.json({ keys: await Promise.all(keys) });
  }
}
