import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startTelemetry } from '@assay/telemetry';
import { demoRegistries, runDemo } from '../../apps/assay/src/demo/run.ts';
import { localSubscription } from '../../apps/assay/src/suite/local.ts';
import { DataFolder, type Endpoint } from '../../apps/assay/src/suite/data.ts';
import { Suite } from '../../apps/assay/src/suite/suite.ts';
import { TestIssuer } from '../../libs/arm/test/issuer.ts';
import { home } from '../home.ts';

declare module 'vitest' {
  export interface ProvidedContext { endpoint: Endpoint; data: string; readersToken: string }
}

const roles = [{ principal: { sub: 'reader' }, role: 'Security Reader', scope: `/subscriptions/${localSubscription}` }];

/** A suite as `assay up --https` starts it, with all that the demonstration pushes; the tests are clients in another process. */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-sdk-'));
  const issuer = await TestIssuer.start();
  const suite = await Suite.start({
    data: new DataFolder(folder), home, env: { ...process.env, ASSAY_OIDC_ISSUER: issuer.issuer, ASSAY_OIDC_AUDIENCE: 'assay', ASSAY_ROLES: JSON.stringify(roles) }, port: 0, registries: demoRegistries, https: true, telemetry: await startTelemetry({ version: 'test', env: {} }),
    progress: () => undefined, failed: (service, what, error) => { process.stderr.write(`${service}: ${what}: ${String(error)}\n`); },
  });
  const close = async (): Promise<void> => {
    await suite.close();
    await issuer.close();
    await rm(folder, { recursive: true, force: true });
  };
  const { wrong } = await runDemo(suite, () => undefined).catch(async (error: unknown) => { await close(); throw error; });
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  project.provide('endpoint', suite.endpoint);
  project.provide('data', folder);
  project.provide('readersToken', await issuer.token({ sub: 'reader' }));
  return close;
};
