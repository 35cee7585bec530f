import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where a suite's data lies. Everything of a suite is under one folder, so that removing it removes all. */
export class DataFolder {
  readonly path: string;

  /** @param isGiven whether somebody named it, so that no other suite is meant */
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
   * Which log lies here: device and inode, which a copy has others of, and nobody else can have while a suite has it
   * open.
   */
  identity(): string | undefined {
    const found = statSync(this.log, { bigint: true, throwIfNoEntry: false });
    return found && `${found.dev}:${found.ino}`;
  }

  /** A secret that is made once per data folder, and readable by its owner alone. */
  secret(name: string): string {
    const file = join(this.path, 'secrets', name);
    try {
      return readFileSync(file, 'utf8').trim();
    } catch {
      const secret = randomBytes(24).toString('base64url');
      mkdirSync(join(this.path, 'secrets'), { recursive: true, mode: 0o700 });
      writeFileSync(file, `${secret}\n`, { mode: 0o600 });
      return secret;
    }
  }
}

/** Says where a running suite answers, and with which token; written by `assay up`, read by the other commands. */
export interface Endpoint {
  /** Of this run of the suite; `/healthz` says it, so that nobody takes a stranger on the port for it. */
  readonly id: string;
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /**
   * The folder that it runs on, and the identity of the log in there: what a copy of the folder says of a suite is of
   * another one.
   */
  readonly data?: string;
  readonly log?: string;
  /** File with the authority of its certificate, where the suite made that itself. */
  readonly ca?: string;
  /** Local registries, by the subscription that owns each. */
  readonly registries: readonly {
    readonly name: string;
    readonly loginServer: string;
    readonly subscriptionId: string;
    readonly registryId: string;
  }[];
}
