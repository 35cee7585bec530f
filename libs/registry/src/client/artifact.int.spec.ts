import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { databaseTypes, makeDatabaseLayout } from '../../../../tools/database-layout.ts';
import { startDistribution } from '../../../../tools/services/index.ts';
import { clientOf, emptyFolder } from '../../test/setting.ts';

const run = promisify(execFile);
const advisories = fileURLToPath(new URL('../../../../e2e/images/advisories/', import.meta.url));

it('downloads a database from a real registry as it was pushed there', async () => {
  const folder = await emptyFolder();
  const registry = await startDistribution({ folder: join(folder, 'registry') });
  onTestFinished(() => registry.stop());
  const loginServer = new URL(registry.url).host;
  const layer = await makeDatabaseLayout(advisories, join(folder, 'layout'));
  await run('skopeo', [
    'copy',
    '--dest-tls-verify=false',
    `oci:${join(folder, 'layout')}`,
    `docker://${loginServer}/mirror/trivy-db:2`,
  ]);
  const client = clientOf({ loginServer, plainHttp: true, allowAddresses: ['127.0.0.0/8'] });
  const form = { artifactType: databaseTypes.artifact, layerType: databaseTypes.layer, maxBytes: 2 ** 20 };
  const artifact = await client.artifact('mirror/trivy-db', '2', form, join(folder, 'db.tar.gz'));
  expect(artifact.digest).toBe(await client.head('mirror/trivy-db', '2'));
  expect(artifact.layer.digest).toBe(layer);
  const bytes = await readFile(join(folder, 'db.tar.gz'));
  expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(layer);
  await expect(client.artifact('mirror/trivy-db', '1', form, join(folder, 'other'))).rejects.toMatchObject({
    code: 'gone',
  });
});
