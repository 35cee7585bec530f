import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { distributionAnswers } from '../services/distribution.ts';
import { freePort, host } from '../services/ports.ts';
import { RunningServer } from '../services/server.ts';
import { services } from './composed.ts';
import { read, root } from './files.ts';
import { startNginx } from './nginx.ts';
import { objectsIn, podsOf, rendered } from './rendered.ts';

const run = promisify(execFile);

interface Notified {
  readonly authorization: string | undefined;
  readonly host: string;
}

/** Receives notifications. Resolves with the credentials of a push, and with the host name of its image. */
const listener = async (): Promise<{ url: string; notified: Promise<Notified>; close(): void }> => {
  const received = Promise.withResolvers<Notified>();
  const server = createServer((request, response) => {
    void (async () => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      for (const { action, target, request: by } of (
        JSON.parse(text) as { events: { action: string; target: { mediaType: string }; request: { host: string } }[] }
      ).events) {
        if (action === 'push' && /manifest/.test(target.mediaType))
          received.resolve({ authorization: request.headers.authorization, host: by.host });
      }
      response.end();
    })().catch(received.reject);
  }).listen(0, host);
  await once(server, 'listening');
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/ingest/registry`,
    notified: received.promise,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

/** The settings of the images' environment; folders and addresses are the test's. */
const settings = (environment: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment)
      .filter(([name]) => name.startsWith('REGISTRY_') && name !== 'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY')
      .map(([name, value]) => [name, String(value).replace(/\$\{WEBHOOK_SECRET[^}]*\}|\$\(WEBHOOK_SECRET\)/, 'hush')]),
  );

const inCompose = {
  env: settings(services['registry']!.environment!),
  door:
    'pid /tmp/nginx.pid; error_log /dev/stderr warn; events {} http { client_body_temp_path /tmp/body; ' +
    'proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/f; uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s; ' +
    `access_log off; ${read('docker/registry-door.conf')} }`,
  upstream: 'registry:5000',
  login: 'registry:5000',
  notificationUrl: 'http://ingestion:8080/ingest/registry',
};

const onLaptop = (() => {
  const { pod } = podsOf(objectsIn(rendered('laptop'))).find(({ object }) => object.metadata.name === 'registry')!;
  return {
    env: settings(Object.fromEntries(pod.containers[0]!.env!.map(({ name, value }) => [name, value]))),
    door: read('charts/assay/files/registry-door.conf'),
    upstream: '127.0.0.1:5000',
    login: 'registry.assay-data:5000',
    notificationUrl: 'http://ingestion.assay:8080/ingest/registry',
  };
})();

it.each([
  ['Compose', inCompose],
  ['the chart on a laptop', onLaptop],
])(
  'in %s, the notification of a push from this machine has the name that the runner pulls by',
  async (_, { env, door, upstream, login, notificationUrl }) => {
    const closing: (() => unknown)[] = [];
    try {
      const endpoints = env['REGISTRY_NOTIFICATIONS_ENDPOINTS']!;
      expect(endpoints).toContain(`url: ${notificationUrl}`);
      const listening = await listener();
      closing.push(() => listening.close());
      const folder = mkdtempSync(join(tmpdir(), 'assay-registry-'));
      const port = await freePort();
      writeFileSync(
        join(folder, 'config.yml'),
        JSON.stringify({
          version: 0.1,
          storage: { filesystem: { rootdirectory: join(folder, 'data') } },
          http: { addr: `${host}:${port}` },
        }),
      );
      const registry = await RunningServer.start({
        name: 'registry',
        folder,
        port,
        url: `http://${host}:${port}`,
        command: 'docker-registry',
        args: ['serve', join(folder, 'config.yml')],
        remedy: 'apt-get install docker-registry',
        answers: distributionAnswers,
        env: { ...env, REGISTRY_NOTIFICATIONS_ENDPOINTS: endpoints.replace(notificationUrl, listening.url) },
      });
      closing.push(async () => {
        await registry.stop();
        rmSync(folder, { recursive: true, force: true });
      });
      const nginx = await startNginx(door, { listen: 5010, upstreams: { [upstream]: `${host}:${port}` } });
      closing.push(async () => {
        await nginx.stop();
        rmSync(nginx.folder, { recursive: true, force: true });
      });
      await run('skopeo', [
        'copy',
        '--quiet',
        '--dest-tls-verify=false',
        `oci:${join(root, 'e2e/images/alpine-3.20.3')}`,
        `docker://${host}:${nginx.port}/team/alpine:3.20.3`,
      ]);
      expect(await listening.notified).toEqual({ authorization: 'Bearer hush', host: login });
    } finally {
      for (const close of closing.toReversed()) await close();
    }
  },
);
