import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  clientOf,
  networkSettings,
  type AcrClient,
  type AzureAuth,
  type ListedManifest,
  type RegistryAccess,
  type RegistryNetwork,
} from '@assay/registry';
import { certificateFor, trustedCertificate, type TestCertificate } from '../../test/authority.ts';
import { FakeAcr, respond } from '../../test/fake-acr.ts';
import { clientId, FakeEntra, refusal, tenantId } from '../../test/fake-entra.ts';
import { imageOf } from '../../test/fake-registry.ts';
import { emptyFolder, exists, otherRegistry, quick } from '../../test/setting.ts';

const tls = await trustedCertificate();
const secretName = 'ASSAY_TEST_ACR_SECRET';
const [one, two, three] = ['1', '2', '3'].map((hex) => `sha256:${hex.repeat(64)}`) as [string, string, string];

afterEach(() => {
  vi.unstubAllEnvs();
});

const setting = async (
  auth: (entra: FakeEntra) => AzureAuth = principal,
  more: Partial<RegistryAccess> = {},
  { certificate = tls, network }: { certificate?: TestCertificate; network?: RegistryNetwork } = {},
) => {
  vi.stubEnv(secretName, 's3cret');
  const registry = await FakeAcr.start(certificate);
  const entra = await FakeEntra.start(certificate, (token) => registry.knows.add(token));
  const access = registry.access({ auth: auth(entra), ...more });
  const client = clientOf(access, { retry: quick, timeoutMs: 10_000, ...(network ? { network } : {}) }) as AcrClient;
  onTestFinished(async () => {
    await client.close();
    entra.close();
    await registry.close();
  });
  return { registry, entra, access, client };
};

const principal = ({ authorityHost }: FakeEntra): AzureAuth => ({
  kind: 'service-principal',
  tenantId,
  clientId,
  clientSecret: { env: secretName },
  authorityHost,
});

const all = async <Item>(listing: AsyncIterable<Item>): Promise<Item[]> => {
  const items: Item[] = [];
  for await (const item of listing) items.push(item);
  return items;
};

const refusedAs = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error;

