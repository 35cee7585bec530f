import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTelemetry } from '@assay/telemetry';
import { demoRegistries, runDemo } from '../../apps/assay/src/demo/run.ts';
import { DataFolder, type Endpoint } from '../../apps/assay/src/suite/data.ts';
import { Suite } from '../../apps/assay/src/suite/suite.ts';
import { home } from '../home.ts';
import { unhurried } from '../unhurried.ts';

export interface Fuzzed {
  readonly endpoint: Endpoint;
  /** The secret that its local registry sends to its webhook. */
  readonly secret: string;
  /** Errors that the suite reported, one per line. */
  readonly failures: readonly string[];
  close(): Promise<void>;
}

/** A suite with all that the demonstration pushes. */
export const startFuzzed = async (): Promise<Fuzzed> => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-fuzz-'));
  const data = new DataFolder(folder);
  const failures: string[] = [];
  const suite = await Suite.start({
    data,
    home,
    env: { ...process.env, ...unhurried },
    port: 0,
    registries: demoRegistries,
    telemetry: await startTelemetry({ version: 'test', env: {} }),
    progress: () => undefined,
    failed: (service, activity, error) => {
      failures.push(`${service}: ${activity}: ${String(error)}`);
    },
  });
  const close = async (): Promise<void> => {
    await suite.close();
    await rm(folder, { recursive: true, force: true });
  };
  const { wrong } = await runDemo(suite, () => undefined).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  if (wrong.length > 0) {
    await close();
    throw new Error(wrong.join('\n'));
  }
  return { endpoint: suite.endpoint, secret: data.secret('webhook-local'), failures, close };
};
