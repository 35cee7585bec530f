import { expect, it } from 'vitest';
import { pushLayout } from '@assay/local-registry';
import { layoutOf, localRegistry, receiver, targetOf } from '../test/setting.ts';

const headers = { authorization: 'Bearer change-me' };

it('notifies of a push and of a deletion as an ACR webhook does', async () => {
  const { url, received } = await receiver();
  const registry = await localRegistry({ loginServer: 'myreg.registry.test', webhook: { url, headers } });
  const { digest, mediaType } = await pushLayout(layoutOf('helm-chart'), targetOf(registry, 'charts/web'));
  await fetch(`${registry.url}/v2/charts/web/manifests/${digest}`, {
    method: 'DELETE',
    headers: { 'user-agent': 'a test' },
  });
  await expect.poll(() => received.length).toBe(2);
  const [push, deletion] = received.toSorted((one, other) =>
    String(other.body['action']).localeCompare(String(one.body['action'])),
  );
  expect(push!.body).toEqual({
    id: expect.any(String),
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    action: 'push',
    target: { mediaType, digest, size: 409, length: 409, repository: 'charts/web', tag: 'v1' },
    request: { id: expect.any(String), host: 'myreg.registry.test', method: 'PUT', useragent: 'assay' },
  });
  expect(deletion!.body).toMatchObject({
    action: 'delete',
    target: { mediaType, digest, repository: 'charts/web' },
    request: { method: 'DELETE', useragent: 'a test', host: 'myreg.registry.test' },
  });
  expect(push!.headers).toMatchObject({ 'content-type': 'application/json', ...headers });
  expect(push!.body['id']).not.toBe(deletion!.body['id']);
});

it('sends nothing when only a tag is deleted', async () => {
  const { url, received } = await receiver();
  const registry = await localRegistry({ webhook: { url, headers } });
  await pushLayout(layoutOf('windows'), targetOf(registry, 'a'));
  await fetch(`${registry.url}/v2/a/manifests/v1`, { method: 'DELETE' });
  await pushLayout(layoutOf('windows'), targetOf(registry, 'b'));
  await expect.poll(() => received.length).toBe(2);
  expect(received.map(({ body }) => body['action'])).toEqual(['push', 'push']);
});

it('is retried with the same id until accepted, and delays no other', async () => {
  const { url, received } = await receiver(({ body }, nth) =>
    body['target'].repository === 'stubborn' && nth < 4 ? 503 : 200,
  );
  const registry = await localRegistry({ webhook: { url, headers } });
  await pushLayout(layoutOf('windows'), targetOf(registry, 'stubborn'));
  await pushLayout(layoutOf('windows'), targetOf(registry, 'easy'));
  const of = (repository: string) => received.filter(({ body }) => body['target'].repository === repository);
  await expect.poll(() => of('stubborn').length).toBeGreaterThanOrEqual(3);
  expect(new Set(of('stubborn').map(({ body }) => body['id'])).size).toBe(1);
  await expect.poll(() => of('easy').length).toBe(1);
});

it('does not retry when the receiver refuses the body for good', async () => {
  const { url, received } = await receiver(() => 400);
  const registry = await localRegistry({ webhook: { url, headers } });
  await pushLayout(layoutOf('windows'), targetOf(registry, 'a'));
  await new Promise((resolve) => {
    setTimeout(resolve, 400);
  });
  expect(received.length).toBe(1);
});

it('does not keep a registry from closing', async () => {
  const registry = await localRegistry({ webhook: { url: 'http://127.0.0.1:1/', headers } });
  await pushLayout(layoutOf('windows'), targetOf(registry, 'a'));
  await registry.close();
});
