import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';

/** A server that no process has a reason to connect to. */
export class CanaryServer {
  connections = 0;
  readonly #server: Server = createServer((socket) => {
    this.connections += 1;
    socket.on('error', () => undefined).end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
  });

  static async start(): Promise<CanaryServer> {
    const canary = new CanaryServer();
    canary.#server.listen(0, '127.0.0.1');
    await once(canary.#server, 'listening');
    return canary;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
  }
}

/** Files of the host: one that no scan may read or change, in a folder in which no scan may make another. */
export class CanaryFiles {
  readonly folder: string;
  /** The content of the file, in a format that a scanner would read as a package database. */
  readonly content: string;
  readonly secret = `canary-${randomUUID()}`;

  constructor(folder: string) {
    this.folder = folder;
    this.content = `Package: ${this.secret}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n`;
    mkdirSync(folder);
    writeFileSync(this.file, this.content);
  }

  get file(): string {
    return join(this.folder, 'status');
  }

  /** A file that hostile images try to make. */
  get wanted(): string {
    return join(this.folder, 'written');
  }

  /** The changes to the files. */
  get changes(): string[] {
    const names = readdirSync(this.folder)
      .filter((name) => name !== 'status')
      .map((name) => `${name} was made`);
    return readFileSync(this.file, 'utf8') === this.content ? names : [...names, 'status was changed'];
  }
}
