import { expect, it } from 'vitest';
import { started } from '../../test/service.ts';

const digest = `sha256:${'a'.repeat(64)}`;

it.each<[string, object | string, string | undefined]>([
  ['no JSON', '{', 'cluster'],
  ['no cluster', { images: [] }, 'cluster'],
  ['a name that is none', { cluster: 'Prod', images: [] }, 'cluster'],
  ['a name that is too long', { cluster: 'x'.repeat(64), images: [] }, 'cluster'],
  ['no images', { cluster: 'prod' }, 'images'],
  ['too many images', { cluster: 'prod', images: Array(50_001).fill({ digest }) }, 'images'],
  ['a tag', { cluster: 'prod', images: [{ digest }, { digest: 'web:1' }] }, 'images[1].digest'],
  ['nothing for an image', { cluster: 'prod', images: [null] }, 'images[0].digest'],
  ['a strange namespace', { cluster: 'prod', images: [{ digest, namespace: 'A b' }] }, 'images[0].namespace'],
])('a report with %s is refused', async (_, payload, target) => {
  const { app, emitted } = await started([]);
  const answer = await app.inject({ method: 'POST', url: '/assay/running', payload });
  expect([answer.statusCode, answer.json()]).toMatchObject([400, { error: { code: 'InvalidRequestContent', target } }]);
  expect(await emitted('cluster.reported')).toEqual([]);
});
