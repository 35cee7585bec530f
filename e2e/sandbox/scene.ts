import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type ListenOptions } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Targets on the host. */
export interface AttackScene {
  readonly folder: string;
  readonly attacker: string;
  /** Files readable by every user, and by the service only. */
  readonly openFile: string;
  readonly secretFile: string;
  readonly closedFolder: string;
  readonly input: string;
  readonly database: string;
  readonly tcpPort: number;
  readonly udpPort: number;
  readonly socketPath: string;
  readonly abstractName: string;
  /** Number of a shared memory segment that every user may attach. */
  readonly segment: string;
  readonly hostName: string;
  readonly cgroupNamespace: string;
  close(): void;
}

const greet = async (where: ListenOptions): Promise<{ address: AddressInfo | string | null; close(): void }> => {
  const server = createServer((socket) => {
    socket.on('error', () => {
      /* The attacker is gone. */
    });
    socket.end('hello from the host');
  });
  server.listen(where);
  await once(server, 'listening');
  return {
    address: server.address(),
    close: () => {
      server.close();
    },
  };
};

const file = (path: string, mode: number): string => {
  writeFileSync(path, 'canary');
  chmodSync(path, mode);
  return path;
};
const folderOf = (path: string, mode: number): string => {
  mkdirSync(path, { mode });
  return path;
};

/** Sets up the targets of an attacker: files, services, memory. */
export const openScene = async (folder: string, attacker: string): Promise<AttackScene> => {
  const socketPath = join(folder, 'socket');
  const abstractName = `assay-attack-${process.pid}`;
  const udp = createSocket('udp4', (_, from) => {
    udp.send('hello from the host', from.port, from.address);
  });
  udp.bind(0, '127.0.0.1');
  const [tcp, unix, abstract] = await Promise.all([
    greet({ port: 0, host: '127.0.0.1' }),
    greet({ path: socketPath }),
    greet({ path: `\0${abstractName}` }),
    once(udp, 'listening'),
  ]);
  chmodSync(socketPath, 0o777);
  const segment = execFileSync(attacker, ['make-memory', 'memory of the host'], { encoding: 'utf8' }).trim();
  const [input, database] = [folderOf(join(folder, 'input'), 0o755), folderOf(join(folder, 'database'), 0o755)];
  file(join(input, 'sentinel'), 0o644);
  file(join(database, 'database'), 0o644);
  return {
    folder,
    attacker,
    socketPath,
    abstractName,
    segment,
    input,
    database,
    openFile: file(join(folder, 'open'), 0o644),
    secretFile: file(join(folder, 'secret'), 0o600),
    closedFolder: folderOf(join(folder, 'closed'), 0o700),
    tcpPort: (tcp.address as AddressInfo).port,
    udpPort: udp.address().port,
    hostName: hostname(),
    cgroupNamespace: readlinkSync('/proc/self/ns/cgroup'),
    close: () => {
      for (const server of [tcp, unix, abstract]) server.close();
      udp.close();
      execFileSync(attacker, ['remove-memory', segment]);
    },
  };
};
