import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { makeDatabaseLayout } from '../../tools/database-layout.ts';
import { startDistribution } from '../../tools/services/index.ts';
import { images } from './suite.ts';

const run = promisify(execFile);

/** A mirror of databases: the CNCF distribution registry, with a way to publish a state of the demonstration's. */
export const mirror = async (): Promise<{
  readonly host: string;
  /** For ASSAY_DATABASE_SOURCES. */
  readonly source: string;
  readonly publish: (state: string) => Promise<void>;
}> => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-mirror-'));
  const registry = await startDistribution({ folder: join(folder, 'registry') });
  onTestFinished(async () => {
    await registry.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const { host } = new URL(registry.url);
  return {
    host,
    source: `http://${host}/mirror/trivy-db:2`,
    publish: async (state: string): Promise<void> => {
      const layout = join(folder, 'layout');
      await makeDatabaseLayout(join(images, state), layout);
      await run('skopeo', ['copy', '--dest-tls-verify=false', `oci:${layout}`, `docker://${host}/mirror/trivy-db:2`]);
    },
  };
};
