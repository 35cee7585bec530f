import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { RegistryClient, type RegistryAccess, type RegistryClientOptions } from '@assay/registry';
import { FakeRegistry } from './fake-registry.ts';

/** Retry pauses too short to slow a test. */
export const quick = { firstPauseMs: 5, longestPauseMs: 50 };

export interface Setting {
  readonly registry: FakeRegistry;
  readonly client: RegistryClient;
  readonly folder: string;
}

/** A registry, a client for it and an empty folder; all removed at the end of the test. */
export const setting = async (
  access: Partial<RegistryAccess> = {},
  options: RegistryClientOptions = {},
): Promise<Setting> => {
  const registry = await FakeRegistry.start();
  const folder = await emptyFolder();
  const client = clientOf(registry.access(access), options);
  onTestFinished(() => registry.close());
  return { registry, client, folder };
};

export const clientOf = (access: RegistryAccess, options: RegistryClientOptions = {}): RegistryClient => {
  const client = new RegistryClient(access, { retry: quick, timeoutMs: 10_000, ...options });
  onTestFinished(() => client.close());
  return client;
};

export const otherRegistry = async (): Promise<FakeRegistry> => {
  const registry = await FakeRegistry.start();
  onTestFinished(() => registry.close());
  return registry;
};

export const emptyFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-registry-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
