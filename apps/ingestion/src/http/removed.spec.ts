import { expect, it } from 'vitest';
import { EmbeddedLog } from '@assay/messaging';
import { started } from '../../test/service.ts';
import { registryId } from '../../test/fixtures.ts';

const registry = { registryId, loginServer: 'myreg.registry.test' };

/** The service after it was started with one list of registries after the other, on one log. */
const restarted = async (...lists: readonly (readonly object[])[]) => {
  const log = new EmbeddedLog(':memory:');
  let service!: Awaited<ReturnType<typeof started>>;
  for (const list of lists) service = await started(list, { log });
  const send = async (payload: object, name = registry.loginServer) => {
    const { statusCode, body } = await service.app.inject({
      method: 'POST',
      url: `/assay/sweeps/${name}/removed`,
      payload,
    });
    return { status: statusCode, body: JSON.parse(body) as { value?: object[]; error?: { code: string } } };
  };
  const last = async () => (await service.emitted('registry.observed')).at(-1)!.data;
  return { log, send, last };
};

it.each(['keep', 'close'] as const)('an operator decides on the images of a removed registry: %s', async (images) => {
  const { send, last } = await restarted([registry], []);
  expect(await last()).toMatchObject({ removed: true, by: 'configuration' });
  expect(await last()).not.toHaveProperty('removedImages');
  const answer = await send({ images, why: 'moved' }, 'MyReg.registry.test');
  expect(answer).toEqual({ status: 200, body: { value: [await last()] } });
  expect(await last()).toMatchObject({ registryId, removed: true, removedImages: images, why: 'moved' });
  expect(await last()).not.toMatchObject({ by: 'configuration' });
});

it('a registry that is declared again goes on, and nothing is left of the decision', async () => {
  const { log, send } = await restarted([registry], []);
  await send({ images: 'close', why: 'moved' });
  const again = (await (await started([registry], { log })).emitted('registry.observed')).at(-1)!.data;
  expect(again).toMatchObject({ removed: false, by: 'configuration' });
  expect(again).not.toHaveProperty('removedImages');
  expect(again).not.toHaveProperty('why');
});

it('closed images cannot be kept by a second order', async () => {
  const { send, last } = await restarted([registry], []);
  await send({ images: 'close', why: 'moved' });
  expect(await send({ images: 'keep', why: 'no' })).toMatchObject({
    status: 409,
    body: { error: { code: 'RegistryClosed' } },
  });
  expect(await last()).toMatchObject({ removedImages: 'close', why: 'moved' });
});

it.each<[string, object, string, number, string]>([
  ['without a reason', { images: 'keep' }, registry.loginServer, 400, 'InvalidRequestContent'],
  ['for anything else', { images: 'drop', why: 'x' }, registry.loginServer, 400, 'InvalidRequestContent'],
  ['about an unknown registry', { images: 'keep', why: 'x' }, 'other.test', 404, 'RegistryNotFound'],
  ['about a watched registry', { images: 'keep', why: 'x' }, 'watched.test', 409, 'RegistryWatched'],
])('a decision %s is refused', async (_, payload, name, status, code) => {
  const watched = { registryId: registryId.replace(/[^/]*$/, 'watched'), loginServer: 'watched.test' };
  const { send } = await restarted([registry, watched], [watched]);
  expect(await send(payload, name)).toMatchObject({ status, body: { error: { code } } });
});
