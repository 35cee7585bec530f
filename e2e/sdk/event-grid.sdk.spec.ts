import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { expect, inject, it } from 'vitest';
import { localSubscription } from '../../apps/assay/src/suite/local.ts';
import { api, endpoint } from './clients.ts';

const { registryId, loginServer } = endpoint.registries.find(({ name }) => name === 'local')!;
const secret = readFileSync(join(inject('data'), 'secrets', 'webhook-local'), 'utf8').trim();
const options = { retryOptions: { maxRetries: 0 } };
const address = `${endpoint.url}/ingest/eventgrid`;
const eventType = 'Microsoft.ContainerRegistry.ImagePushed';

const image = async () =>
  (await api.images()).find(
    ({ repository, subscriptionId, kind }) =>
      repository === 'alpine' && subscriptionId === localSubscription && kind === 'image',
  )!;
const pushed = (digest: string, tag: string): object => ({
  id: randomUUID(),
  timestamp: new Date().toISOString(),
  action: 'push',
  target: {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    size: 1,
    digest,
    length: 1,
    repository: 'alpine',
    tag,
  },
  request: { id: randomUUID(), host: loginServer, method: 'PUT', useragent: 'a test' },
});
/** The registry has no such tag, so it names the image until the registry answers. The push stays. */
const isPushed = async (digest: string, tag: string): Promise<boolean> =>
  (await api.timeline(digest)).events.some(({ summary }) => summary.startsWith(`pushed alpine:${tag}`));

it('the official client of Event Grid reports a push, in its own schema and in CloudEvents', async () => {
  const { digest } = await image();
  await new EventGridPublisherClient(address, 'EventGrid', new AzureKeyCredential(secret), options).send([
    { eventType, topic: registryId, subject: 'alpine:grid', dataVersion: '1.0', data: pushed(digest, 'grid') },
  ]);
  await expect.poll(() => isPushed(digest, 'grid')).toBe(true);
  await new EventGridPublisherClient(address, 'CloudEvent', new AzureKeyCredential(secret), options).send([
    { type: eventType, source: registryId, subject: 'alpine:cloud', data: pushed(digest, 'cloud') },
  ]);
  await expect.poll(() => isPushed(digest, 'cloud')).toBe(true);
});

it('a client with another key is refused, and no event is accepted', async () => {
  const { digest } = await image();
  await expect(
    new EventGridPublisherClient(address, 'EventGrid', new AzureKeyCredential('wrong'), options).send([
      { eventType, topic: registryId, subject: 'alpine:wrong', dataVersion: '1.0', data: pushed(digest, 'wrong') },
    ]),
  ).rejects.toMatchObject({ name: 'RestError', statusCode: 401 });
  expect(await isPushed(digest, 'wrong')).toBe(false);
});
