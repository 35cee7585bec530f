import type { IncomingMessage, ServerResponse } from 'node:http';
import { hold, type InputGroup, type Input } from '../input.ts';
import { descriptorOf, goodImage, held, manifestOf } from '../making/image.ts';
import { pushed, type PushedContent, type InputPlace } from '../making/pushed.ts';
import { password, type RegistryName } from '../scene/world.ts';

const basic = `Basic ${Buffer.from(`assay:${password}`).toString('base64')}`;
const challenged = (response: ServerResponse, challenge: string): unknown =>
  response.writeHead(401, { 'www-authenticate': challenge }).end();

/** A good image whose layer is at another address, in a registry that requires its password for everything. */
const layerElsewhere = async ({ registry, repository, name }: InputPlace, to: string): Promise<PushedContent> => {
  const image = await goodImage(name);
  const digest = held(registry, image);
  const guarded =
    (answer: (request: IncomingMessage, response: ServerResponse) => unknown) =>
    (request: IncomingMessage, response: ServerResponse): unknown =>
      request.headers.authorization === basic ? answer(request, response) : challenged(response, 'Basic realm="evil"');
  const path = `/v2/${repository}`;
  for (const [kind, of] of [
    ['manifests', image.manifest],
    ['blobs', image.config],
  ] as const)
    registry.answer(
      `${path}/${kind}/${of.digest}`,
      guarded((request, response) => registry.serve(request, response)),
    );
  registry.answer(
    `${path}/blobs/${image.layers[0]!.digest}`,
    guarded((_, response) => response.writeHead(307, { location: to }).end()),
  );
  return { digest };
};

const redirected = (
  to: string,
  location: (place: InputPlace) => string,
  registry: RegistryName = 'plain',
  more: Pick<Input, 'source'> = {},
): Input =>
  pushed({
    row: more.source === undefined ? 'R10' : 'beyond',
    ...more,
    registry,
    title: `a layer redirected to ${to}`,
    must: 'refused, nothing is asked there, and no Authorization is sent',
    ends: { status: 'undetermined', reason: 'failed/forbidden-redirect' },
    make: (place) => layerElsewhere(place, location(place)),
  });

/** A manifest for which the registry refers the suite to a token service. */
const tokenFrom = (
  title: string,
  source: string,
  realm: (place: InputPlace) => string,
  code: string,
  answer?: (request: IncomingMessage, response: ServerResponse) => unknown,
): Input =>
  pushed({
    row: 'beyond',
    title,
    source,
    must: 'refused; the password goes nowhere else',
    ends: { status: 'undetermined', reason: `inspection-failed/${code}` },
    make: async (place) => {
      const { registry, repository, name } = place;
      const digest = held(registry, await goodImage(name));
      registry.answer(`/v2/${repository}/manifests/${digest}`, (_, response) =>
        challenged(response, `Bearer realm="${realm(place)}",service="evil"`),
      );
      const scope = `?service=evil&scope=${encodeURIComponent(`repository:${repository}:pull`)}`;
      if (answer) registry.answer(`/token/${repository}${scope}`, answer);
      return { digest };
    },
  });

const ownRealm = ({ registry, repository }: InputPlace): string => `http://${registry.host}/token/${repository}`;

