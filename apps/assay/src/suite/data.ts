import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The link that opens the portal of a suite on this machine, and signs in. */
export const portalLink = (url: string, token: string): string => `${url}/portal/#token=${encodeURIComponent(token)}`;

/** Paths of a suite's data. Everything of a suite is in one folder, so removing the folder removes all. */
export class DataFolder {
  readonly path: string;

  /** @param isGiven true if the user named the folder, so that no other suite is meant */
  constructor(
    path: string,
    readonly isGiven = false,
  ) {
    this.path = resolve(path);
  }

  get log(): string {
    return join(this.path, 'log.db');
  }
  get blobs(): string {
    return join(this.path, 'blobs');
  }
  get endpoint(): string {
    return join(this.path, 'endpoint.json');
  }
  get tls(): string {
    return join(this.path, 'tls');
  }
  store(service: string): string {
    return join(this.path, 'stores', `${service}.db`);
  }
  service(name: string): string {
    return join(this.path, 'services', name);
  }
  registry(name: string): string {
    return join(this.path, 'registries', name);
  }

  /**
   * Identifies the log by device and inode. A copy has another inode, and no other file can have this one while a suite
   * has it open.
   */
  identity(): string | undefined {
    const found = statSync(this.log, { bigint: true, throwIfNoEntry: false });
    return found && `${found.dev}:${found.ino}`;
  }

  /** Returns a secret of the data folder. It is created once, readable by its owner only. */
  secret(name: string): string {
    return readFileSync(
      this.secretFile(name, () => randomBytes(24).toString('base64url')),
      'utf8',
    ).trim();
  }

  /** The file of a secret. It is created once, with what `make` returns. */
  secretFile(name: string, make: () => string): string {
    const file = join(this.path, 'secrets', name);
    if (existsSync(file)) return file;
    mkdirSync(join(this.path, 'secrets'), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${make().trim()}\n`, { mode: 0o600 });
    return file;
  }
}

/** Address and token of a running suite; written by `assay up`, read by the other commands. */
export interface Endpoint {
  /** Id of this run. `/healthz` reports it too, so that no other server on the port is taken for the suite. */
  readonly id: string;
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /** The folder and the identity of the log in it. In a copy of the folder this file describes another suite. */
  readonly data?: string;
  readonly log?: string;
  /** File with the authority of the certificate, if the suite made it itself. */
  readonly ca?: string;
  /** Local registries, with the subscription of each. */
  readonly registries: readonly {
    readonly name: string;
    readonly loginServer: string;
    readonly subscriptionId: string;
    readonly registryId: string;
  }[];
}
