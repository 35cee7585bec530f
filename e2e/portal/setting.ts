import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Endpoint } from '../../apps/assay/src/suite/data.ts';
import { ended, pastCommand } from '../past/made.ts';
import { freePorts, readRecord, writeRecord } from '../past/record.ts';
import { unhurried } from '../unhurried.ts';
import type { PastFacts } from './pages.ts';

/** A copy of a past, so that another suite can run on it. It is removed when the process ends. */
export const copyPast = async (folder: string): Promise<string> => {
  const copy = mkdtempSync(join(tmpdir(), 'assay-portal-copy-'));
  process.once('exit', () => rmSync(copy, { recursive: true, force: true }));
  cpSync(folder, copy, { recursive: true });
  rmSync(join(copy, 'endpoint.json'), { force: true });
  writeRecord(copy, { ...readRecord(copy), ports: await freePorts() });
  return copy;
};

/** The suite on a past, in a process of its own. */
export class RunningPast {
  readonly endpoint: Endpoint;
  readonly #child: ChildProcess;

  private constructor(endpoint: Endpoint, child: ChildProcess) {
    this.endpoint = endpoint;
    this.#child = child;
  }

  static async start(folder: string, env: Readonly<Record<string, string>> = {}): Promise<RunningPast> {
    const child = spawn(process.execPath, [pastCommand, folder, '--up', '--port', '0', '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...unhurried, ...env },
    });
    process.once('exit', () => child.kill());
    let text = '';
    for await (const chunk of child.stdout) {
      text += String(chunk);
      if (text.endsWith('\n')) break;
    }
    if (text === '') throw new Error('the suite did not start');
    return new RunningPast(JSON.parse(text) as Endpoint, child);
  }

  async get<T>(path: string): Promise<T> {
    const { url, token } = this.endpoint;
    const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** The images and vulnerabilities that the pages are about. */
  async facts(): Promise<PastFacts> {
    interface Image {
      readonly repository: string;
      readonly digest: string;
      readonly status: string;
    }
    const { value } = await this.get<{ value: readonly Image[] }>('/assay/images');
    const [image, other] = value.filter(
      ({ repository, status }) => repository === 'api/orders' && status === 'unhealthy',
    );
    if (!image || !other) throw new Error('the past has no two images of api/orders');
    const findings = await this.get<{ value: readonly { vulnerability: string }[] }>(
      `/assay/images/${image.digest}/findings`,
    );
    return {
      digest: image.digest,
      otherDigest: other.digest,
      repository: image.repository,
      vulnerability: findings.value[0]!.vulnerability,
    };
  }

  async close(): Promise<void> {
    this.#child.kill();
    await ended(this.#child);
  }
}
