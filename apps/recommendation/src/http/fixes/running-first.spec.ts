import { afterEach, beforeEach, expect, it } from 'vitest';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  digestOf,
  emitted,
  findingOf,
  planOn,
  registryObserved,
  soon,
  wholeStory,
} from '../../../../../libs/read-model/test/fixtures.ts';

let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await suite();
  await assay.publish(registryObserved(), planOn());
});
afterEach(() => assay.close());

const at = new Date(soon).toISOString();
const findings = (name: string, severity: 'Critical' | 'Low') => [
  findingOf({ vulnerability: `CVE-${name}`, package: name, sourcePackage: name, severity, fixedVersion: '2' }),
];
const run = (n: number) => {
  const seen = { digest: digestOf(n), cluster: 'prod', state: 'running' as const, since: at, seenAt: at };
  const { sequence: _, ...event } = emitted('image.running', seen);
  return assay.publish(
    event,
    emitted('cluster.reported', { cluster: 'prod', reportedAt: at, digests: 1, by: 'robot' }),
  );
};
const listed = async (path = ''): Promise<readonly string[]> =>
  (await assay.all(`/assay/fixes?top=1${path}`)).map(
    ({ package: name, images, running }) => `${name} ${images} ${running ?? '-'}`,
  );

it('upgrades come first that close findings in images that run', async () => {
  for (const n of [1, 2])
    await assay.publish(...wholeStory({ digest: digestOf(n), findings: findings('bad', 'Critical') }));
  for (const n of [3, 4])
    await assay.publish(...wholeStory({ digest: digestOf(n), findings: findings('used', 'Low') }));
  expect(await listed()).toEqual(['bad 2 -', 'used 2 -']);
  await run(3);
  expect(await listed()).toEqual(['used 2 1', 'bad 2 0']);
  expect(await listed('&repository=team/hello')).toEqual(['used 2 1', 'bad 2 0']);
  expect(await listed('&severity=high')).toEqual(['bad 2 0']);
  await run(1);
  expect(await listed()).toEqual(['bad 2 1', 'used 2 1']);
  const { body } = await assay.app.inject({ url: '/assay/fixes?format=csv' });
  expect(body.split('\n').map((line) => line.split(',')[8])).toEqual(['running', '1', '1', undefined]);
});

it('an image runs whose index runs', async () => {
  const children = [{ digest: digestOf(1), kind: 'image', os: 'linux', architecture: 'amd64' }];
  const facts = { kind: 'index', layers: 0, compressedBytes: 0, encrypted: false, foreignLayers: false, children };
  const [index] = wholeStory({ digest: digestOf(9), push: { facts } });
  await assay.publish(index!, ...wholeStory({ digest: digestOf(1), findings: findings('used', 'Low') }));
  await run(9);
  expect(await listed()).toEqual(['used 1 1']);
});
