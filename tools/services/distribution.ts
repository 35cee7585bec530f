import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { freePort, host } from './ports.ts';
import { RunningServer } from './server.ts';

/** The target of notifications: the address of `/ingest/registry`, and its secret. */
export interface Notifications {
  readonly url: string;
  readonly secret: string;
}

export interface DistributionOptions {
  /** The folder of the images. */
  readonly folder: string;
  readonly port?: number;
  readonly notifications?: Notifications;
  readonly detached?: boolean;
}

/** The CNCF distribution registry. */
export const startDistribution = async ({
  folder: at,
  port: given,
  notifications,
  detached = false,
}: DistributionOptions): Promise<RunningServer> => {
  const folder = resolve(at);
  const port = given ?? (await freePort());
  const config = join(folder, 'config.json');
  await mkdir(folder, { recursive: true });
  // JSON is YAML, too.
  await writeFile(
    config,
    JSON.stringify({
      version: 0.1,
      storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
      http: { addr: `${host}:${port}` },
      ...(notifications && {
        notifications: {
          endpoints: [
            {
              name: 'assay',
              url: notifications.url,
              headers: { Authorization: [`Bearer ${notifications.secret}`] },
              timeout: '5s',
              threshold: 3,
              backoff: '500ms',
            },
          ],
        },
      }),
    }),
    { mode: 0o600 },
  );
  return await RunningServer.start({
    name: 'registry',
    folder,
    port,
    url: urlOf(port),
    command: 'docker-registry',
    args: ['serve', config],
    detached,
    remedy: 'apt-get install docker-registry',
    answers: distributionAnswers,
  });
};

const urlOf = (port: number): string => `http://${host}:${port}`;

export const distributionAnswers = async (port: number): Promise<boolean> =>
  (await fetch(`${urlOf(port)}/v2/`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined))?.ok === true;
