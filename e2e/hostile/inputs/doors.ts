import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { hold, type InputGroup, type Input } from '../input.ts';
import { patienceMs } from '../patience.ts';
import { sha256 } from '../making/image.ts';
import type { HostileWorld } from '../scene/world.ts';

interface Sent {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}
interface Door extends Omit<Input, 'happen'> {
  send(world: HostileWorld): Sent;
  /** The status, and a pattern that the body must match. */
  readonly answers: number | readonly number[];
  readonly pattern?: RegExp;
}

const digest = sha256('of nothing');

/** A valid webhook, except for the given members. */
const webhook = ({ registries: { plain } }: HostileWorld, body: object = {}, target: object = {}): string =>
  JSON.stringify({
    id: randomUUID(),
    timestamp: new Date().toISOString(),
    action: 'push',
    target: {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest,
      repository: 'hostile/door',
      tag: 'v1',
      ...target,
    },
    request: { host: plain.registry.host },
    ...body,
  });
const known = ({
  registries: {
    plain: { secret },
  },
}: HostileWorld): Record<string, string> => ({ authorization: `Bearer ${secret}` });

/**
 * A request to an endpoint of the suite. The suite must answer it as given, in time, and nothing may result from it.
 */
const door = ({ send, answers, pattern, ...input }: Door): Input => ({
  ...input,
  happen: async (world) => {
    const { path = '/ingest/acr', method = 'POST', headers = {}, body } = send(world);
    const response = await fetch(world.suite.endpoint.url + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(patienceMs),
    });
    const text = await response.text();
    hold([answers].flat().includes(response.status), `answered ${response.status} ${text.slice(0, 200)}`);
    hold(pattern === undefined || pattern.test(text), `answered ${text.slice(0, 200)}`);
    hold(!Object.values(world.registries).some(({ secret }) => text.includes(secret)), 'the answer holds a secret');
    await expectNoEvent(world);
    return `${response.status}${text.length > 0 ? ` ${text.slice(0, 80)}` : ''}`;
  },
});

/** The suite does not know the image that the webhooks name. */
const expectNoEvent = async ({ suite }: HostileWorld): Promise<void> => {
  await pause(50);
  const { status } = await fetch(`${suite.endpoint.url}/assay/images/${encodeURIComponent(digest)}`, {
    headers: { authorization: `Bearer ${suite.endpoint.token}` },
  });
  hold(status === 404, 'an event came of it');
};

/** Bytes that no HTTP client sends. */
const raw = (
  input: Omit<Input, 'happen' | 'must'>,
  bytes: (world: HostileWorld) => string | Buffer,
  status: RegExp,
): Input => ({
  ...input,
  must: 'refused in time',
  happen: async (world) => {
    const { hostname, port } = new URL(world.suite.endpoint.url);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write(bytes(world)));
      let received = '';
      const late = setTimeout(() => {
        socket.destroy();
        reject(new Error(`no answer: ${received.slice(0, 100)}`));
      }, patienceMs);
      socket.on('data', (piece) => {
        received += piece.toString('latin1');
        if (received.includes('\r\n\r\n')) socket.end();
      });
      socket
        .on('error', () => undefined)
        .on('close', () => {
          clearTimeout(late);
          resolve(received);
        });
    });
    const line = answer.split('\r\n', 1)[0]!;
    hold(status.test(line), `answered ${line || 'nothing'}`);
    await expectNoEvent(world);
    return line;
  },
});

const request = (world: HostileWorld, ...lines: string[]): string =>
  [
    `POST /ingest/acr HTTP/1.1`,
    'host: x',
    'content-type: application/json',
    'connection: close',
    ...lines,
    '',
    '',
  ].join('\r\n');

