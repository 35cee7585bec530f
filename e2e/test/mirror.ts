import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { packDatabase } from '@assay/advisories';
import { javaArtifact, makeDatabaseLayout, writeArtifact } from '../../tools/database-layout.ts';
import { startDistribution } from '../../tools/services/index.ts';
import { images } from './suite.ts';

const run = promisify(execFile);

/**
 * A mirror of databases: the CNCF distribution registry, with a way to publish a state of the demonstration's or a
 * database in a folder like it, and one to publish a Java database that lies in a folder.
 */
export const mirror = async (): Promise<{
  readonly host: string;
  /** For ASSAY_DATABASE_SOURCES. */
  readonly source: string;
  readonly publish: (state: string) => Promise<void>;
  /** For ASSAY_DATABASE_SOURCES, too. */
  readonly javaSource: string;
  readonly publishJava: (folder: string) => Promise<void>;
}> => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-mirror-'));
  const registry = await startDistribution({ folder: join(folder, 'registry') });
  onTestFinished(async () => {
    await registry.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const { host } = new URL(registry.url);
  const pushed = (layout: string, name: string): Promise<unknown> =>
    run('skopeo', ['copy', '--dest-tls-verify=false', `oci:${layout}`, `docker://${host}/mirror/${name}`]);
  return {
    host,
    source: `http://${host}/mirror/trivy-db:2`,
    publish: async (state: string): Promise<void> => {
      const layout = join(folder, 'layout');
      await makeDatabaseLayout(resolve(images, state), layout);
      await pushed(layout, 'trivy-db:2');
    },
    javaSource: `http://${host}/mirror/trivy-java-db:1`,
    publishJava: async (from: string): Promise<void> => {
      const layout = join(folder, 'java-layout');
      await writeArtifact(javaArtifact(await buffer(packDatabase(from, 'java')())), '1', layout);
      await pushed(layout, 'trivy-java-db:1');
    },
  };
};
