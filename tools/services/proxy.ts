import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { host } from './ports.ts';

/** Stands between a client and a server of this machine, to make their connections fail. */
export interface Proxy {
  readonly port: number;
  /**
   * Stops all traffic in both directions without an error, like a network that swallows packets. New connections open
   * and hang.
   */
  stall(): void;
  /** Delivers everything that was held back, in order. */
  resume(): void;
  /** Resets every open connection; new ones work. */
  cut(): void;
  stop(): Promise<void>;
}

/** @param targetPort the server's; it need not run yet, and may come and go */
export const startProxy = async (targetPort: number, given = 0): Promise<Proxy> => {
  const sockets = new Set<Socket>();
  let stalled = false;

  const joined = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on('data', (chunk) => {
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => {
      if (!stalled) from.resume();
    });
    from.on('end', () => to.end());
    from.on('error', () => to.resetAndDestroy());
    from.on('close', () => {
      sockets.delete(from);
    });
    if (stalled) from.pause();
  };
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const target = connect({ port: targetPort, host, allowHalfOpen: true, noDelay: true });
    joined(client, target);
    joined(target, client);
  }).listen(given, host);
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    stall: () => {
      stalled = true;
      for (const socket of sockets) socket.pause();
    },
    resume: () => {
      stalled = false;
      for (const socket of sockets) socket.resume();
    },
    cut,
    stop: async () => {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
};