/** Requests to the suite itself. */
export const doors: InputGroup = {
  name: 'doors',
  inputs: [
    door({
      row: 'E1',
      title: 'a webhook without a secret',
      must: '401, no event',
      answers: 401,
      send: (world) => ({ body: webhook(world) }),
    }),
    door({
      row: 'E1',
      title: 'a webhook with a wrong secret',
      must: '401, no event',
      answers: 401,
      send: (world) => ({ headers: { authorization: 'Bearer wrong' }, body: webhook(world) }),
    }),
    door({
      row: 'E1',
      title: 'the right secret in another case',
      must: '401, no event',
      answers: 401,
      send: (world) => ({
        headers: { authorization: `Bearer ${swapped(world.registries.plain.secret)}` },
        body: webhook(world),
      }),
    }),
    door({
      row: 'E1',
      title: 'the right secret in the query',
      must: '401, no event',
      answers: 401,
      send: (world) => ({
        path:
          `/ingest/acr?secret=${world.registries.plain.secret}&code=${world.registries.plain.secret}` +
          `&authorization=Bearer%20${world.registries.plain.secret}`,
        body: webhook(world),
      }),
    }),
    raw(
      { row: 'E1', title: 'the right secret twice' },
      (world) => {
        const body = webhook(world);
        const authorization = `authorization: Bearer ${world.registries.plain.secret}`;
        const head = request(world, authorization, authorization, `content-length: ${Buffer.byteLength(body)}`);
        return `${head}${body}`;
      },
      / 400 /,
    ),
    door({
      row: 'E3',
      title: 'a push of a registry that is not onboarded',
      must: 'dropped, no outgoing request',
      answers: 202,
      pattern: /unknown-registry/,
      send: (world) => ({
        headers: known(world),
        body: webhook(world, { request: { host: world.canary.host } }, { url: `http://${world.canary.host}/v2/x` }),
      }),
    }),
    door({
      row: 'E3',
      title: 'a push of a registry with another secret',
      must: 'dropped, no outgoing request',
      answers: 202,
      pattern: /not-allowed-for-registry/,
      send: (world) => ({
        headers: known(world),
        body: webhook(world, { request: { host: world.registries.secure.registry.host } }),
      }),
    }),
    door({
      row: 'E3',
      title: 'an envelope of a registry whose target lies at the canary',
      must: 'dropped, no outgoing request',
      answers: 202,
      pattern: /unknown-registry/,
      send: (world) => ({
        path: '/ingest/registry',
        headers: known(world),
        body: JSON.stringify({
          events: [
            {
              ...(JSON.parse(webhook(world)) as object),
              request: undefined,
              target: {
                mediaType: 'application/vnd.oci.image.manifest.v1+json',
                digest,
                repository: 'x',
                url: `http://${world.canary.host}/v2/x/manifests/${digest}`,
              },
            },
          ],
        }),
      }),
    }),
    ...(['alg none', 'another key'] as const).map((kind) =>
      door({
        row: 'E8',
        title: `a token of ${kind} at the API (all others: libs/http/src/access/oidc.spec.ts)`,
        must: '401',
        answers: 401,
        send: ({ canary }) => ({
          path: '/assay/status',
          method: 'GET',
          headers: {
            authorization: `Bearer ${[
              {
                alg: kind === 'alg none' ? 'none' : 'RS256',
                jku: `http://${canary.host}/keys`,
                x5u: `http://${canary.host}/x`,
                kid: '../../../../dev/null',
              },
              { sub: 'root', iss: `http://${canary.host}/`, aud: 'assay', exp: 4e9 },
            ]
              .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
              .join('.')}.${kind === 'alg none' ? '' : 'c2lnbmF0dXJl'}`,
          },
        }),
      }),
    ),
    ...['../../etc', `x${'/y'.repeat(1000)}`, 'a\u0000b', '$(id)', 'x\r\nX-Evil: yes'].map((repository) =>
      door({
        row: 'beyond',
        title: `a repository called ${JSON.stringify(repository).slice(0, 24)}`,
        source: 'idea: names that are paths or commands',
        must: '400',
        answers: 400,
        pattern: /bad-repository/,
        send: (world) => ({ headers: known(world), body: webhook(world, {}, { repository }) }),
      }),
    ),
    door({
      row: 'R13',
      title: 'a digest as a path, in a webhook',
      must: '400',
      answers: 400,
      pattern: /bad-digest/,
      send: (world) => ({ headers: known(world), body: webhook(world, {}, { digest: 'sha256:../../x' }) }),
    }),
    door({
      row: 'beyond',
      title: 'a registry called constructor',
      source: 'CVE-2019-10744: names that every object has',
      must: 'dropped',
      answers: 202,
      pattern: /unknown-registry/,
      send: (world) => ({ headers: known(world), body: webhook(world, { request: { host: 'constructor' } }) }),
    }),
    door({
      row: 'beyond',
      title: '__proto__ in a webhook',
      source: 'CVE-2018-16487: prototype pollution',
      must: '400 or dropped',
      answers: [202, 400],
      send: (world) => ({
        headers: known(world),
        body: webhook(world, { request: { host: 'x' } }).replace(
          '{',
          '{"__proto__":{"request":{"host":"x"},"authorized":true},',
        ),
      }),
    }),
    door({
      row: 'beyond',
      title: 'a wish for 1,200 forms of an answer',
      source: 'CVE-2016-10539 of negotiator: headers that are slow to read',
      must: 'answered in time',
      answers: [200, 406],
      send: ({ suite }) => ({
        path: '/assay/images',
        method: 'GET',
        headers: {
          accept: 'a/b;q=0.1, '.repeat(1200) + `${'a'.repeat(1000)}/*`,
          authorization: `Bearer ${suite.endpoint.token}`,
        },
      }),
    }),
    door({
      row: 'beyond',
      title: 'a body nested 1,000,000 deep',
      source: 'CVE-2020-36518: a stack that ends',
      must: '4xx or dropped',
      answers: [202, 400],
      send: (world) => ({ headers: known(world), body: '['.repeat(1_000_000) + ']'.repeat(1_000_000) }),
    }),
    door({
      row: 'beyond',
      title: 'a body of 8 KB that unpacks to 8 MB',
      source: 'idea: Content-Encoding of a request',
      must: 'not unpacked',
      answers: [400, 415],
      send: (world) => ({
        headers: { ...known(world), 'content-encoding': 'gzip' },
        body: gzipSync(Buffer.alloc(8 * 2 ** 20, ' ')),
      }),
    }),
    door({
      row: 'beyond',
      title: 'an address to confirm an Event Grid subscription at',
      source: 'idea: a handshake that visits',
      must: 'not visited',
      answers: [200, 400, 404],
      send: (world) => ({
        path: '/ingest/eventgrid',
        headers: { ...known(world), 'aeg-event-type': 'SubscriptionValidation' },
        body: JSON.stringify([
          {
            id: '1',
            eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
            subject: '',
            topic: 'x',
            eventTime: new Date().toISOString(),
            data: { validationCode: 'x', validationUrl: `http://${world.canary.host}/validate` },
            dataVersion: '1',
          },
        ]),
      }),
    }),
    door({
      row: 'beyond',
      title: 'an address to call back at, of CloudEvents',
      source: 'idea: a handshake that visits',
      must: 'not visited',
      answers: [200, 403],
      send: (world) => ({
        path: '/ingest/eventgrid',
        method: 'OPTIONS',
        headers: {
          ...known(world),
          'webhook-request-origin': 'eventgrid.azure.net',
          'webhook-request-callback': `http://${world.canary.host}/`,
        },
      }),
    }),
    ...[
      '/assay/images/..%2f..%2f..%2fetc%2fpasswd',
      '/assay/images/%00',
      '/assay/images/%c0%ae%c0%ae%2f',
      '//assay/../../etc/passwd',
      `/subscriptions/${'%2e%2e%2f'.repeat(50)}etc`,
    ].map((path) =>
      door({
        row: 'beyond',
        title: `the path ${path.slice(0, 44)}`,
        source: 'CVE-2021-41773: dots in disguise',
        must: '4xx',
        answers: [400, 404],
        send: ({ suite }) => ({ path, method: 'GET', headers: { authorization: `Bearer ${suite.endpoint.token}` } }),
      }),
    ),
    raw(
      { row: 'beyond', title: 'a body that is announced as 9 MiB', source: 'idea: memory' },
      (world) => {
        const authorization = `authorization: Bearer ${world.registries.plain.secret}`;
        return `${request(world, authorization, `content-length: ${9 * 2 ** 20}`)}{`;
      },
      / 413 /,
    ),
    raw(
      {
        row: 'beyond',
        title: 'a body of 8 MiB of a stranger, which never ends',
        source: 'idea: memory, without a secret',
      },
      (world) => `${request(world, `content-length: ${8 * 2 ** 20}`)}{`,
      / 401 /,
    ),
    raw(
      { row: 'beyond', title: 'a body that stops in the middle', source: 'idea: connections that are held' },
      (world) => `${request(world, `authorization: Bearer ${world.registries.plain.secret}`, 'content-length: 9')}{`,
      / 408 /,
    ),
    raw(
      { row: 'beyond', title: 'two lengths in one request', source: 'CVE-2022-32215: request smuggling' },
      (world) =>
        `${request(world, 'content-length: 5', 'transfer-encoding: chunked')}0\r\n\r\nPOST /ingest/acr ` +
        `HTTP/1.1\r\n\r\n`,
      / 400 /,
    ),
    raw(
      { row: 'beyond', title: 'a header that ends a line by itself', source: 'CVE-2023-30589: CR without LF' },
      (world) => request(world, 'x: y\rtransfer-encoding: chunked'),
      / 400 /,
    ),
    raw(
      { row: 'beyond', title: 'headers of 200 KB', source: 'CVE-2018-12121' },
      (world) => request(world, `x: ${'y'.repeat(200_000)}`),
      / 431 /,
    ),
    raw(
      { row: 'beyond', title: 'the beginning of TLS', source: 'idea: another protocol' },
      () => Buffer.from('16030100050100000100', 'hex'),
      / 400 /,
    ),
  ],
};

function swapped(text: string): string {
  return [...text].map((sign) => (sign === sign.toUpperCase() ? sign.toLowerCase() : sign.toUpperCase())).join('');
}
