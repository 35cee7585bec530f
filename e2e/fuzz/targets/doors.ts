import fc from 'fast-check';
import { send, expectAnswer, type ApiAnswer } from '../api-request.ts';
import { byteEdits, edited, type ByteEdit } from '../mutating/bytes.ts';
import { hostileTexts } from '../mutating/hostile.ts';
import { editedJson, jsonEdits, type JsonEdit } from '../mutating/json.ts';
import { expectThat, type FuzzTarget } from '../target.ts';
import { registryId, type FuzzWorld } from '../world.ts';

interface DoorCase {
  readonly of: number;
  readonly edits: readonly JsonEdit[];
  readonly bytes: readonly ByteEdit[];
  readonly headers: Readonly<Record<string, string>>;
}

const manifest = 'application/vnd.oci.image.manifest.v1+json';
const target = {
  mediaType: manifest,
  size: 7143,
  digest: `sha256:${'7'.repeat(64)}`,
  length: 7143,
  repository: 'team/fuzzed',
  tag: 'v1',
};
const at = '2026-01-01T00:00:00Z';

const acr = ['push', 'delete', 'ping', 'chart_push'].map((action) => ({
  id: 'a',
  timestamp: at,
  action,
  target,
  request: { id: 'r', host: 'HOST', method: 'PUT', useragent: 'x' },
}));
const distribution = [
  {
    events: ['push', 'pull', 'delete'].map((action) => ({
      id: action,
      timestamp: at,
      action,
      target: { ...target, url: 'http://HOST/v2/x' },
      request: { host: 'HOST' },
      actor: {},
      source: { addr: 'a', instanceID: 'b' },
    })),
  },
];
const data = { id: 'b', timestamp: at, action: 'push', target, request: { host: 'HOST' } };
const grid = [
  [
    {
      id: 'c',
      topic: registryId,
      subject: 'team/fuzzed:v1',
      eventType: 'Microsoft.ContainerRegistry.ImagePushed',
      eventTime: at,
      data,
      dataVersion: '1.0',
      metadataVersion: '1',
    },
  ],
  [
    {
      id: 'd',
      topic: registryId,
      subject: '',
      eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
      eventTime: at,
      data: { validationCode: 'code', validationUrl: 'http://127.0.0.1:1/' },
      dataVersion: '1',
    },
  ],
  {
    specversion: '1.0',
    id: 'e',
    type: 'Microsoft.ContainerRegistry.ImagePushed',
    source: registryId,
    time: at,
    subject: 'x',
    data,
  },
  [
    {
      specversion: '1.0',
      id: 'f',
      type: 'Microsoft.ContainerRegistry.ImageDeleted',
      source: registryId,
      time: at,
      data_base64: Buffer.from(JSON.stringify(data)).toString('base64'),
    },
  ],
];

const keys = [
  'id',
  'timestamp',
  'action',
  'target',
  'request',
  'host',
  'repository',
  'tag',
  'digest',
  'mediaType',
  'events',
  'url',
  'topic',
  'eventType',
  'data',
  'specversion',
  'source',
  'type',
  'data_base64',
  'validationCode',
];
const tokens = ['{', '}', '[', ']', ',', '"', '\\', '\\u0000', '\u0000', 'null', '\ufeff'];
const text = fc.constantFrom(...hostileTexts.filter((each) => each.length < 1000));
const headers = fc.dictionary(
  fc.constantFrom(
    'content-type',
    'ce-specversion',
    'ce-id',
    'ce-type',
    'ce-source',
    'ce-time',
    'aeg-event-type',
    'traceparent',
    'x-forwarded-host',
    'user-agent',
  ),
  fc.oneof(
    text,
    fc.constantFrom(
      '1.0',
      'application/cloudevents+json',
      'application/cloudevents-batch+json; charset=utf-8',
      'application/json',
      'SubscriptionValidation',
      'Notification',
      '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      registryId,
    ),
  ),
  { maxKeys: 3 },
);

const cases = (bodies: readonly unknown[]): fc.Arbitrary<DoorCase> =>
  fc.record({ of: fc.nat({ max: bodies.length - 1 }), edits: jsonEdits(keys), bytes: byteEdits(tokens, 2), headers });

const sent = async (
  path: string,
  bodies: readonly unknown[],
  { of, edits, bytes, headers: more }: DoorCase,
  world: FuzzWorld,
  authorization?: string,
): Promise<ApiAnswer> => {
  const running = await world.suite();
  const body = edited(editedJson(bodies[of], edits).replaceAll('HOST', running.registry.host), bytes);
  return send(running, {
    method: 'POST',
    path,
    headers: {
      'content-type': 'application/json',
      ...more,
      authorization: authorization ?? `Bearer ${running.secret}`,
    },
    body,
  });
};

/** A notification is accepted or refused, and without the secret it is always refused. */
const door = (name: string, description: string, path: string, bodies: readonly unknown[]): FuzzTarget<DoorCase> => ({
  name,
  description,
  perTurn: 60,
  cases: cases(bodies),
  hold: async (one, world) => {
    expectAnswer(await sent(path, bodies, one, world));
    const stranger = await sent(path, bodies, one, world, 'Bearer guessed');
    expectThat(stranger.status >= 400, `a stranger was answered ${stranger.status}`);
    expectAnswer(stranger);
  },
});

export const doorTargets: readonly FuzzTarget<DoorCase>[] = [
  door('acr-webhooks', 'webhooks of Azure Container Registry', '/ingest/acr', acr),
  door('registry-notifications', 'notifications of distribution registries', '/ingest/registry', distribution),
  door('event-grid', 'events of Event Grid, in both schemas', '/ingest/eventgrid', grid),
];
