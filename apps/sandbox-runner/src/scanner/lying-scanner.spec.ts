import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patienceMs } from '@assay/testing';
import type { Sandbox } from '../sandbox/index.ts';
import type { ScanOutcome } from './index.ts';
import { Coverage } from './trivy/coverage.ts';
import { TrivyScanner } from './trivy/trivy-scanner.ts';
import { openWitness, witnessed, type ImageWitness } from '../witness/index.ts';
import { hostile, programFile } from '../../test/hostile-programs.ts';
import { debian, layerOf, layoutOf, type MadeLayout, vulnerable } from '../../test/layouts.ts';
import { driversHere, sandboxBy } from '../../test/sandboxes.ts';

const digest = `sha256:${'5'.repeat(64)}`;
const database = { digest, builtAt: '2026-11-24T00:00:00Z', demonstration: true };

let folder: string;
let layout: MadeLayout;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-lies-'));
  await mkdir(join(folder, 'db'));
  layout = await layoutOf(folder, [await layerOf(debian(vulnerable))]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Report {
  SchemaVersion: number;
  ArtifactName: string;
  ArtifactType: string;
  Metadata: Record<string, unknown>;
  Results: object[];
}

/** The report of an honest Trivy about the layout. */
const honest = (): Report => ({
  SchemaVersion: 2,
  ArtifactName: '/input',
  ArtifactType: 'container_image',
  Metadata: {
    OS: { Family: 'debian', Name: '13.0' },
    ImageID: layout.configDigest,
    DiffIDs: layout.layers.map(({ diffId }) => diffId),
  },
  Results: [
    {
      Target: '/input (debian 13.0)',
      Class: 'os-pkgs',
      Type: 'debian',
      Packages: [{ ID: 'libssl3@3.5.1-1', Name: 'libssl3', Version: '3.5.1', Release: '1' }],
    },
  ],
});

type Lie = Parameters<typeof programFile>[2];
const lies =
  (change: (report: Report) => unknown): Lie =>
  (program) => {
    hostile.prints(JSON.stringify(change(honest())))(program);
  };

let made = 0;
const scanWith = async (
  sandbox: Sandbox,
  lie: Lie,
  timeoutMs = patienceMs,
  signal?: AbortSignal,
): Promise<ScanOutcome> => {
  const program = await programFile(folder, `liar-${made++}`, lie);
  const scanner = new TrivyScanner({
    sandbox,
    program,
    identity: { name: 'trivy', version: '0.74.0', digest },
    database,
    coverage: new Coverage(new Map([['debian 13', 1]])),
    databaseDirectory: join(folder, 'db'),
  });
  return scanner.scan(layout.path, { digest: layout.digest }, { timeoutMs, ...(signal ? { signal } : {}) });
};

const rows: readonly [what: string, code: string, lie: Lie][] = [
  ['ends well and prints nothing', 'empty-report', (program) => hostile.exits(0)(program)],
  ['prints {}', 'wrong-schema', lies(() => ({}))],
  ['prints null', 'wrong-schema', lies(() => null)],
  ['prints half a report', 'not-json', (program) => hostile.prints(JSON.stringify(honest()).slice(0, -20))(program)],
  ['prints two reports', 'not-json', (program) => hostile.prints(JSON.stringify(honest()).repeat(2))(program)],
  [
    'prints invalid UTF-8',
    'not-json',
    (program) =>
      hostile.prints(Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]))(program),
  ],
  [
    'nests its report a million deep',
    'not-json',
    (program) => hostile.prints(`{"a":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`)(program),
  ],
  [
    'prints five million unexpected values',
    'not-json',
    (program) => hostile.prints(`[${'{},'.repeat(5_000_000)}{}]`)(program),
  ],
  [
    'reports another image',
    'wrong-artifact',
    lies((report) => ({ ...report, Metadata: { ...report.Metadata, ImageID: `sha256:${'0'.repeat(64)}` } })),
  ],
  [
    'leaves out a layer',
    'wrong-artifact',
    lies((report) => ({ ...report, Metadata: { ...report.Metadata, DiffIDs: [] } })),
  ],
  ['reports another artifact', 'wrong-artifact', lies((report) => ({ ...report, ArtifactName: '/elsewhere' }))],
  ['reports another kind of artifact', 'wrong-artifact', lies((report) => ({ ...report, ArtifactType: 'filesystem' }))],
  ['uses another version of the schema', 'wrong-schema', lies((report) => ({ ...report, SchemaVersion: 3 }))],
  [
    'gives a package no name',
    'wrong-schema',
    lies((report) => ({ ...report, Results: [{ Target: 'x', Packages: [{ Name: '' }] }] })),
  ],
  [
    'gives an unknown severity',
    'wrong-schema',
    lies((report) => ({
      ...report,
      Results: [
        {
          Target: 'x',
          Vulnerabilities: [{ VulnerabilityID: 'CVE-1', PkgName: 'x', Severity: 'LOW', VendorSeverity: { nvd: 5 } }],
        },
      ],
    })),
  ],
  [
    'names a package with a megabyte',
    'oversized-entry',
    lies((report) => ({ ...report, Results: [{ Target: 'x', Packages: [{ Name: 'x'.repeat(2 ** 20) }] }] })),
  ],
  [
    'reports more findings than are accepted',
    'too-many-findings',
    lies((report) => ({
      ...report,
      Results: [
        {
          Target: 'x',
          Vulnerabilities: Array.from({ length: 50_001 }, (_, at) => ({
            VulnerabilityID: `CVE-2026-${at}`,
            PkgName: 'x',
            Severity: 'LOW',
          })),
        },
      ],
    })),
  ],
  [
    'reports more bytes than are accepted',
    'too-many-findings',
    lies((report) => ({
      ...report,
      Results: [
        {
          Target: 'x',
          Vulnerabilities: Array.from({ length: 130 }, (_, at) => ({
            VulnerabilityID: `CVE-2026-${at}`,
            PkgName: 'x',
            Severity: 'LOW',
            Description: 'x'.repeat(2 ** 18),
          })),
        },
      ],
    })),
  ],
  [
    'ends badly after a fine report',
    'scanner-failed',
    (program) => hostile.prints(JSON.stringify(honest()), hostile.exits(1))(program),
  ],
  ['ends with status 2 and prints nothing', 'scanner-failed', (program) => hostile.exits(2)(program)],
  [
    'crashes after a fine report',
    'scanner-crashed',
    (program) => hostile.prints(JSON.stringify(honest()), hostile.crashes)(program),
  ],
  [
    'breaks in after a fine report',
    'security-violation',
    (program) => hostile.prints(JSON.stringify(honest()), hostile.breaksIn)(program),
  ],
  [
    'hangs after a fine report',
    'timeout',
    (program) => hostile.prints(JSON.stringify(honest()), hostile.sleeps)(program),
  ],
  ['never stops talking', 'too-much-output', hostile.floods(1)],
  ['never stops complaining', 'too-much-diagnostics', hostile.floods(2)],
];

