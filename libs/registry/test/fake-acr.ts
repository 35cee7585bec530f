import { request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { bytesIn, FakePushes } from './fake-pushes.ts';
import { FakeRegistry } from './fake-registry.ts';

/** An unsigned JWT; no test verifies the signature. */
export const jwt = (claims: object): string =>
  ['{"alg":"none"}', JSON.stringify(claims), 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.');

export const formIn = async (request: IncomingMessage): Promise<Record<string, string>> => {
  return Object.fromEntries(new URLSearchParams((await bytesIn(request)).toString()));
};

export const respond = (
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void =>
  void response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
    .end(JSON.stringify(body));

export interface HeldManifest {
  digest: string;
  tags: string[];
  createdTime?: string;
  lastUpdateTime?: string;
}

const times = { createdTime: '2020-08-10T09:15:02.1234567Z', lastUpdateTime: '2020-08-11T09:15:02.1234567Z' };
const changeableAttributes = { deleteEnabled: true, writeEnabled: true, readEnabled: true, listEnabled: true };

const refused = {
  errors: [
    {
      code: 'UNAUTHORIZED',
      message: 'authentication required, visit https://aka.ms/acr/authorization for more information.',
    },
  ],
};

/**
 * An Azure Container Registry after its API contract: token exchange, tokens by scope, catalogue, repositories,
 * manifests and tags with their properties, and the distribution API with pushes.
 */
export class FakeAcr extends FakeRegistry {
  /** Accepted Entra tokens. */
  readonly knows = new Set<string>();
  /** Tokens that it was sent, and that it does not know or gave under another name. */
  readonly strangers: string[] = [];
  /** Origin of a distribution registry that has the content in its place. */
  behind: string | undefined;
  /** Whether the catalogue shows a repository under this name of the registry. */
  shows: (host: string, repository: string) => boolean = () => true;
  /** Requests to its token service. */
  readonly posted: { path: string; form: Record<string, string> }[] = [];
  /** Scopes that it refuses to everyone. */
  readonly denied = new Set<string>();
  readonly repositories: Record<string, HeldManifest[]> = {};
  pageSize = 2;
  refreshLifetimeSeconds = 3 * 3600;
  accessLifetimeSeconds = 4500;
  /** With the name of the registry under which each was given. */
  readonly #refresh = new Set<string>();
  /** Scopes by token, in the same form. */
  readonly #access = new Map<string, string>();
  #given = 0;
  readonly #pushes = new FakePushes({
    blob: (blob) => {
      this.holdBlob(blob);
    },
    manifest: (name, reference, manifest) => {
      this.holdManifest(manifest, reference);
      this.#tagged(name, reference, manifest.digest);
    },
  });

  static override async start(tls?: { cert: string; key: string }): Promise<FakeAcr> {
    const registry = new FakeAcr(tls);
    await registry.listen();
    return registry;
  }

  /** Invalidates all tokens issued so far. */
  forget(): void {
    this.#refresh.clear();
    this.#access.clear();
  }

  forgetAccess(): void {
    this.#access.clear();
  }

  override serve(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url!, `https://${this.host}`);
    if (pathname.startsWith('/oauth2/')) return void this.#token(pathname, searchParams, request, response);
    const scope = scopeOf(request.method ?? 'GET', pathname);
    const [, bearer] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    const given = this.#access.get(under(request, bearer));
    if (bearer !== undefined && given === undefined) this.strangers.push(bearer);
    if (given !== scope) {
      return respond(response, 401, refused, {
        'www-authenticate': `Bearer realm="https://${this.host}/oauth2/token",service="${this.host}",scope="${scope}",error="invalid_token"`,
      });
    }
    if (!pathname.startsWith('/acr/v1/'))
      return request.method === 'GET' || request.method === 'HEAD'
        ? this.#read(request, response)
        : void this.#pushes.serve(request, response);
    // The official client requests a next page by its link, without a version.
    if (searchParams.get('api-version') !== '2021-07-01' && !searchParams.has('last'))
      return respond(response, 400, { errors: [{ code: 'UNSUPPORTED', message: 'api-version' }] });
    const [, encoded, kind, one] =
      /^\/acr\/v1\/(?:_catalog|([^/]+)(?:\/(_manifests|_tags)(?:\/([^/]+))?)?)$/.exec(pathname) ?? [];
    if (encoded === undefined)
      return this.#paged(
        request.url!,
        Object.keys(this.repositories).filter((each) => this.shows(request.headers.host ?? '', each)),
        (names) => ({ repositories: names }),
        (each) => each,
        response,
      );
    const name = decodeURIComponent(encoded);
    const manifests = this.repositories[name];
    const unknown = (code: string): void =>
      respond(response, 404, { errors: [{ code, message: 'not known to registry', detail: { name } }] });
    if (!manifests) return unknown('NAME_UNKNOWN');
    const shared = { registry: this.host, imageName: name };
    const tags = manifests.flatMap(({ digest, tags: of }) =>
      of.map((tag) => ({ name: tag, digest, ...times, signed: false, changeableAttributes })),
    );
    const listed = manifests.map((each) => ({
      imageSize: 5234,
      ...times,
      architecture: 'amd64',
      os: 'linux',
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      changeableAttributes,
      ...each,
    }));
    if (kind === undefined)
      return respond(response, 200, {
        ...shared,
        ...times,
        manifestCount: manifests.length,
        tagCount: tags.length,
        changeableAttributes,
      });
    if (one !== undefined) {
      const named =
        kind === '_tags'
          ? { tag: tags.find((each) => each.name === decodeURIComponent(one)) }
          : { manifest: listed.find(({ digest }) => digest === decodeURIComponent(one)) };
      return Object.values(named)[0]
        ? respond(response, 200, { ...shared, ...named })
        : unknown(kind === '_tags' ? 'TAG_UNKNOWN' : 'MANIFEST_UNKNOWN');
    }
    if (kind === '_tags')
      return this.#paged(
        request.url!,
        tags,
        (page) => ({ ...shared, tags: page }),
        (each) => each.name,
        response,
      );
    return this.#paged(
      request.url!,
      listed,
      (page) => ({ ...shared, manifests: page }),
      (each) => each.digest,
      response,
    );
  }

  #read(request: IncomingMessage, response: ServerResponse): void {
    if (this.behind === undefined) return super.serve(request, response);
    const { authorization: _, host: __, ...headers } = request.headers;
    request.pipe(
      forward(new URL(request.url!, this.behind), { method: request.method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      }).on('error', () => response.destroy()),
    );
  }

  /** A tag points at one manifest: the last one pushed under it. */
  #tagged(name: string, reference: string, digest: string): void {
    const manifests = (this.repositories[name] ??= []);
    for (const each of manifests) each.tags = each.tags.filter((tag) => tag !== reference);
    let held = manifests.find((each) => each.digest === digest);
    if (!held) manifests.push((held = { digest, tags: [] }));
    if (reference !== digest) held.tags.push(reference);
  }

  #paged<Item>(
    url: string,
    all: readonly Item[],
    body: (page: readonly Item[]) => object,
    nameOf: (item: Item) => string,
    response: ServerResponse,
  ): void {
    const { pathname, searchParams } = new URL(url, 'https://registry.test');
    const last = searchParams.get('last');
    const from = last ? all.findIndex((each) => nameOf(each) === last) + 1 : 0;
    const page = all.slice(from, from + this.pageSize);
    const more = from + this.pageSize < all.length;
    respond(
      response,
      200,
      body(page),
      more
        ? {
            link:
              `<${pathname}?last=${encodeURIComponent(nameOf(page.at(-1)!))}` +
              `&n=${this.pageSize}&orderby=>; rel="next"`,
          }
        : {},
    );
  }

  async #token(
    path: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const form = await formIn(request);
    this.posted.push({ path, form });
    if (request.method !== 'POST' || query.get('api-version') !== '2021-07-01' || form.service !== this.host)
      return respond(response, 400, refused);
    const until = (seconds: number) => ({
      exp: Math.floor(Date.now() / 1000) + seconds,
      jti: String((this.#given += 1)),
    });
    if (path === '/oauth2/exchange') {
      if (form.grant_type !== 'access_token' || !this.knows.has(form.access_token!)) {
        this.strangers.push(form.access_token ?? '');
        return respond(response, 401, refused);
      }
      const token = jwt({ ...until(this.refreshLifetimeSeconds), grant_type: 'refresh_token' });
      this.#refresh.add(under(request, token));
      return respond(response, 200, { refresh_token: token });
    }
    const isKnown = this.#refresh.has(under(request, form.refresh_token));
    if (!isKnown) this.strangers.push(form.refresh_token ?? '');
    if (form.grant_type !== 'refresh_token' || !isKnown || this.denied.has(form.scope!))
      return respond(response, 401, refused);
    const token = jwt({ ...until(this.accessLifetimeSeconds), access: form.scope });
    this.#access.set(under(request, token), form.scope!);
    return respond(response, 200, { access_token: token });
  }
}

const under = ({ headers }: IncomingMessage, token = ''): string => `${headers.host} ${token}`;

const scopeOf = (method: string, pathname: string): string => {
  if (pathname.endsWith('/_catalog')) return 'registry:catalog:*';
  const [, name] = /^\/acr\/v1\/([^/]+)(?:\/|$)/.exec(pathname) ?? [];
  if (name) return `repository:${decodeURIComponent(name)}:metadata_read`;
  const repository = /^\/v2\/(.+?)\/(?:manifests|blobs|tags)\//.exec(pathname)?.[1] ?? '';
  const actions = method === 'GET' || method === 'HEAD' ? 'pull' : 'pull,push';
  return `repository:${decodeURIComponent(repository)}:${actions}`;
};
