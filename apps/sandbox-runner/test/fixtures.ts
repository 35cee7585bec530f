import {
  definitionOf,
  type Advisories,
  type AnyEvent,
  type Finding,
  type JavaDatabase,
  type ScanApproved,
  type ScanCompleted,
  type ScannedFinding,
} from '@assay/events';
import { eventOf } from '@assay/testing';
import type { Bench, ProofResult, ScanResult } from '../src/domain/state.ts';

/** Event data without its class, so that a test may change a copy. */
type Plain<Data> = { -readonly [K in keyof Data]: Data[K] };

const example = <Data>(topic: string): Plain<Data> => structuredClone(definitionOf(topic)!.examples[1]) as Plain<Data>;

export const approvalExample = example<ScanApproved>('scan.approved');
export const { digest, registryId, deadline } = approvalExample;
export const completedExample = example<ScanCompleted>('scan.completed');
export const bench: Bench = { scanner: completedExample.scanner, database: completedExample.database, driver: 'bwrap' };

export const otherRegistry = registryId.replace('0001', '0002');

/** An approval. Its scan id is made of placement and verdict unless one is given. */
export const approved = (data: Partial<ScanApproved> = {}, more: Partial<AnyEvent> = {}): AnyEvent => {
  const { registryId: place, repository, verdict } = { ...approvalExample, ...data };
  return eventOf(
    'scan.approved',
    digest,
    { ...approvalExample, scanId: `${place}/${repository}/${verdict}`, ...data },
    more,
  );
};
export const declined = (data: object = {}): AnyEvent =>
  eventOf('scan.declined', digest, { ...example<object>('scan.declined'), digest, ...data });
export const observed = (data: object = {}): AnyEvent =>
  eventOf('registry.observed', registryId, { ...example<object>('registry.observed'), ...data });
/** The announcement of a database, and of a build if one is given. */
export const announced = (data: Partial<Advisories> = {}, more: Partial<AnyEvent> = {}): AnyEvent =>
  eventOf('advisories.updated', 'trivy', { ...example<Advisories>('advisories.updated'), ...data }, more);
/** The nth database of Java archives, as it is announced. */
export const javaOf = (n: number): JavaDatabase => ({
  digest: `sha256:${String(n).repeat(64)}`,
  builtAt: `2026-11-2${n}T00:00:00Z`,
  dataref: `databases/${String(n).repeat(2)}/${String(n).repeat(64)}`,
  bytes: 50_000_000,
  entries: 1000,
});
/** The nth database. The first is the one of `bench`. */
export const databaseOf = (n: number): Bench['database'] =>
  n === 1
    ? bench.database
    : { ...bench.database, digest: `sha256:${' abc'.charAt(n).repeat(64)}`, builtAt: `2026-11-2${n}T00:00:00.000Z` };

export const findingOf = (n: number): Finding => ({
  ...completedExample.findings[0]!,
  vulnerability: `CVE-2026-${n}`,
});

/** A finding in full, as a scanner reports it. */
export const scannedOf = (n: number, more: Partial<ScannedFinding> = {}): ScannedFinding => ({
  vulnerability: `CVE-2026-${n}`,
  aliases: [],
  package: 'libssl3',
  packageType: 'debian',
  installedVersion: '3.5.1-1',
  severity: 'High',
  ratings: [],
  references: [],
  cwes: [],
  ...more,
});

const { scanner, database, driver, os, witness, inventory, report, packages, form } = completedExample;
export const { startedAt } = completedExample;
export const layers = completedExample.layers!;
export const succeeded = (more: object = {}): ScanResult => ({
  succeeded: true,
  findings: [findingOf(1)],
  layers,
  descriptions: [],
  startedAt,
  scannerMs: 97,
  pullMs: 12,
  scanner,
  database,
  driver,
  form,
  ...(packages ? { packages } : {}),
  ...(os ? { os } : {}),
  ...(witness ? { witness } : {}),
  ...(inventory ? { inventory } : {}),
  ...(report ? { report } : {}),
  ...more,
});
/** The result of a registry that has the image which was scanned elsewhere. */
export const shown = (how: 'word' | 'bytes' = 'bytes'): ProofResult => ({ shown: how });
/** A failure of the scanner itself. */
export const broken = (code = 'invalid-image'): ScanResult => ({
  succeeded: false,
  code,
  message: 'no',
  startedAt,
  scannerMs: 5,
  pullMs: 12,
});
/** A failure before the scanner ran. */
export const unreadable = (code = 'gone'): ScanResult => ({
  succeeded: false,
  code,
  message: 'no',
  startedAt,
  scannerMs: 0,
  pullMs: 12,
});
