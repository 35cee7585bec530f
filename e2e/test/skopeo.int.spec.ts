import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { images, TestSuite } from './suite.ts';

const run = promisify(execFile);

it('assesses what skopeo copies into the registry of a running suite, with no further step', async () => {
  const suite = await TestSuite.start();
  const { loginServer } = suite.suite.endpoint.registries[0]!;
  await run('skopeo', [
    'copy',
    '--dest-tls-verify=false',
    `oci:${join(images, 'alpine-3.20.3')}:alpine:3.20.3`,
    `docker://${loginServer}/team/alpine:3.20.3`,
  ]);
  const { stdout } = await run('skopeo', [
    'inspect',
    '--tls-verify=false',
    `docker://${loginServer}/team/alpine:3.20.3`,
  ]);
  const { Digest } = JSON.parse(stdout) as { Digest: string };
  expect(await suite.charged(Digest, 'team/alpine')).toMatchObject({ status: 'unhealthy', charge: { amount: '0.29' } });
  expect(await suite.findings(Digest, 'team/alpine')).toHaveLength(56);
});
