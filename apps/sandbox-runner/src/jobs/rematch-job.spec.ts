import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { BlobFailure, FolderBlobs, putInventory } from '@assay/event-sourcing';
import { ManualClock } from '@assay/testing';
import type { ServiceTracer } from '@assay/telemetry';
import { setSum, type Package } from '@assay/events';
import { halvesOf } from '../domain/halves.ts';
import type { ImageScanner, ScanOutcome } from '../scanner/scanner.ts';
import { rematchWith } from './rematch-job.ts';
import type { ScanTask } from '../domain/state.ts';

const program = `sha256:${'1'.repeat(64)}`;
const database = { digest: `sha256:${'2'.repeat(64)}`, builtAt: '2026-11-24T06:00:00.000Z', demonstration: false };
const item: Package = { name: 'zlib', version: '1-r1', type: 'alpine', purl: 'pkg:apk/alpine/zlib@1-r1' };
const os = { family: 'alpine', version: '3.20.3', endOfLife: false };
const finding = {
  vulnerability: 'CVE-2026-1',
  aliases: [],
  package: 'zlib',
  packageType: 'alpine',
  installedVersion: '1-r1',
  severity: 'High' as const,
  ratings: [],
  references: [],
  cwes: [],
};
const found: ScanOutcome = {
  outcome: 'succeeded',
  os,
  findings: [finding],
  packages: [item],
  report: Buffer.from('{}'),
  scannerMs: 7.4,
};

/** A store with one inventory, and a scanner that matches it with this outcome. */
const setting = async (outcome: ScanOutcome | Error = found, more: Partial<ImageScanner> = {}) => {
  const home = await mkdtemp(join(tmpdir(), 'assay-rematch-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const blobs = new FolderBlobs(home);
  const inventory = await putInventory(blobs, { os, packages: [item] });
  const folders: string[] = [];
  const matchedWith: unknown[] = [];
  const scanner = {
    identity: { name: 'trivy', version: '1', digest: program },
    database,
    rematch: (folder: string, given: unknown) => {
      matchedWith.push([folder, given]);
      return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
    },
    ...more,
  } as unknown as ImageScanner;
  const run = (isProof = false, signal = new AbortController().signal) =>
    rematchWith(
      {
        blobs,
        driver: 'none',
        layouts: { begin: () => 'there', end: (layout) => void folders.push(layout) },
        tracer: { start: () => ({ end: () => undefined }) } as unknown as ServiceTracer,
        newsIn: (descriptions, digest) => (digest === database.digest ? descriptions : []),
      },
      scanner,
      {} as ScanTask,
      { inventory, program, ...(isProof ? { isProof } : {}) },
      { clock: new ManualClock(), timeoutMs: 1000, signal },
    );
  return { run, blobs, home, folders, matchedWith, inventory };
};

it('a match has the findings by the database of the scanner, and names the inventory', async () => {
  const { run, folders, matchedWith, inventory } = await setting();
  const { findings, layers, descriptions } = halvesOf([finding], [item]);
  expect(await run()).toEqual({
    succeeded: true,
    rematched: true,
    findings,
    layers,
    descriptions,
    startedAt: new Date(new ManualClock().now()).toISOString(),
    pullMs: 0,
    scannerMs: 7,
    scanner: { name: 'trivy', version: '1', digest: program },
    database,
    driver: 'none',
    os,
    packages: inventory,
    form: 1,
  });
  expect(matchedWith).toEqual([['there', { os: { family: 'alpine', version: '3.20.3' }, packages: [item] }]]);
  expect(folders).toEqual(['there']);
});

it('a proof has the sum of what was found, and the system', async () => {
  const { run } = await setting();
  const set = setSum(halvesOf([finding], [item]).findings);
  expect(await run(true)).toEqual({
    found: { set, os },
  });
});

const failed: ScanOutcome = { outcome: 'failed', code: 'wrong-artifact', message: 'one is missing', scannerMs: 1 };

it.each<[string, ScanOutcome, Partial<ImageScanner>, boolean]>([
  ['the scanner gives no whole match', failed, {}, false],
  ['the scanner cannot match', found, { rematch: undefined as never }, false],
  ['another build listed it', found, { identity: { name: 'trivy', version: '2', digest: 'other' } }, false],
  ['the inventory is lost', found, {}, true],
])('an image must be scanned if %s', async (_, outcome, more, isLost) => {
  const { run, home } = await setting(outcome, more);
  if (isLost) await rm(home, { recursive: true });
  expect(await run()).toBeUndefined();
  expect(await run(true)).not.toHaveProperty('found');
});

it('a store that is away, a sandbox that does not start and the end of the process are no outcome', async () => {
  const away = await setting(new BlobFailure('blobs-unreachable', 'away'));
  await expect(away.run()).rejects.toThrow('away');
  expect(away.folders).toEqual(['there']);
  const { run, blobs } = await setting();
  vi.spyOn(blobs, 'get').mockRejectedValue(new BlobFailure('blobs-unreachable', 'the store is away'));
  await expect(run()).rejects.toThrow('the store is away');
  const ending = await setting({ outcome: 'cancelled', scannerMs: 1 });
  await expect(ending.run(false, AbortSignal.abort())).rejects.toThrow();
});
