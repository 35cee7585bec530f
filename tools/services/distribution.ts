import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { freePort, host } from './ports.ts';
import { Server } from './server.ts';

export interface DistributionOptions {
  /** Where images are kept. */
  readonly folder: string;
  readonly port?: number;
  /** Who is told of pushes: the address of `/ingest/registry`, and the secret that it wants to see. */
  readonly notifications?: { readonly url: string; readonly secret: string };
  readonly detached?: boolean;
}

/** The CNCF distribution registry. */
export const startDistribution = async ({ folder: at, port: given, notifications, detached = false }: DistributionOptions): Promise<Server> => {
  const folder = resolve(at);
  const port = given ?? await freePort();
  const config = join(folder, 'config.json');
  await mkdir(folder, { recursive: true });
  // JSON is YAML, too.
  await writeFile(config, JSON.stringify({
    version: 0.1, storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } }, http: { addr: `${host}:${port}` },
    ...(notifications && { notifications: { endpoints: [{ name: 'assay', url: notifications.url, headers: { Authorization: [`Bearer ${notifications.secret}`] }, timeout: '5s', threshold: 3, backoff: '500ms' }] } }),
  }), { mode: 0o600 });
  const url = `http://${host}:${port}`;
  return await Server.start({
    name: 'registry', folder, port, url, command: 'docker-registry', args: ['serve', config], detached, remedy: 'apt-get install docker-registry',
    answers: async () => (await fetch(`${url}/v2/`).catch(() => undefined))?.ok === true,
  });
};
