import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { DataFolder, Endpoint } from '../../apps/assay/src/suite/data.ts';
import { home } from './suite.ts';

const command = fileURLToPath(new URL('../../apps/assay/bin/assay.js', import.meta.url));

/** Runs `assay up` as a separate process, which can be killed. */
export class UpProcess {
  #child: ChildProcess | undefined;
  output = '';

  constructor(
    readonly data: DataFolder,
    readonly registryPort: number,
    readonly env: NodeJS.ProcessEnv = {},
  ) {
    onTestFinished(() => {
      this.kill();
    });
  }

  async start(): Promise<Endpoint> {
    const child = spawn(
      process.execPath,
      [command, 'up', '--json', '--port', '0', '--registry-port', String(this.registryPort), '--data', this.data.path],
      {
        env: { ...process.env, ASSAY_HOME: home, ASSAY_SWEEP_SECONDS: '2', ...this.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#child = child;
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      this.output += chunk.toString();
    });
    for (let waited = 0; waited < 1200; waited += 1) {
      try {
        return JSON.parse(printed) as Endpoint;
      } catch {
        /* The records are not all there yet. */
      }
      if (child.exitCode !== null) throw new Error(`assay up ended with ${child.exitCode}: ${this.output}`);
      await pause(25);
    }
    throw new Error(`assay up is not ready: ${this.output}`);
  }

  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  async killed(): Promise<void> {
    const child = this.#child!;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}
