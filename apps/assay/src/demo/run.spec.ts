import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTelemetry } from '@assay/telemetry';
import { demoRegistries, runDemo, type DemoResult } from './run.ts';
import { rebuildService } from '../rebuild/rebuild.ts';
import { DataFolder } from '../suite/data.ts';
import { services } from '../suite/services.ts';
import { Suite, type SurroundingOptions } from '../suite/suite.ts';

/** Shared by all tests of the workspace, so that Trivy is downloaded once. */
const home = fileURLToPath(new URL('../../../../node_modules/.cache/assay', import.meta.url));
const { ASSAY_TRIVY_DB: _, ...env } = process.env;
const charge = { amount: '0.29', currency: 'USD' };
const local = '00000000-0000-0000-0000-000000000001';
const other = '00000000-0000-0000-0000-000000000002';
const hardened = '00000000-0000-0000-0000-000000000003';

/** The expected results of the pushes, from the issue. */
const table = [
  ['debian:13.8', local, 'healthy', null, 0, charge],
  ['nginx:1.23.3', local, 'unhealthy', null, 366, charge],
  ['debian:13.0', local, 'unhealthy', null, 232, charge],
  ['nginx:1.22.1-alpine', local, 'unhealthy', null, 69, charge],
  ['alpine:3.20.3', local, 'unhealthy', null, 56, charge],
  ['alpine-multi:3.20.3', local, 'unhealthy', null, 56, null],
  [
    'alpine-multi@sha256:4186c1630253159012e6bf5e3ae26dfee3c409cd1319674c47885c3e1c0d67aa',
    local,
    'unhealthy',
    null,
    56,
    null,
  ],
  ['alpine-multi@sha256:cb26600eae10', local, 'not-applicable', 'not-a-container-image/attestation', 0, null],
  ['nginx:stable', local, 'unhealthy', null, 366, null],
  ['distroless/python3-debian13:latest', local, 'not-applicable', 'no-package-manager', 0, null],
  ['busybox:1.37.0-glibc', local, 'not-applicable', 'no-operating-system', 0, null],
  ['windows/nanoserver:ltsc2025', local, 'not-applicable', 'windows-image', 0, null],
  ['charts/web:1.0.0', local, 'not-applicable', 'not-a-container-image/helm-chart', 0, null],
  ['alpine:sha256-4186c163', local, 'not-applicable', 'not-a-container-image/signature', 0, null],
  ['debian:13.0', other, 'not-applicable', 'plan-disabled', 0, null],
  ['distroless/python3-debian13:latest', hardened, 'unhealthy', null, 180, charge],
] as const;

describe('the demonstration', () => {
  let folder: string;
  let options: SurroundingOptions;
  let result: DemoResult;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-demo-'));
    options = {
      data: new DataFolder(folder),
      home,
      env,
      telemetry: await startTelemetry({ version: 'test', env: {} }),
      progress: () => undefined,
      failed: (app, operation, error) => {
        throw new Error(`${app}: ${operation}`, { cause: error });
      },
    };
    const suite = await Suite.start({ ...options, port: 0, registries: demoRegistries });
    try {
      result = await runDemo(suite, () => undefined);
    } finally {
      await suite.close();
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('ends with every row as expected', () => {
    expect(result.wrong).toEqual([]);
    expect(result.rows).toHaveLength(table.length);
  });

  it.each(table.map((row, index) => [row[0], index] as const))('%s', (_reference, index) => {
    const [reference, subscription, status, reason, findings, charged] = table[index]!;
    const { row } = result.rows[index]!;
    expect(row).toMatchObject({ subscription, status, reason, findings, charge: charged });
    expect(row.reference.startsWith(reference)).toBe(true);
    expect(Object.values(row.bySeverity).reduce((sum, count) => sum + count, 0)).toBe(findings);
    expect(row.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(row.pushToRecommendationMs).toBeGreaterThanOrEqual(0);
  });

  it('shows the images of an index under its digest, and scans none of them again', () => {
    const [index, image, attestation] = result.rows.slice(5, 8).map(({ row }) => row);
    expect([index!.index, image!.index, attestation!.index]).toEqual([null, index!.digest, index!.digest]);
    expect([index!.scanMs, image!.scanMs, result.rows[8]!.row.scanMs]).toEqual([0, 0, 0]);
  });

  it('charges the charges of its rows, and nothing else', () => {
    expect(result.charges.totals).toEqual([{ currency: 'USD', amount: '1.74', charges: 6 }]);
  });

  it('can be rebuilt from the log, service by service', async () => {
    for (const service of services) {
      const { comparisons, switched } = await rebuildService({ ...options, service, force: false });
      expect([service.name, switched, comparisons.filter(({ before }) => before === undefined)]).toEqual([
        service.name,
        true,
        [],
      ]);
    }
  });

  it('can be rebuilt from the log alone to the same state', async () => {
    const sums = async (): Promise<readonly unknown[]> => {
      const all: unknown[] = [];
      for (const service of services)
        all.push(
          (await rebuildService({ ...options, service, force: false })).comparisons.map(({ what, after }) => ({
            what,
            after,
          })),
        );
      return all;
    };
    const before = await sums();
    await rm(join(folder, 'stores'), { recursive: true });
    await rm(join(folder, 'services'), { recursive: true });
    expect(await sums()).toEqual(before);
  });
});
