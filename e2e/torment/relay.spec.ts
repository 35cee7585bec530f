import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '@assay/testing';
import { Random } from '../simulation/world/random.ts';
import { NotificationRelay } from './scene/relay.ts';

/** A relay in front of a suite that gives the given answer. */
const relayed = async (answer: { status: number }) => {
  const received: { id: string; secret: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request
      .on('data', (chunk) => {
        body += String(chunk);
      })
      .on('end', () => {
        received.push({
          id: (JSON.parse(body) as { events: [{ id: string }] }).events[0].id,
          secret: request.headers.authorization!,
        });
        response.writeHead(answer.status).end();
      });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const relay = new NotificationRelay(
    new Random(1),
    new Map([['first', { registryId: '/r', secret: 'shown' }]]),
    () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  );
  const url = await relay.listen();
  onTestFinished(() => relay.stop());
  const notify = async (id: string, mediaType = 'application/vnd.oci.image.manifest.v1+json'): Promise<number> =>
    (
      await fetch(`${url}/first`, {
        method: 'POST',
        body: JSON.stringify({ events: [{ id, action: 'push', target: { mediaType, repository: 'team/app' } }] }),
      })
    ).status;
  return { relay, received, notify };
};

it('loses some notifications and repeats others, and answers the registry that all were accepted', async () => {
  const { relay, received, notify } = await relayed({ status: 202 });
  for (let n = 0; n < 200; n += 1) expect(await notify(`n${n}`)).toBe(202);
  const ids = new Set(received.map(({ id }) => id));
  expect([relay.lost > 0, relay.repeated > 10, ids.size + relay.lost, relay.taken.size]).toEqual([
    true,
    true,
    200,
    200 - relay.lost,
  ]);
  await eventually(() => received.length === ids.size + relay.repeated);
  expect(new Set(received.map(({ secret }) => secret))).toEqual(new Set(['Bearer shown']));
});

it('lets the registry try again what the suite did not take, which keeps its fate', async () => {
  const answer = { status: 503 };
  const { relay, received, notify } = await relayed(answer);
  relay.healthy = true;
  expect([await notify('n'), relay.taken.size]).toEqual([503, 0]);
  answer.status = 202;
  expect([await notify('n'), relay.taken.size, relay.lost, received.length]).toEqual([202, 1, 0, 2]);
});

it('forwards no notifications of blobs', async () => {
  const { received, notify } = await relayed({ status: 202 });
  expect([await notify('n', 'application/octet-stream'), received]).toEqual([202, []]);
});