describe.each(driversHere)('in the %s sandbox', (driver) => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await sandboxBy(driver);
  });

  it('an honest report is a result', async () => {
    expect(
      await scanWith(
        sandbox,
        lies((report) => report),
      ),
    ).toMatchObject({
      outcome: 'succeeded',
      os: { family: 'debian', version: '13.0', endOfLife: false },
      packages: [{ name: 'libssl3', version: '3.5.1-1' }],
    });
  });

  it.each([
    ['at once', ''],
    ['after more complaints than are kept', `${'a file could not be read\n'.repeat(8_000)}`],
  ])('a warning that the release is unknown counts %s', async (_, before) => {
    const warning = `${before}WARN This OS version is not on the EOL list family="debian" version="99"\n${before}`;
    expect(await scanWith(sandbox, hostile.warns(warning, hostile.prints(JSON.stringify(honest()))))).toMatchObject({
      outcome: 'succeeded',
      os: { family: 'debian', known: false },
    });
    expect(
      await scanWith(sandbox, hostile.warns(`${before}${before}`, hostile.prints(JSON.stringify(honest())))),
    ).not.toHaveProperty('os.known');
  });

  it.each(['[dpkg] Parse error', '[dpkg] Invalid version', '[apk] Invalid version found'])(
    'a warning that packages were left out (%s) goes with the result',
    async (warning) => {
      const saying = (change: (report: Report) => unknown): Lie =>
        hostile.warns(
          `2026-11-26T11:20:58Z\tWARN\t${warning}\tpackage="x"\n`,
          hostile.prints(JSON.stringify(change(honest()))),
        );
      expect(
        await scanWith(
          sandbox,
          saying((report) => report),
        ),
      ).toMatchObject({ outcome: 'succeeded', findings: [], warnings: ['packages-unreadable'] });
      const found = {
        VulnerabilityID: 'CVE-2026-1',
        PkgName: 'libssl3',
        InstalledVersion: '3.5.1-1',
        Severity: 'HIGH',
      };
      expect(
        await scanWith(
          sandbox,
          saying((report) => ({ ...report, Results: [{ ...report.Results[0], Vulnerabilities: [found] }] })),
        ),
      ).toMatchObject({
        outcome: 'succeeded',
        findings: [{ vulnerability: 'CVE-2026-1' }],
        warnings: ['packages-unreadable'],
      });
      expect(
        await scanWith(
          sandbox,
          lies((report) => report),
        ),
      ).not.toHaveProperty('warnings');
    },
  );

  it.each(rows)('a scanner that %s has failed: %s', async (behaviour, code, lie) => {
    const outcome = await scanWith(sandbox, lie, behaviour.startsWith('hangs') ? 500 : patienceMs);
    expect(outcome).toMatchObject({ outcome: 'failed', code });
    expect(outcome).not.toHaveProperty('findings');
  });

  it('a scan that is cancelled has no result, even where the report was there already', async () => {
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(), 300);
    expect(
      await scanWith(
        sandbox,
        (program) => hostile.prints(JSON.stringify(honest()), hostile.sleeps)(program),
        patienceMs,
        cancel.signal,
      ),
    ).toMatchObject({ outcome: 'cancelled' });
  });
});

