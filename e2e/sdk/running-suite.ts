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
import { TestIssuer } from '../../libs/http/test/issuer.ts';
import { trustedCertificate } from '../../libs/registry/test/authority.ts';
import { FakeAcr } from '../../libs/registry/test/fake-acr.ts';
import { clientId, FakeEntra, tenantId } from '../../libs/registry/test/fake-entra.ts';
import { home } from '../home.ts';

/** An Azure Container Registry as its contract describes it, and the authority that issues tokens for it. */
export interface Acr {
  readonly subscriptionId: string;
  readonly registryId: string;
  readonly loginServer: string;
  /** The secret of its events. */
  readonly secret: string;
  readonly authorityHost: string;
  /** The certificate authority of both, as PEM. */
  readonly ca: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    endpoint: Endpoint;
    data: string;
    readersToken: string;
    acr: Acr;
  }
}

const roles = [{ principal: { sub: 'reader' }, role: 'Security Reader', scope: `/subscriptions/${localSubscription}` }];

const clientSecretName = 'ASSAY_SDK_CLIENT_SECRET';

/** The registry's settings; Assay authenticates as a service principal. */
const watched = ({ registryId, loginServer, secret, authorityHost }: Acr): object => ({
  registryId,
  loginServer,
  secret,
  subscriptionName: 'Cloud',
  allowAddresses: ['127.0.0.0/8'],
  auth: { kind: 'service-principal', tenantId, clientId, clientSecret: { env: clientSecretName }, authorityHost },
});

const startAcr = async (): Promise<{ acr: Acr; closeAcr: () => Promise<void> }> => {
  const tls = await trustedCertificate();
  const registry = await FakeAcr.start(tls);
  const entra = await FakeEntra.start(tls, (token) => registry.knows.add(token));
  entra.secret = process.env[clientSecretName] = 's3cret';
  const subscriptionId = '00000000-0000-0000-0000-000000000004';
  return {
    acr: {
      subscriptionId,
      registryId:
        `/subscriptions/${subscriptionId}/resourceGroups/cloud/providers/Microsoft.ContainerRegistry` +
        '/registries/acr',
      loginServer: registry.host,
      secret: 'of-events',
      authorityHost: entra.authorityHost,
      ca: tls.ca,
    },
    closeAcr: async () => {
      entra.close();
      await registry.close();
    },
  };
};

/**
 * A suite as `assay up --https` starts it, with all that the demonstration pushes. The tests are clients in another
 * process.
 */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-sdk-'));
  const issuer = await TestIssuer.start();
  const { acr, closeAcr } = await startAcr();
  const suite = await Suite.start({
    data: new DataFolder(folder),
    home,
    env: {
      ...process.env,
      ASSAY_OIDC_ISSUER: issuer.issuer,
      ASSAY_OIDC_AUDIENCE: 'assay',
      ASSAY_ROLES: JSON.stringify(roles),
      ASSAY_REGISTRIES: JSON.stringify([watched(acr)]),
    },
    port: 0,
    registries: demoRegistries,
    https: true,
    telemetry: await startTelemetry({ version: 'test', env: {} }),
    progress: () => undefined,
    failed: (service, activity, error) => {
      process.stderr.write(`${service}: ${activity}: ${String(error)}\n`);
    },
  });
  const close = async (): Promise<void> => {
    await suite.close();
    await issuer.close();
    await closeAcr();
    await rm(folder, { recursive: true, force: true });
  };
  const { wrong } = await runDemo(suite, () => undefined).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  project.provide('endpoint', suite.endpoint);
  project.provide('data', folder);
  project.provide('acr', acr);
  project.provide('readersToken', await issuer.token({ sub: 'reader' }));
  return close;
};
