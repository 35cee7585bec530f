import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

export const clientId = 'assay-portal';
const resource = 'urn:assay';

/** A page of the issuer with one button. */
const signInPage = (uid: string): string =>
  `<!doctype html><html lang="en"><title>Issuer</title><form method="post" action="/interaction/${uid}">` +
  '<button>Sign in as ana</button></form></html>';

/**
 * A real issuer on loopback, with a user `ana`. It remembers who signed in, so it can answer without asking. Its access
 * tokens are for the audience `assay`.
 */
export class PortalIssuer {
  readonly #server: Server;
  readonly url: string;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(redirectUri: () => string): Promise<PortalIssuer> {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    let provider: Provider | undefined;
    const made = (): Provider => {
      provider ??= providerAt(url, redirectUri());
      return provider;
    };
    server.on('request', (request, response) => {
      const { pathname } = new URL(request.url ?? '/', url);
      const [, uid] = /^\/interaction\/([^/]+)$/.exec(pathname) ?? [];
      if (uid === undefined) void made().callback()(request, response);
      else if (request.method === 'POST')
        void made().interactionFinished(request, response, { login: { accountId: 'ana' } });
      else response.setHeader('content-type', 'text/html').end(signInPage(uid));
    });
    return new PortalIssuer(server, url);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

const providerAt = (issuer: string, redirectUri: string): Provider => {
  const provider: Provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    cookies: { keys: ['a key of a test'] },
    pkce: { required: () => true },
    clientBasedCORS: () => true,
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    loadExistingGrant: async ({ oidc: { session, client } }) => {
      const grant = new provider.Grant({
        ...(client ? { clientId: client.clientId } : {}),
        ...(session?.accountId === undefined ? {} : { accountId: session.accountId }),
      });
      grant.addOIDCScope('openid');
      await grant.save();
      return grant;
    },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: '', audience: 'assay', accessTokenFormat: 'jwt', accessTokenTTL: 600 }),
      },
    },
  });
  return provider;
};
