import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { startProxy } from './proxy.ts';

/** A server that echoes its input, behind a proxy. */
const behindProxy = async () => {
  const received: string[] = [];
  const server = createServer((socket) => {
    socket
      .on('error', () => undefined)
      .on('data', (data) => {
        received.push(String(data));
        socket.write(data);
      });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await startProxy((server.address() as AddressInfo).port);
  onTestFinished(async () => {
    await proxy.stop();
    server.close();
  });
  return { proxy, received, server };
};

const client = async (port: number): Promise<Socket> => {
  // Closing the proxy resets open connections.
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
};

const answer = async (socket: Socket): Promise<string> => String((await once(socket, 'data'))[0]);

it('forwards the bytes of both sides', async () => {
  const { proxy } = await behindProxy();
  const socket = await client(proxy.port);
  socket.write('hello');
  expect(await answer(socket)).toBe('hello');
});

it('holds back everything while it is stalled, of new connections too, and then lets it pass in order', async () => {
  const { proxy, received } = await behindProxy();
  const socket = await client(proxy.port);
  socket.write('before');
  await answer(socket);
  proxy.stall();
  socket.write('1');
  socket.write('2');
  const other = await client(proxy.port);
  other.write('3');
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(received).toEqual(['before']);
  proxy.resume();
  expect(await answer(socket)).toBe('12');
  expect(await answer(other)).toBe('3');
});

it('resets open connections when it is cut, and takes new ones', async () => {
  const { proxy } = await behindProxy();
  const socket = await client(proxy.port);
  socket.write('hello');
  await answer(socket);
  const failed = once(socket, 'error');
  proxy.cut();
  expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' });
  const next = await client(proxy.port);
  next.write('again');
  expect(await answer(next)).toBe('again');
});

it('closes the connection of a client if its server is gone', async () => {
  const { proxy, server } = await behindProxy();
  server.close();
  await once(server, 'close');
  expect((await once(connect(proxy.port, '127.0.0.1'), 'error'))[0]).toMatchObject({ code: 'ECONNRESET' });
});