/** A registry that refers the suite to other servers. */
export const elsewhere: InputGroup = {
  name: 'a registry that sends us elsewhere',
  inputs: [
    redirected('the metadata service', () => 'http://169.254.169.254/latest/meta-data/'),
    redirected('another server of this machine', ({ world }) => `http://${world.canary.host}/inside`),
    redirected('http, from https', ({ world }) => `http://${world.canary.host}/`, 'secure'),
    redirected('http of the same host, from https', ({ registry }) => `http://${registry.host}/`, 'secure', {
      source: 'CVE-2018-1000007 of curl: what is sent along to whom one is sent',
    }),
    redirected('a file', () => 'file:///etc/passwd', 'plain', { source: 'CVE-2009-0037: curl followed to file://' }),
    redirected(
      'the canary by a name with a password',
      ({ registry, world }) => `http://${registry.host}@${world.canary.host}/`,
      'plain',
      { source: 'CVE-2022-27780: what is the host of a URL' },
    ),
    redirected(
      'the canary with a backslash',
      ({ registry, world }) => String.raw`http:\\${world.canary.host}\@${registry.host}/`,
      'plain',
      { source: 'CVE-2018-3774, two readings of a URL' },
    ),
    redirected(
      'itself, again and again',
      ({ registry, repository }) => {
        const circle = `http://${registry.host}/v2/${repository}/circle`;
        registry.answer(new URL(circle).pathname, (_, response) => response.writeHead(307, { location: circle }).end());
        return circle;
      },
      'plain',
      { source: 'idea: a circle' },
    ),
    pushed({
      row: 'R9',
      title: 'a foreign layer at the canary',
      must: 'never fetched; not healthy',
      ends: { status: 'not-applicable', reason: 'foreign-layer' },
      make: async ({ registry, name, world }) => {
        const { config, layers } = await goodImage(name);
        return {
          digest: held(registry, {
            config,
            layers,
            manifest: manifestOf(
              config,
              layers.map((layer) => ({ ...descriptorOf(layer), urls: [`http://${world.canary.host}/layer`] })),
            ),
          }),
        };
      },
    }),
    pushed({
      row: 'beyond',
      registry: 'inside',
      title: 'a registry at an address that it may not have',
      source: 'idea: names and addresses that lead inside',
      must: 'it is not connected to',
      ends: { status: 'undetermined', reason: 'inspection-failed/forbidden-address' },
      make: async ({ registry, name }) => ({ digest: held(registry, await goodImage(name)) }),
      also: ({ registry }) => hold(registry.requests.length === 0, `it was asked ${registry.requests.length} times`),
    }),
    tokenFrom(
      'a token service at the canary',
      'CVE-2020-15157: containerd sent its password to the realm of a foreign layer',
      ({ world }) => `http://${world.canary.host}/token`,
      'forbidden-realm',
    ),
    tokenFrom(
      'a token service at a name that only begins like the registry',
      'GO-2026-6225 and CVE-2024-35192: cloud tokens for hosts that look right',
      ({ registry, world }) => `http://${registry.host}.${world.canary.host}/token`,
      'forbidden-realm',
    ),
    tokenFrom(
      'a token with a line of its own',
      'CVE-2016-5699: header injection',
      ownRealm,
      'bad-answer',
      (_, response) => response.writeHead(200).end(JSON.stringify({ token: 'a\r\nX-Evil: yes' })),
    ),
    tokenFrom('a token of a megabyte', 'idea: a token that fills memory', ownRealm, 'too-large', (_, response) =>
      response.writeHead(200).end(JSON.stringify({ token: 'a'.repeat(2 ** 20) })),
    ),
    tokenFrom('a token service that answers with a page', 'idea', ownRealm, 'bad-answer', (_, response) =>
      response.writeHead(200).end('<html>log in'),
    ),
    tokenFrom(
      'a token service that sends us on',
      'CVE-2022-31090 of guzzle: Authorization kept across a redirect',
      ownRealm,
      'forbidden-redirect',
      (_, response) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
    ),
    pushed({
      row: 'beyond',
      title: 'a challenge that is slow to read',
      source: 'CVE-2021-3807 and others: regular expressions that take for ever',
      must: 'read in no time',
      ends: { status: 'undetermined', reason: 'inspection-failed/unauthorized' },
      make: async ({ registry, repository, name }) => {
        const digest = held(registry, await goodImage(name));
        registry.answer(`/v2/${repository}/manifests/${digest}`, (_, response) =>
          challenged(response, `${', '.repeat(3000)}bearer${' \t'.repeat(2000)}realm=`),
        );
        return { digest };
      },
    }),
  ],
};