describe('an Azure Container Registry', () => {
  it('is listed through its extension, page by page', async () => {
    const { registry, client } = await setting();
    Object.assign(registry.repositories, {
      'team/hello': [
        { digest: one, tags: ['v1', 'latest'] },
        { digest: two, tags: [] },
        { digest: three, tags: ['v0'] },
      ],
      'team/other': [],
      a: [],
      'b/c/d': [],
      '../x': [],
    });
    expect(await all(client.repositories())).toEqual(['team/hello', 'team/other', 'a', 'b/c/d']);
    const properties = {
      createdOn: '2020-08-10T09:15:02.123Z',
      lastUpdatedOn: '2020-08-11T09:15:02.123Z',
      sizeInBytes: 5234,
      operatingSystem: 'linux',
      architecture: 'amd64',
    };
    expect(await all(client.manifests('team/hello'))).toEqual([
      { digest: one, tags: ['v1', 'latest'], ...properties },
      { digest: two, tags: [], ...properties },
      { digest: three, tags: ['v0'], ...properties },
    ] satisfies ListedManifest[]);
    expect(await all(client.manifests('team/other'))).toEqual([]);
    await expect(all(client.manifests('team/nowhere'))).rejects.toThrow(refusedAs('gone', /404/));
  });

  it('is pulled from like any other, and receives the only authorization header', async () => {
    const elsewhere = await FakeAcr.start(tls);
    onTestFinished(() => elsewhere.close());
    const { registry, client } = await setting(principal, { allowHosts: [elsewhere.host] });
    const image = imageOf('a layer');
    registry.hold(image);
    const layer = image.layers[0]!;
    registry.answer(`/v2/team/hello/blobs/${layer.digest}`, (request, response) =>
      request.headers.authorization
        ? response.writeHead(307, { location: `https://${elsewhere.host}/blob` }).end()
        : registry.serve(request, response),
    );
    elsewhere.answer('/blob', (_, response) =>
      response.writeHead(200, { 'content-length': layer.size }).end(layer.bytes),
    );
    const into = join(await emptyFolder(), 'layout');
    const pulled = await client.pull('team/hello', image.manifest.digest, into);
    expect(pulled.manifest.digest).toBe(image.manifest.digest);
    expect(elsewhere.requests).toEqual([{ line: 'GET /blob', authorization: undefined, acceptEncoding: 'identity' }]);
    expect(elsewhere.posted).toEqual([]);
  });

  it('and Entra may have certificates of an own authority', async () => {
    const certificate = await certificateFor();
    const ca = join(await emptyFolder(), 'ca.pem');
    await writeFile(ca, certificate.ca);
    const image = imageOf('a layer');
    const network = networkSettings.read({ ASSAY_REGISTRY_CA: ca });
    const { registry, entra, client } = await setting(principal, {}, { certificate, network });
    registry.hold(image);
    expect(await client.head('team/hello', image.manifest.digest)).toBe(image.manifest.digest);
    expect(entra.requests).not.toEqual([]);
    const without = await setting(principal, {}, { certificate });
    await expect(without.client.head('team/hello', image.manifest.digest)).rejects.toThrow(
      refusedAs('unreachable', /ASSAY_REGISTRY_CA/),
    );
  });

  it('is not trusted: a blob with a wrong byte is refused and leaves no file', async () => {
    const { registry, client } = await setting();
    const image = imageOf('a layer');
    registry.hold(image);
    registry.holdBlob({ ...image.layers[0]!, bytes: Buffer.from('A layer') });
    const into = join(await emptyFolder(), 'layout');
    await expect(client.pull('team/hello', image.manifest.digest, into)).rejects.toThrow(
      refusedAs('digest-mismatch', /./),
    );
    expect(await exists(into)).toBe(false);
  });

  it('issues one token per scope, after a single exchange', async () => {
    const { registry, entra, client } = await setting();
    const image = imageOf('a layer');
    registry.hold(image);
    Object.assign(registry.repositories, { 'team/hello': [{ digest: one, tags: ['v1'] }] });
    await Promise.all([
      all(client.repositories()),
      all(client.manifests('team/hello')),
      client.manifest('team/hello', image.manifest.digest),
    ]);
    await client.manifest('team/hello', image.manifest.digest);
    expect(entra.requests).toMatchObject([
      {
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: 's3cret',
        scope: expect.stringContaining('https://containerregistry.azure.net/.default') as string,
      },
    ]);
    expect(registry.posted.filter(({ path }) => path === '/oauth2/exchange')).toMatchObject([
      { form: { grant_type: 'access_token', service: registry.host } },
    ]);
    expect(
      registry.posted
        .filter(({ path }) => path === '/oauth2/token')
        .map(({ form }) => form.scope)
        .toSorted(),
    ).toEqual(['registry:catalog:*', 'repository:team/hello:metadata_read', 'repository:team/hello:pull']);
  });

  it('receives no tokens at a realm on another host, even an allowed host', async () => {
    const elsewhere = await FakeAcr.start(tls);
    onTestFinished(() => elsewhere.close());
    const { registry, client } = await setting(principal, { allowHosts: [elsewhere.host] });
    const image = imageOf('a layer');
    registry.hold(image);
    const path = `/v2/team/hello/manifests/${image.manifest.digest}`;
    registry.answer(
      path,
      (_, response) =>
        respond(
          response,
          401,
          {},
          { 'www-authenticate': `Bearer realm="https://${elsewhere.host}/oauth2/token",service="${registry.host}"` },
        ),
      (request, response) => registry.serve(request, response),
    );
    expect((await client.manifest('team/hello', image.manifest.digest)).digest).toBe(image.manifest.digest);
    expect([elsewhere.requests, elsewhere.posted]).toEqual([[], []]);
  });

  it('is asked for a new token before one expires, and when it has revoked its tokens', async () => {
    const { registry, entra, client } = await setting();
    const image = imageOf('a layer');
    registry.hold(image);
    const read = () => client.manifest('team/hello', image.manifest.digest);
    const counts = () => [
      entra.requests.length,
      ...['/oauth2/exchange', '/oauth2/token'].map(
        (path) => registry.posted.filter((each) => each.path === path).length,
      ),
    ];
    await read();
    registry.forgetAccess();
    await read();
    expect(counts()).toEqual([1, 1, 2]);
    registry.forget();
    await read();
    // The refresh token is refused and exchanged again; Entra's own token is still valid.
    expect(counts()).toEqual([1, 2, 4]);
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const before = registry.times(`/v2/team/hello/manifests/${image.manifest.digest}`);
    vi.setSystemTime(Date.now() + 4400 * 1000);
    await read();
    // The token is renewed before the registry refuses it: one request more, not two.
    expect([registry.times(`/v2/team/hello/manifests/${image.manifest.digest}`) - before, counts().at(-1)]).toEqual([
      1, 5,
    ]);
    vi.setSystemTime(Date.now() + 3 * 3600 * 1000);
    await read();
    expect(counts()).toEqual([2, 3, 6]);
  });

  it('that throttles is retried after the requested pause, or not if the pause is too long', async () => {
    const { registry, client } = await setting();
    Object.assign(registry.repositories, { a: [] });
    const path = '/acr/v1/_catalog?api-version=2021-07-01';
    const busy = (after: string) => (_: unknown, response: Parameters<typeof respond>[0]) =>
      respond(response, 429, { errors: [{ code: 'TOOMANYREQUESTS' }] }, { 'retry-after': after });
    registry.answer(path, busy('0'), busy('0'), (request, response) => registry.serve(request, response));
    expect(await all(client.repositories())).toEqual(['a']);
    registry.answer(path, busy('3600'));
    await expect(all(client.repositories())).rejects.toMatchObject({
      code: 'rate-limited',
      retriable: true,
      retryAfterMs: 3_600_000,
    });
  });

  it.each<[string, string, object]>([
    ['goes round in circles', '</acr/v1/_catalog?last=x&n=2>; rel="next"', { repositories: ['a'] }],
    ['goes on elsewhere', '<https://127.0.0.2/acr/v1/_catalog?last=x>; rel="next"', { repositories: ['a'] }],
    ['goes on with something else', '</acr/v1/a/_manifests?last=x>; rel="next"', { repositories: ['a'] }],
    ['is none', '', { repositories: 7 }],
  ])('whose listing %s is not followed', async (_, link, body) => {
    const { registry, client } = await setting();
    registry.answer('*', (request, response) =>
      request.url!.startsWith('/oauth2') || !request.headers.authorization
        ? registry.serve(request, response)
        : respond(response, 200, body, link ? { link } : {}),
    );
    await expect(all(client.repositories())).rejects.toThrow(refusedAs('bad-answer', /./));
    expect(registry.requests.filter(({ line }) => line.includes('_manifests'))).toEqual([]);
  });

  it('is not asked over plain http', async () => {
    const plain = await otherRegistry();
    plain.answer('*', (_, response) =>
      respond(
        response,
        401,
        {},
        { 'www-authenticate': `Bearer realm="http://${plain.host}/oauth2/token",service="x"` },
      ),
    );
    const { access } = await setting();
    const client = clientOf(plain.access({ auth: access.auth! }), { retry: quick });
    onTestFinished(() => client.close());
    await expect(client.manifest('a', one)).rejects.toThrow(refusedAs('unauthorized', /https only/));
    expect(plain.requests.some(({ line }) => line.includes('oauth2'))).toBe(false);
  });
});

