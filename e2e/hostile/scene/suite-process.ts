import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { patienceMs } from '../patience.ts';
import { Api } from '../../../apps/assay/dist/client/api.js';
import type { Endpoint } from '../../../apps/assay/dist/suite/data.js';
import { unhurried } from '../../unhurried.ts';

const program = fileURLToPath(new URL('../../../apps/assay/bin/assay.js', import.meta.url));

export interface ShownPlacement {
  readonly repository: string;
  readonly status: string;
  readonly reason?: string;
  readonly kind?: string;
  readonly bySeverity?: Record<string, number>;
}

const isTerminal = ({ status }: ShownPlacement): boolean => !['queued', 'scanning'].includes(status);

/** Runs `assay up` as a separate process, so that its files, children, data and memory can be observed from outside. */
export class SuiteProcess {
  endpoint!: Endpoint;
  readonly data: string;
  readonly #child: ChildProcess;
  readonly #log: string;

  private constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.data = join(folder, 'data');
    this.#log = join(folder, 'assay.log');
    this.#child = spawn(
      process.execPath,
      [program, 'up', '--port', '0', '--registry-port', '0', '--data', this.data, '--json'],
      { cwd: folder, env: { ...env, ...unhurried }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const log = createWriteStream(this.#log, { flags: 'a' });
    this.#child.stdout!.pipe(log, { end: false });
    this.#child.stderr!.pipe(log, { end: false });
  }

  static async start(folder: string, env: NodeJS.ProcessEnv): Promise<SuiteProcess> {
    const suite = new SuiteProcess(folder, env);
    for (const deadline = Date.now() + patienceMs; !existsSync(join(suite.data, 'endpoint.json')); await pause(50)) {
      if (!suite.runs || Date.now() > deadline) throw new Error(`the suite did not start:\n${suite.output}`);
    }
    suite.endpoint = JSON.parse(readFileSync(join(suite.data, 'endpoint.json'), 'utf8')) as Endpoint;
    return suite;
  }

  get runs(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Everything that the process has printed. */
  get output(): string {
    return existsSync(this.#log) ? readFileSync(this.#log, 'utf8') : '';
  }

  async get<T>(path: string): Promise<T> {
    const send = (): Promise<Response> =>
      fetch(this.endpoint.url + path, { headers: { authorization: `Bearer ${this.endpoint.token}` } });
    // A connection that was idle while an image was made may be closed just when it is used.
    const response = await send().catch(send);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Waits for the final status of an image. */
  async settled(digest: string, repository: string): Promise<ShownPlacement> {
    for (const deadline = Date.now() + patienceMs; ; await pause(25)) {
      const answer = await this.get<{ placements: ShownPlacement[] }>(
        `/assay/images/${encodeURIComponent(digest)}`,
      ).catch(() => undefined);
      const placement = answer?.placements.find((each) => each.repository === repository);
      if (placement && isTerminal(placement)) return placement;
      if (!this.runs) throw new Error(`the suite has ended:\n${this.output.slice(-2000)}`);
      if (Date.now() > deadline) throw new Error(`no terminal event: ${placement?.status ?? 'unknown to the suite'}`);
    }
  }

  /** The findings of an image. */
  async findings(digest: string, repository: string): Promise<Record<string, unknown>[]> {
    return (await new Api(this.endpoint.url, this.endpoint.token).list(
      `/assay/images/${encodeURIComponent(digest)}/findings?repository=${encodeURIComponent(repository)}&state=all`,
    )) as Record<string, unknown>[];
  }

  /** Resident memory, in bytes. */
  get residentBytes(): number {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  }

  /** The number of open files and sockets. */
  get descriptors(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** Child processes that still run. */
  get children(): number[] {
    return readdirSync(`/proc/${this.pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${this.pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  }

  async stop(): Promise<void> {
    if (!this.runs) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 30_000);
    await ended;
    clearTimeout(late);
  }
}
