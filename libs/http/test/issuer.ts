import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';

export interface TokenOptions {
  readonly alg?: string;
  readonly kid?: string;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: CryptoKey | Uint8Array;
}

const seconds = (): number => Math.floor(Date.now() / 1000);

const pairs = new Map<string, ReturnType<typeof generateKeyPair>>();
/** Shared by all issuers of a test file: generating a pair takes a while. */
const pairOf = (name: string, alg: string): ReturnType<typeof generateKeyPair> => {
  const pair = pairs.get(name) ?? generateKeyPair(alg, { extractable: true });
  pairs.set(name, pair);
  return pair;
};

/** An OIDC issuer on loopback that issues any token a test needs, and records its requests. */
export class TestIssuer {
  readonly requests: string[] = [];
  /** Answers 503 to everything. */
  down = false;
  keys!: Record<string, { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey; readonly alg: string }>;
  #server!: Server;
  /** Exactly as in the claim `iss`. A path, as in Entra ID, separates the tenants of a host. */
  issuer!: string;

  static async start(path = '/tenant/v2.0'): Promise<TestIssuer> {
    const issuer = new TestIssuer();
    const base = path.replace(/\/$/, '');
    await issuer.rotate();
    issuer.#server = createServer((request, response) => {
      issuer.requests.push(request.url!);
      const answer = (body: object): void => {
        response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
      };
      if (issuer.down) response.writeHead(503).end();
      else if (request.url === `${base}/.well-known/openid-configuration`)
        answer({ issuer: issuer.issuer, jwks_uri: `${issuer.issuer.replace(/\/$/, '')}/keys` });
      else if (request.url === `${base}/keys`) void issuer.#published().then(answer);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => {
      issuer.#server.listen(0, '127.0.0.1', resolve);
    });
    issuer.issuer = `http://127.0.0.1:${(issuer.#server.address() as AddressInfo).port}${path}`;
    return issuer;
  }

  /** Replaces the keys and their names, as issuers do every few weeks. */
  async rotate(generation = '1'): Promise<void> {
    const pair = async (alg: string) => ({ ...(await pairOf(`${alg} ${generation}`, alg)), alg });
    this.keys = { [`rsa-${generation}`]: await pair('RS256'), [`ec-${generation}`]: await pair('ES256') };
  }

  async #published(): Promise<object> {
    return {
      keys: await Promise.all(
        Object.entries(this.keys).map(async ([kid, { publicKey, alg }]) => ({
          ...(await exportJWK(publicKey)),
          kid,
          alg,
          use: 'sig',
        })),
      ),
    };
  }

  /** Issues a token, by default for five minutes and the audience `assay`. A claim that is undefined is left out. */
  token(
    claims: Readonly<Record<string, unknown>> = {},
    { alg = 'RS256', kid = 'rsa-1', header = {}, key }: TokenOptions = {},
  ): Promise<string> {
    const all = Object.fromEntries(
      Object.entries({
        iss: this.issuer,
        aud: 'assay',
        sub: 'ana',
        iat: seconds(),
        exp: seconds() + 300,
        ...claims,
      }).filter(([, value]) => value !== undefined),
    );
    return new SignJWT(all)
      .setProtectedHeader({ alg, kid, typ: 'JWT', ...header })
      .sign(key ?? this.keys[kid]!.privateKey);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}