describe('an identity', () => {
  it.each<[string, Parameters<typeof refusal>, string, RegExp]>([
    [
      'whose secret has expired',
      [7000222, 'The provided client secret keys for app are expired.'],
      'unauthorized',
      /secret has expired; make a new one.*AADSTS7000222/,
    ],
    [
      'whose secret is wrong',
      [7000215, 'Invalid client secret provided.'],
      'unauthorized',
      /secret is wrong.*AADSTS7000215/,
    ],
    [
      'whose application is unknown',
      [700016, 'Application was not found in the directory.', 'unauthorized_client'],
      'unauthorized',
      /clientId.*AADSTS700016/,
    ],
    ['that is refused for what nobody foresaw', [999999, 'What?'], 'unauthorized', /AADSTS999999/],
    ['that is to come again', [90033, 'A transient error has occurred.'], 'unreachable', /AADSTS90033/],
  ])('%s is reported, with a remedy', async (_, [code, text, error], expected, message) => {
    const { registry, entra, client } = await setting();
    entra.answer = refusal(code, text, error);
    const failure = await client.manifest('a', one).catch((thrown: unknown) => thrown);
    expect(failure).toEqual(refusedAs(expected, message));
    expect(String((failure as Error).message)).not.toContain('s3cret');
    expect(registry.posted).toEqual([]);
  });

  it('is retried while Entra is unavailable', async () => {
    const { registry, entra, client } = await setting();
    let away = 2;
    entra.answer = (_, response) => {
      if ((away -= 1) === 0) entra.answer = undefined;
      respond(response, 503, { error: 'temporarily_unavailable' });
    };
    registry.repositories.a = [];
    expect(await all(client.repositories())).toEqual(['a']);
    expect(entra.requests).toHaveLength(3);
  });

  it('that Entra throttles is not requested again at once', async () => {
    const { entra, client } = await setting();
    entra.answer = (_, response) =>
      respond(response, 429, { error: 'temporarily_unavailable' }, { 'retry-after': '60' });
    await expect(all(client.repositories())).rejects.toMatchObject({ code: 'rate-limited', retriable: true });
    await expect(client.manifest('a', one)).rejects.toMatchObject({ code: 'rate-limited', retriable: true });
    expect(entra.requests).toHaveLength(1);
  });

  it('without access to the registry is refused with the role that it needs', async () => {
    const { registry, client } = await setting();
    registry.denied.add('registry:catalog:*');
    await expect(all(client.repositories())).rejects.toThrow(refusedAs('unauthorized', /401.*AcrPull/));
    registry.answer('*', (request, response) =>
      request.url!.startsWith('/oauth2') || !request.headers.authorization
        ? registry.serve(request, response)
        : respond(response, 403, { errors: [{ code: 'DENIED' }] }),
    );
    await expect(client.manifest('a', one)).rejects.toThrow(refusedAs('unauthorized', /403.*AcrPull/));
    const stranger = await setting();
    vi.spyOn(stranger.registry.knows, 'has').mockReturnValue(false);
    await expect(all(stranger.client.repositories())).rejects.toThrow(
      refusedAs('unauthorized', /refuses the token.*tenant/),
    );
  });

  it('uses the current secret in its file', async () => {
    const file = join(await emptyFolder(), 'secret');
    await writeFile(file, 'old\n');
    const { entra, registry, client } = await setting(({ authorityHost }) => ({
      kind: 'service-principal',
      tenantId,
      clientId,
      clientSecret: { file },
      authorityHost,
    }));
    entra.answer = (form, response) => {
      if (form.client_secret === 'new') entra.answer = undefined;
      refusal(7000222, 'expired')(form, response);
    };
    await expect(all(client.repositories())).rejects.toThrow(refusedAs('unauthorized', /expired/));
    await writeFile(file, 'new\n');
    entra.answer = undefined;
    registry.repositories.a = [];
    expect(await all(client.repositories())).toEqual(['a']);
    expect(entra.requests.map((form) => form.client_secret)).toEqual(['old', 'new']);
  });

  it('of a workload sends the token that Kubernetes wrote', async () => {
    const tokenFile = join(await emptyFolder(), 'token');
    await writeFile(tokenFile, 'of-kubernetes');
    const { registry, entra, client } = await setting(({ authorityHost }) => ({
      kind: 'workload-identity',
      tenantId,
      clientId,
      tokenFile,
      authorityHost,
    }));
    registry.repositories.a = [];
    expect(await all(client.repositories())).toEqual(['a']);
    expect(entra.requests).toMatchObject([
      {
        client_id: clientId,
        client_assertion: 'of-kubernetes',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      },
    ]);
  });

  it('that is managed asks the endpoint of its host', async () => {
    const { registry, entra, client } = await setting((at) => {
      vi.stubEnv('IDENTITY_ENDPOINT', at.identityEndpoint);
      vi.stubEnv('IDENTITY_HEADER', 'of-app-service');
      return { kind: 'managed-identity', clientId };
    });
    registry.repositories.a = [];
    expect(await all(client.repositories())).toEqual(['a']);
    expect(entra.requests).toMatchObject([
      { resource: 'https://containerregistry.azure.net', client_id: clientId, header: 'of-app-service' },
    ]);
  });
});

