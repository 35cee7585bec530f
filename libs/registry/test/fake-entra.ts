import { once } from 'node:events';
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { formIn, jwt, respond } from './fake-acr.ts';

export const tenantId = '11111111-2222-3333-4444-555555555555';
export const clientId = '66666666-7777-8888-9999-000000000000';

type Answer = (form: Record<string, string>, response: ServerResponse) => void;

/** Entra's answer to a refused request, with its code both in the text and in a list. */
export const refusal =
  (code: number, text: string, error = 'invalid_client'): Answer =>
  (_, response) =>
    respond(response, error === 'invalid_request' ? 400 : 401, {
      error,
      error_description: `AADSTS${code}: ${text} Trace ID: 0 Correlation ID: 0 Timestamp: 2026-11-25 00:00:00Z`,
      error_codes: [code],
      timestamp: '2026-11-25 00:00:00Z',
      trace_id: '0',
      correlation_id: '0',
    });

/** The token endpoint of Microsoft Entra, and over plain HTTP the one of App Service's managed identities. */
export class FakeEntra {
  readonly requests: Record<string, string>[] = [];
  lifetimeSeconds = 3600;
  /** The required client secret; any secret is accepted if undefined. */
  secret: string | undefined;
  /** Sent instead of a token. */
  answer: Answer | undefined;
  readonly #servers: Server[];
  #given = 0;

  constructor(
    tls: { cert: string; key: string },
    private readonly gave: (token: string, audience: string) => void,
  ) {
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    this.#servers = [createServer(tls, serve), createPlainServer(serve)];
  }

  static async start(
    tls: { cert: string; key: string },
    gave: (token: string, audience: string) => void,
  ): Promise<FakeEntra> {
    const entra = new FakeEntra(tls, gave);
    for (const server of entra.#servers) await once(server.listen(0, '127.0.0.1'), 'listening');
    return entra;
  }

  get authorityHost(): string {
    return `https://127.0.0.1:${(this.#servers[0]!.address() as AddressInfo).port}`;
  }
  get identityEndpoint(): string {
    return `http://127.0.0.1:${(this.#servers[1]!.address() as AddressInfo).port}/msi/token`;
  }

  close(): void {
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A request that was under way when it closed.
    if (!this.#servers[0]!.listening) return void response.destroy();
    const { pathname, searchParams } = new URL(request.url!, this.authorityHost);
    const base = `${this.authorityHost}/${tenantId}`;
    if (pathname.endsWith('/.well-known/openid-configuration'))
      return respond(response, 200, {
        issuer: `${base}/v2.0`,
        token_endpoint: `${base}/oauth2/v2.0/token`,
        authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
        jwks_uri: `${base}/discovery/v2.0/keys`,
      });
    const isManaged = pathname === '/msi/token';
    if (!isManaged && pathname !== `/${tenantId}/oauth2/v2.0/token`)
      return respond(response, 404, { error: 'not_found' });
    const form = isManaged
      ? { ...Object.fromEntries(searchParams), header: String(request.headers['x-identity-header']) }
      : await formIn(request);
    this.requests.push(form);
    if (this.answer) return this.answer(form, response);
    if (this.secret !== undefined && form.client_secret !== this.secret)
      return refusal(7000215, 'Invalid client secret provided.')(form, response);
    const audience =
      form.resource ??
      (form.scope ?? '')
        .split(' ')
        .find((each) => each.endsWith('/.default'))
        ?.slice(0, -9) ??
      '';
    const token = jwt({ aud: audience, jti: (this.#given += 1) });
    this.gave(token, audience);
    return respond(
      response,
      200,
      isManaged
        ? {
            access_token: token,
            expires_on: String(Math.floor(Date.now() / 1000) + this.lifetimeSeconds),
            resource: searchParams.get('resource'),
            token_type: 'Bearer',
          }
        : {
            token_type: 'Bearer',
            expires_in: this.lifetimeSeconds,
            ext_expires_in: this.lifetimeSeconds,
            access_token: token,
          },
    );
  }
}
