import { expect, it } from 'vitest';
import { withKnownSystems } from './known-systems.ts';
import type { ImageScanner, ScanOutcome } from './scanner.ts';

const scannerOf = (outcome: ScanOutcome): ImageScanner => ({
  identity: { name: 'other', version: '1', digest: `sha256:${'0'.repeat(64)}` },
  database: { digest: `sha256:${'0'.repeat(64)}`, builtAt: '2026-11-24T06:00:00Z', demonstration: false },
  scan: () => Promise.resolve(outcome),
});
const scanned = (outcome: ScanOutcome): Promise<ScanOutcome> =>
  withKnownSystems(scannerOf(outcome), { families: ['debian', 'openEuler'] }).scan(
    '',
    { digest: '' },
    { timeoutMs: 1 },
  );
const found = { outcome: 'succeeded', findings: [], packages: [], report: Buffer.from('{}'), scannerMs: 1 } as const;
const os = (family: string) => ({ family, version: '1', endOfLife: false });

it.each(['debian', 'openEuler', 'openeuler'])(
  'passes on the system %s, whose advisories the scanner has',
  async (family) => {
    expect(await scanned({ ...found, findings: [], packages: [], os: os(family) })).toMatchObject({ os: os(family) });
    expect(await scanned({ ...found, findings: [], packages: [], os: os(family) })).not.toHaveProperty('os.known');
  },
);

it.each(['wolfi', 'none', ''])(
  'marks the system "%s" as unknown if the scanner has no advisories for it',
  async (family) => {
    expect(await scanned({ ...found, findings: [], packages: [], os: os(family) })).toHaveProperty('os.known', false);
  },
);

it('passes on a result without a system, and a scan without a result', async () => {
  expect(await scanned({ ...found, findings: [], packages: [] })).not.toHaveProperty('os');
  const failed = { outcome: 'failed', code: 'timeout', message: 'late', scannerMs: 1 } as const;
  expect(await scanned(failed)).toEqual(failed);
});

it('marks the system of an inventory that is matched again', async () => {
  const outcome: ScanOutcome = { ...found, findings: [], packages: [], os: os('wolfi') };
  const scanner = { ...scannerOf(outcome), rematch: () => Promise.resolve(outcome) };
  const { rematch } = withKnownSystems(scanner, { families: ['debian'] });
  expect(await rematch?.('', { packages: [] }, { timeoutMs: 1 })).toHaveProperty('os.known', false);
  expect(withKnownSystems(scannerOf(outcome), { families: [] })).not.toHaveProperty('rematch');
});
