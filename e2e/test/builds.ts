import { execFile } from 'node:child_process';
import {
  createServer,
  request as ask,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { startDistribution } from '../../tools/services/index.ts';
import { freePort } from './suite.ts';

const run = promisify(execFile);

const served = async (answer: RequestListener): Promise<number> => {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
};

/** A notification as the registry sends it. */
interface Envelope {
  readonly events: readonly {
    readonly id: string;
    readonly action: string;
    readonly target: { readonly repository: string; readonly digest: string; readonly tag?: string };
  }[];
}

export interface BuildServer {
  readonly loginServer: string;
  readonly secret: string;
  /** The address of the suite, to which notifications go. */
  url: string;
  /** Whether a notification arrives. */
  arrives: () => boolean;
  /** Whether the catalog of the registry can be read, which a sweep needs. */
  isListed: boolean;
  /** The notifications that arrived. */
  readonly arrived: Envelope['events'][number][];
  readonly copy: (layout: string, to: string) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
  /** Sends a notification that the registry did not. */
  readonly forge: (id: string, target: { readonly digest: string; readonly tag: string }) => Promise<number>;
  /** The tags of a repository and their digests, by the registry's own listing. */
  readonly listing: (repository: string) => Promise<Readonly<Record<string, string>>>;
}

/** The CNCF registry behind a proxy that can hide its catalog, and notifications that may be lost. */
export const startBuildServer = async (secret: string): Promise<BuildServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-builds-'));
  const port = await freePort();
  let last: Envelope | undefined;
  const send = async (body: Uint8Array | string, type: string): Promise<number> => {
    const headers = { authorization: `Bearer ${secret}`, 'content-type': type };
    return (await fetch(`${server.url}/ingest/registry`, { method: 'POST', headers, body: body as never })).status;
  };
  const mediaType = 'application/vnd.docker.distribution.events.v2+json';
  const relayed = async (incoming: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const envelope = JSON.parse(body.toString()) as Envelope;
    const isChange = envelope.events.some(({ action }) => action === 'push' || action === 'delete');
    if (isChange && server.arrives()) {
      const status = await send(body, incoming.headers['content-type'] ?? mediaType).catch(() => 503);
      answer.statusCode = status;
      if (status < 300) server.arrived.push(...envelope.events);
      if (envelope.events.every(({ action, target }) => action === 'push' && target.tag)) last = envelope;
    }
    answer.end();
  };
  const relay = await served((incoming, answer) => void relayed(incoming, answer));
  const proxy = await served((incoming: IncomingMessage, answer) => {
    if (incoming.url?.startsWith('/v2/_catalog') && !server.isListed) {
      answer.statusCode = 503;
      return void answer.end();
    }
    const { method, url: path, headers } = incoming;
    const onward = ask({ port, host: '127.0.0.1', method, path, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    incoming.pipe(onward);
  });
  const registry = await startDistribution({
    folder,
    port,
    notifications: { url: `http://127.0.0.1:${relay}/`, secret },
  });
  onTestFinished(async () => {
    await registry.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const loginServer = `127.0.0.1:${proxy}`;
  const server: BuildServer = {
    loginServer,
    secret,
    url: '',
    arrives: () => true,
    isListed: true,
    arrived: [],
    copy: async (layout, to) => {
      await run('skopeo', ['copy', '--dest-tls-verify=false', `oci:${layout}`, `docker://${loginServer}/${to}`]);
    },
    remove: async (name) => {
      await run('skopeo', ['delete', '--tls-verify=false', `docker://${loginServer}/${name}`]);
    },
    forge: (id, target) => {
      const [event] = last!.events;
      const forged = { ...event!, id, action: 'push', target: { ...event!.target, ...target } };
      return send(JSON.stringify({ events: [forged] }), mediaType);
    },
    listing: async (repository) => {
      const at = `docker://${loginServer}/${repository}`;
      const { stdout } = await run('skopeo', ['list-tags', '--tls-verify=false', at]);
      const listed: [string, string][] = [];
      for (const tag of (JSON.parse(stdout) as { Tags: string[] }).Tags) {
        const named = await run('skopeo', [
          'inspect',
          '--tls-verify=false',
          '--no-tags',
          '--format',
          '{{.Digest}}',
          `${at}:${tag}`,
        ]);
        listed.push([tag, named.stdout.trim()]);
      }
      return Object.fromEntries(listed);
    },
  };
  return server;
};
