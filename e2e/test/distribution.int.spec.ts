import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '@assay/testing';
import { startDistribution } from '../../tools/services/index.ts';
import { freePort, images, recordsOf, TestSuite } from './suite.ts';

const run = promisify(execFile);

/** Starts the CNCF distribution registry, which notifies our suite of pushes. */
const distribution = async (port: number, url: string, secret: string): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-distribution-'));
  const registry = await startDistribution({ folder, port, notifications: { url: `${url}/ingest/registry`, secret } });
  onTestFinished(async () => {
    await registry.stop();
    await rm(folder, { recursive: true, force: true });
  });
};

it('understands a real distribution registry: one push for one image, none for pulls and blobs', async () => {
  const port = await freePort();
  const configured = {
    registryId:
      '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers' +
      '/Microsoft.ContainerRegistry/registries/cncf',
    loginServer: `127.0.0.1:${port}`,
    plainHttp: true,
    allowAddresses: ['127.0.0.0/8'],
    secret: 'tell-me-of-pushes',
  };
  const suite = await TestSuite.start({ env: { ASSAY_REGISTRIES: JSON.stringify([configured]) } });
  await distribution(port, suite.suite.endpoint.url, configured.secret);
  const copy = (layout: string, to: string) =>
    run('skopeo', [
      'copy',
      '--all',
      '--dest-tls-verify=false',
      `oci:${join(images, layout)}`,
      `docker://127.0.0.1:${port}/${to}`,
    ]);
  const digestOf = async (of: string): Promise<string> =>
    (
      JSON.parse(
        (await run('skopeo', ['inspect', '--tls-verify=false', `docker://127.0.0.1:${port}/${of}`])).stdout,
      ) as { Digest: string }
    ).Digest;
  const pushes = async () => (await recordsOf(suite.suite, 'image.pushed')).map(({ data }) => data);

  await copy('debian-13.0', 'web/debian:13.0');
  const digest = await digestOf('web/debian:13.0');
  expect(await suite.charged(digest, 'web/debian')).toMatchObject({ status: 'unhealthy', charge: { amount: '0.29' } });
  expect(await pushes()).toHaveLength(1);

  await copy('debian-13.0', 'web/debian:13.0');
  await eventually(async () => (await pushes()).length === 2);
  await copy('helm-chart', 'charts/web:1');
  await eventually(async () => (await pushes()).some(({ facts }) => (facts as { kind: string }).kind === 'helm-chart'));

  await run('skopeo', ['delete', '--tls-verify=false', `docker://127.0.0.1:${port}/web/debian:13.0`]);
  await eventually(async () => (await suite.settled(digest, 'web/debian')).reason === 'image-deleted');
  expect(await recordsOf(suite.suite, 'usage.charged')).toHaveLength(1);
});
