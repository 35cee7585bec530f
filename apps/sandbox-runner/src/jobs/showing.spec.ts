import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Gate, type Job } from '@assay/event-sourcing';
import { BlobCache, RegistryClients, RegistryPauses } from '@assay/registry';
import { startTelemetry } from '@assay/telemetry';
import { FakeRegistry, imageOf } from '../../../../libs/registry/test/fake-registry.ts';
import type { ScanTask } from '../domain/state.ts';
import type { FailureCode, ImageScanner } from '../scanner/scanner.ts';
import { FolderLayouts } from './layouts.ts';
import { ScanJob } from './scan-job.ts';

const telemetry = await startTelemetry({ version: '0', env: { OTEL_SDK_DISABLED: 'true' } });

/** A runner and a registry. The scanner fails when called, unless a test gives another one. */
const setting = async (scanner: Partial<ImageScanner> = { scan: () => Promise.reject(new Error('scanned')) }) => {
  const lines: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'assay-scan-job-'));
  const [registry, clients] = [await FakeRegistry.start(), new RegistryClients({ retry: { attempts: 1 } })];
  onTestFinished(async () => {
    await clients.close();
    await registry.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const layouts = new FolderLayouts(join(folder, 'layouts'));
  const job = new ScanJob({
    scanner: {
      identity: { name: 'none', version: '0', digest: 'sha256:0' },
      database: { builtAt: '2026-11-24T00:00:00.000Z' },
      ...scanner,
    } as never,
    observer: {
      failed: (app, operation, error) => {
        lines.push(`${app} ${operation} ${(error as Error).message}`);
      },
    },
    driver: 'none',
    blobs: {} as never,
    cache: new BlobCache(join(folder, 'blobs'), { maxBytes: 1e7 }),
    clients,
    slots: new Gate(Infinity),
    pulledBytes: new Gate(Infinity),
    pauses: new RegistryPauses(),
    layouts,
    newsIn: (descriptions) => descriptions,
    access: () => ({}),
    tracer: telemetry.tracer('sandbox-runner'),
    attemptTimeoutMs: 10_000,
    maxAttempts: 1,
  });
  const run = (digest: string, more: Partial<ScanTask> = {}) =>
    job.run(
      {
        attempt: 1,
        lane: 'push',
        payload: {
          registry: { registryId: 'r', ...registry.access() } as ScanTask['registry'],
          repository: 'team/app',
          digest,
          platform: 'linux/amd64',
          owner: 'one',
          scanId: 's',
          ...more,
        } satisfies ScanTask,
      } as unknown as Job,
      new AbortController().signal,
    );
  const shows = (digest: string, how: 'word' | 'bytes') => run(digest, { shows: how });
  return {
    registry,
    run,
    shows,
    lines,
    requests: () => registry.requests.map(({ line }) => line.replace(/sha256:.*/, '')),
    left: async () => {
      await expect.poll(() => readdirSync(join(folder, 'layouts'))).toEqual([]);
    },
  };
};

it('a registry proves by HEAD or by a pull that it has an image, and nothing is scanned', async () => {
  const { registry, shows, requests, left } = await setting();
  const image = imageOf(randomBytes(100));
  registry.hold(image);
  expect(await shows(image.manifest.digest, 'word')).toEqual({ result: { shown: 'word' } });
  expect(requests()).toEqual(['HEAD /v2/team/app/manifests/']);
  expect(await shows(image.manifest.digest, 'bytes')).toEqual({ result: { shown: 'bytes' } });
  expect(requests().slice(1)).toEqual([
    'GET /v2/team/app/manifests/',
    'GET /v2/team/app/blobs/',
    'GET /v2/team/app/blobs/',
  ]);
  await left();
});

it('a registry that does not have the image fails like a pull', async () => {
  const { registry, shows } = await setting();
  const { manifest, config } = imageOf(randomBytes(100));
  registry.holdBlob(config);
  for (const how of ['word', 'bytes'] as const)
    expect(await shows(manifest.digest, how)).toMatchObject({
      uncounted: true,
      trouble: { code: 'gone', patience: 'later' },
    });
  registry.holdManifest(manifest);
  expect(await shows(manifest.digest, 'bytes')).toMatchObject({
    uncounted: true,
    trouble: { code: 'gone', patience: 'later' },
  });
});

it.each<[FailureCode, number]>([
  ['security-violation', 1],
  ['scanner-crashed', 0],
])('a scanner that failed for %s is reported in so many lines: %i', async (code, many) => {
  const { registry, run, lines } = await setting({
    scan: async () => ({ outcome: 'failed', code, message: 'it was stopped', scannerMs: 1 }),
  });
  const image = imageOf('a layer');
  registry.hold(image);
  const { digest } = image.manifest;
  expect(await run(digest)).toMatchObject({ result: { succeeded: false, code } });
  expect(lines).toEqual(
    Array.from(
      { length: many },
      () => `sandbox-runner scanning ${registry.host}/team/app@${digest} security-violation: it was stopped`,
    ),
  );
});