describe('an image that lies about itself', () => {
  let sandbox: Sandbox;
  let witness: ImageWitness;
  beforeAll(async () => {
    sandbox = await sandboxBy('util-linux');
    witness = await openWitness(sandbox, folder);
  });

  /** Trivy trusts the config, so this scanner reports what the config states. */
  const scanLayout = async (lied: MadeLayout, diffIds: string[], digestAsked = lied.digest): Promise<ScanOutcome> => {
    const report = { ...honest(), Metadata: { ImageID: lied.configDigest, DiffIDs: diffIds } };
    const program = await programFile(folder, `believer-${made++}`, hostile.prints(JSON.stringify(report)));
    const scanner = new TrivyScanner({
      sandbox,
      program,
      identity: { name: 'trivy', version: '0.74.0', digest },
      database,
      coverage: new Coverage(new Map([['debian 13', 1]])),
      databaseDirectory: join(folder, 'db'),
    });
    return witnessed(scanner, witness).scan(lied.path, { digest: digestAsked }, { timeoutMs: patienceMs });
  };

  it('with one diff id too many or too few is invalid, and is not even scanned', async () => {
    const [layer] = layout.layers;
    for (const diffIds of [[layer!.diffId, layer!.diffId], []]) {
      expect(await scanLayout(await layoutOf(folder, [layer!], { diffIds }), diffIds)).toMatchObject({
        outcome: 'failed',
        code: 'invalid-image',
        scannerMs: 0,
      });
    }
  });

  it('with a wrong diff id is invalid, although the scanner was content', async () => {
    const [first, second] = [await layerOf(debian()), await layerOf(debian(vulnerable))];
    // The second layer under the first one's name: a scanner that goes by names never looks into it.
    const diffIds = [first.diffId, first.diffId];
    expect(await scanLayout(await layoutOf(folder, [first, second], { diffIds }), diffIds)).toMatchObject({
      outcome: 'failed',
      code: 'invalid-image',
    });
  });

  it('with a layer that is no archive is invalid', async () => {
    const broken = { blob: Buffer.from([0x1f, 0x8b, 0xff, 0xff, 0, 0]), diffId: `sha256:${'a'.repeat(64)}` };
    expect(await scanLayout(await layoutOf(folder, [broken]), [broken.diffId])).toMatchObject({
      outcome: 'failed',
      code: 'invalid-image',
    });
  });

  it('is not mistaken for another one', async () => {
    expect(
      await scanLayout(
        layout,
        layout.layers.map(({ diffId }) => diffId),
        `sha256:${'b'.repeat(64)}`,
      ),
    ).toMatchObject({ outcome: 'failed', code: 'wrong-artifact' });
  });
});
