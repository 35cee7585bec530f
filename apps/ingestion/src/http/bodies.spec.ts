import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it, onTestFinished } from 'vitest';
import { Front } from '@assay/process';
import { eventually } from '@assay/testing';
import { started } from '../../test/service.ts';
import { registryId } from '../../test/fixtures.ts';
import { ingestion } from '../index.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const mebibyte = 2 ** 20;
const mostBytes = 8 * mebibyte;
/** One byte less than announced, so that the body never ends. */
const body = Buffer.alloc(mostBytes - 1, 0x20);

const secret = 's3cret';

/** The service behind the front of its process, as in production. */
const listening = async () => {
  const { service } = await started([{ registryId, loginServer: 'registry.test', secret }]);
  const front = new Front('bodies');
  onTestFinished(() => front.close());
  await front.mount(ingestion, service);
  front.open();
  return Number(new URL(await front.listen(0)).port);
};

/** Sends all that it can, and reads the answer until the connection is closed. */
const stranger = (port: number, path: string, headers: readonly string[] = []) => {
  const socket: Socket = connect(port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  const received = { status: undefined as number | undefined, isClosed: false };
  socket
    .on('error', () => undefined)
    .on('close', () => {
      received.isClosed = true;
    });
  socket.on('data', (bytes) => {
    received.status ??= Number(bytes.toString('latin1').split(' ')[1]);
  });
  socket.write(
    [
      `POST ${path} HTTP/1.1`,
      'host: assay',
      'content-type: application/json',
      `content-length: ${mostBytes}`,
      ...headers,
      '',
      '',
    ].join('\r\n'),
  );
  socket.write(body);
  return received;
};

it.each([
  ['/ingest/registry', []],
  ['/ingest/acr', []],
  ['/ingest/eventgrid', []],
  ['/ingest/nothing', []],
  ['/ingest/registry', ['authorization: Bearer wrong']],
  ['/ingest/eventgrid?code=wrong', []],
  ['/ingest/eventgrid', ['aeg-sas-key: wrong']],
])(
  '60 strangers who send 8 MiB but a byte to %s with %j hold no memory, and each is answered and closed',
  async (path, headers) => {
    const port = await listening();
    collect();
    const before = process.memoryUsage().arrayBuffers;
    const strangers = Array.from({ length: 60 }, () => stranger(port, path, headers));
    await eventually(() => strangers.every(({ status }) => status !== undefined));
    // Bytes that were received and skipped are garbage that the collector may free later; only retained memory counts.
    collect();
    const held = process.memoryUsage().arrayBuffers - before;
    await eventually(() => strangers.every(({ isClosed }) => isClosed));
    expect(new Set(strangers.map(({ status }) => status))).toEqual(new Set([path.endsWith('nothing') ? 404 : 401]));
    expect(held).toBeLessThan((strangers.length * mostBytes) / 3);
  },
);

it('a client with the secret is read to the last byte', async () => {
  const port = await listening();
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  socket.write(
    'POST /ingest/registry HTTP/1.1\r\nhost: assay\r\nauthorization: Bearer ' +
      `${secret}\r\ncontent-length: ${mostBytes}\r\n\r\n`,
  );
  socket.write(body);
  socket.write(' ');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString('latin1')).toMatch(/^HTTP\/1.1 202 /);
});