it('the fake registry also works with the official client directly', async () => {
  const { registry, entra } = await setting();
  const { ContainerRegistryClient, ContainerRegistryContentClient } = await import('@azure/container-registry');
  const { ClientSecretCredential } = await import('@azure/identity');
  const credential = new ClientSecretCredential(tenantId, clientId, 's3cret', {
    authorityHost: entra.authorityHost,
    disableInstanceDiscovery: true,
  });
  const image = imageOf('a layer');
  registry.hold(image, 'v1');
  registry.repositories['team/hello'] = [
    { digest: one, tags: ['v1', 'latest'] },
    { digest: two, tags: [] },
    { digest: three, tags: [] },
  ];
  const official = new ContainerRegistryClient(`https://${registry.host}`, credential);
  expect(await all(official.listRepositoryNames())).toEqual(['team/hello']);
  expect(
    (await all(official.getRepository('team/hello').listManifestProperties())).map(({ digest, tags }) => [
      digest,
      tags,
    ]),
  ).toEqual([
    [one, ['v1', 'latest']],
    [two, []],
    [three, []],
  ]);
  expect((await all(official.getArtifact('team/hello', one).listTagProperties())).map(({ name }) => name)).toEqual([
    'v1',
    'latest',
  ]);
  expect(
    (await new ContainerRegistryContentClient(`https://${registry.host}`, 'team/hello', credential).getManifest('v1'))
      .digest,
  ).toBe(image.manifest.digest);
});
