import { describe, expect, it } from 'vitest';
import { scanFactsOf, scanSummaryOf, scanTimesOf, type ScanFacts } from './scan-facts.ts';

const digest = `sha256:${'0'.repeat(64)}`;
const facts: ScanFacts = {
  startedAt: '2026-11-24T09:15:02.400Z',
  scannerMs: 97,
  pullMs: 0,
  scanner: { name: 'trivy', version: '0.74.0', digest },
  database: { digest, builtAt: '2026-11-24T06:00:00Z', demonstration: false },
  driver: 'bwrap',
  os: { family: 'debian', version: '13.0', endOfLife: false },
  witness: {
    version: '0123456789ab',
    layers: 1,
    packages: 2,
    databases: [{ kind: 'dpkg', path: 'var/lib/dpkg/status', packages: 2 }],
    systems: [],
    languages: [],
    unread: [],
    disagreements: [],
  },
  inventory: { packages: 2, systemPackages: 2, packageManagers: ['apt'], shells: ['bash'], languages: [] },
  warnings: ['packages-unreadable'],
  packages: { dataref: 'sha256/1', sha256: digest, bytes: 9000 },
  report: { dataref: 'sha256/0', sha256: digest, bytes: 512 },
  form: 1,
};
const { startedAt, scannerMs, pullMs, scanner, database, driver, os, witness, inventory, warnings, report, ...others } =
  { ...facts, other: true };

describe('the facts of a scan', () => {
  it('are picked without other fields', () => {
    expect(scanFactsOf({ ...facts, ...others })).toStrictEqual(facts);
    expect(scanSummaryOf({ ...facts, ...others })).toStrictEqual({
      scannerMs,
      scanner,
      database,
      driver,
      os,
      witness,
      inventory,
      warnings,
    });
    expect(scanTimesOf({ ...facts, ...others })).toStrictEqual({ startedAt, scannerMs, pullMs });
  });

  it('have no field for an absent fact', () => {
    const { os: _os, report: _report, ...present } = facts;
    expect(report).toBeDefined();
    expect(scanFactsOf(present)).toStrictEqual(present);
  });
});
