import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pushLayout } from '@assay/local-registry';
import { Api } from '../../apps/assay/src/client/api.ts';
import { runDemo } from '../../apps/assay/src/demo/run.ts';
import { wrongInCycloneDx } from '../../apps/recommendation/test/schemas.ts';
import { startDistributed } from './distributed.ts';
import { images } from './suite.ts';

it('makes of the demonstration over six processes what it is in one', async () => {
  const { suite } = await startDistributed();
  const { rows, charges, wrong } = await runDemo(suite, () => undefined);
  expect(wrong).toEqual([]);
  expect(rows.length).toBeGreaterThanOrEqual(13);
  expect(charges.totals).toEqual([expect.objectContaining({ charges: 6 })]);
});

it('has a pipeline wait, and the inventory of a scan and what a cluster reports from Kafka', async () => {
  const { suite } = await startDistributed();
  const { url, token, registries } = suite.endpoint;
  const [{ digest }] = (
    JSON.parse(readFileSync(join(images, 'debian-13.0', 'index.json'), 'utf8')) as { manifests: [{ digest: string }] }
  ).manifests;
  const fetched = async (path: string, headers: Record<string, string>): Promise<any> =>
    (
      await fetch(`${url}/assay/images/${digest}/${path}`, {
        headers: { ...headers, authorization: `Bearer ${token}` },
      })
    ).json();
  const decision = fetched('gate?repository=team/web', { prefer: 'wait=50' });
  await pushLayout(join(images, 'debian-13.0'), {
    registry: registries[0]!.loginServer,
    repository: 'team/web',
    tag: 'v1',
    plainHttp: true,
  });
  expect(await decision).toMatchObject({ decision: 'deny', reason: 'findings-above' });
  const document = await fetched('findings', { accept: 'application/vnd.cyclonedx+json' });
  expect(await wrongInCycloneDx(document)).toBeNull();
  expect(document.components.length).toBeGreaterThan(50);
  const reported = await new Api(url, token).reportRunning('prod', [{ digest }]);
  expect(reported).toEqual({ digests: 1, firstSeen: 1, gone: 0, again: 0 });
  await expect
    .poll(async () => (await new Api(url, token).image(digest)).placements.map(({ running }) => running))
    .toMatchObject([[{ cluster: 'prod' }]]);
});
