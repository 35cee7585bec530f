import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patienceMs, seed, turnsOf } from '@assay/testing';
import type { Sandbox, SandboxDriver } from '../../sandbox/index.ts';
import { openWitness, witnessed } from '../../witness/index.ts';
import type { ImageScanner, ScanOutcome } from '../scanner.ts';
import { coverageOf } from './database.ts';
import type { OpenedTrivy } from './index.ts';
import { TrivyScanner } from './trivy-scanner.ts';
import {
  debian,
  dpkgPackage,
  type LayoutEntry,
  headerOf,
  layerOf,
  layoutOf,
  type MadeLayer,
  osRelease,
  sha256,
  tarOf,
  vulnerable,
} from '../../../test/layouts.ts';
import { announceDrivers, driversHere, sandboxBy } from '../../../test/sandboxes.ts';
import { allImages, bareTrivy, imagesHere, realTrivy } from '../../../test/trivy.ts';

type Succeeded = Extract<ScanOutcome, { outcome: 'succeeded' }>;
/** An empty zip archive. */
const emptyArchive = Buffer.concat([Buffer.from('PK\u0005\u0006', 'latin1'), Buffer.alloc(18)]);

let folder: string;
beforeAll(async () => {
  announceDrivers();
  folder = await mkdtemp(join(tmpdir(), 'assay-trivy-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Whether an image is compared in a sandbox: in each, or, in a run that draws, in the one that the seed selects. */
const isCompared = (image: number, driver: SandboxDriver): boolean =>
  (driversHere.indexOf(driver) + image + seed) % driversHere.length < turnsOf(driversHere.length);

describe.each(driversHere)('Trivy in the %s sandbox', (driver) => {
  let opened: OpenedTrivy;
  let together: ImageScanner;
  beforeAll(async () => {
    const sandbox = await sandboxBy(driver);
    opened = await realTrivy(sandbox);
    together = witnessed(opened.scanner, await openWitness(sandbox, folder));
  });

  it.each(imagesHere().filter((_, image) => isCompared(image, driver)))(
    'finds in $name what it finds without a sandbox, and the witness agrees',
    async ({ path, digest }) => {
      const [bare, outcome] = [
        await bareTrivy(opened, path),
        await together.scan(path, { digest }, { timeoutMs: patienceMs }),
      ];
      expect(outcome).toMatchObject({ outcome: 'succeeded', witness: { unread: [], disagreements: [] } });
      const { findings, packages, os } = outcome as Succeeded;
      const { Results = [], Metadata } = bare as {
        Results?: { Packages?: { Name: string }[]; Vulnerabilities?: Record<string, string>[] }[];
        Metadata: { OS?: { Family: string; Name: string } };
      };
      const vulnerabilities = Results.flatMap(({ Vulnerabilities = [] }) => Vulnerabilities);
      expect(
        findings
          .map(({ vulnerability, package: name, installedVersion, fixedVersion = '', severity }) =>
            [vulnerability, name, installedVersion, fixedVersion, severity.toUpperCase()].join(' '),
          )
          .toSorted(),
      ).toEqual(
        vulnerabilities
          .map(({ VulnerabilityID, PkgName, InstalledVersion, FixedVersion = '', Severity }) =>
            [VulnerabilityID, PkgName, InstalledVersion, FixedVersion, Severity].join(' '),
          )
          .toSorted(),
      );
      expect(packages.map(({ name }) => name).toSorted()).toEqual(
        Results.flatMap(({ Packages = [] }) => Packages.map(({ Name }) => Name)).toSorted(),
      );
      expect(os && `${os.family} ${os.version}`).toBe(Metadata.OS && `${Metadata.OS.Family} ${Metadata.OS.Name}`);
    },
  );

  it('runs more scans at once than it has slots for, and none starves another', async () => {
    const { path, digest } = imagesHere().find(({ name }) => name === 'nginx-1.23.3')!;
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () => opened.scanner.scan(path, { digest }, { timeoutMs: patienceMs })),
    );
    expect(
      new Set(outcomes.map((outcome) => (outcome.outcome === 'succeeded' ? outcome.findings.length : outcome.outcome)))
        .size,
    ).toBe(1);
    expect(outcomes[0]).toMatchObject({ outcome: 'succeeded' });
  });
});

it('compares all 23 images, and leaves none out', () => {
  expect(
    imagesHere()
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(allImages);
  expect(allImages).toHaveLength(23);
});

describe('a hostile image', () => {
  let opened: OpenedTrivy;
  let together: ImageScanner;
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await sandboxBy(driversHere[0]!);
    opened = await realTrivy(sandbox);
    together = witnessed(opened.scanner, await openWitness(sandbox, folder));
  });

  const scan = async (
    layers: readonly MadeLayer[],
    diffIds?: string[],
    timeoutMs = patienceMs,
  ): Promise<ScanOutcome> => {
    const { path, digest } = await layoutOf(folder, layers, diffIds ? { diffIds } : {});
    return together.scan(path, { digest }, { timeoutMs });
  };
  const scanEntries = async (...layers: LayoutEntry[][]): Promise<Succeeded> => {
    const outcome = await scan(await Promise.all(layers.map(layerOf)));
    expect(outcome).toMatchObject({ outcome: 'succeeded' });
    return outcome as Succeeded;
  };
  const names = ({ packages }: Succeeded): string[] => packages.map(({ name }) => name);

  it('is found vulnerable in its harmless form', async () => {
    const { findings, packages } = await scanEntries(debian(vulnerable));
    expect(packages).toMatchObject([
      {
        name: 'libssl3',
        version: '3.5.1-1',
        type: 'debian',
        sourcePackage: 'openssl',
        purl: expect.stringContaining('pkg:deb/debian/libssl3@3.5.1-1') as string,
      },
    ]);
    expect(findings.length).toBeGreaterThan(0);
  });

  it('is found vulnerable in a layer of many zstd frames, as zstd:chunked makes them', async () => {
    const tar = await tarOf(debian(vulnerable));
    const notes = Buffer.from('502a4d180400000061626364', 'hex');
    const blob = Buffer.concat([zstdCompressSync(tar.subarray(0, 700)), zstdCompressSync(tar.subarray(700)), notes]);
    const outcome = await scan([
      { blob, diffId: sha256(tar), mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd' },
    ]);
    expect(outcome).toMatchObject({ outcome: 'succeeded', packages: [{ name: 'libssl3' }] });
  });

  it.each(driversHere)(
    'with Java archives is scanned in the %s sandbox, or fails if they cannot be recognised',
    async (driver) => {
      const own = await realTrivy(await sandboxBy(driver));
      const { path, digest } = await layoutOf(folder, [
        await layerOf([...debian(vulnerable), { name: 'app/b-1.2.jar', content: emptyArchive }]),
      ]);
      const parts = {
        sandbox: await sandboxBy(driver),
        program: own.trivy.program,
        identity: own.scanner.identity,
        databaseDirectory: own.database.directory,
        database: own.database.database,
        coverage: await coverageOf(own.database),
      };
      expect(await own.scanner.scan(path, { digest }, { timeoutMs: patienceMs })).toMatchObject({
        outcome: 'succeeded',
      });
      expect(await new TrivyScanner(parts).scan(path, { digest }, { timeoutMs: patienceMs })).toMatchObject({
        outcome: 'failed',
        code: 'no-java-database',
      });
    },
  );

  // I1
  it('with names that leave the image writes nowhere, and its other packages are found', async () => {
    const canary = join(tmpdir(), 'assay-canary-i1');
    const leaving = [`../../..${canary}`, canary, `a/../../../../../..${canary}`, `..${canary}`].map((name) => ({
      name,
      content: 'here',
    }));
    expect(names(await scanEntries([...leaving, ...debian(vulnerable)]))).toEqual(['libssl3']);
    expect(existsSync(canary)).toBe(false);
  });

  // I2
  it('with links to the host brings nothing of the host into the report', async () => {
    const onHost = await mkdtemp(join(folder, 'host-'));
    await writeFile(join(onHost, 'status'), dpkgPackage('canary-of-the-host'));
    const upwards = `../../../../../../../..${onHost}`;
    const linked = (linkname: string): LayoutEntry[] => [
      osRelease(),
      { name: 'etc/debian_version', content: '13.0\n' },
      { name: 'var/lib/dpkg', type: 'symlink', linkname },
      { name: 'var/lib/dpkg/info/x.list', content: '/x' },
      { name: 'app', type: 'symlink', linkname: '../../../root' },
      { name: 'lib/apk/db/installed', type: 'link', linkname: `${upwards}/status` },
    ];
    for (const linkname of [onHost, upwards]) {
      expect((await scanEntries(linked(linkname))).report.toString('utf8')).not.toContain('canary-of-the-host');
    }
  });

  // I4
  it('with odd whiteouts is scanned to an end', async () => {
    const odd = ['.wh..wh..opq', 'x/.wh.', 'x/.wh...', '../.wh.etc', 'x/.wh..wh.x'].map((name) => ({
      name,
      content: '',
    }));
    expect(await scan([await layerOf(debian(vulnerable)), await layerOf(odd)])).toMatchObject({ outcome: 'succeeded' });
    expect(names(await scanEntries(debian(vulnerable), [{ name: 'etc/motd', content: '' }]))).toEqual(['libssl3']);
  });

  // I6
  it('whose package list is a bomb of 4 GiB is contained', async () => {
    const zeros = gzipSync(Buffer.alloc(64 * 2 ** 20), { level: 1 });
    const head = await headerOf({ name: 'var/lib/dpkg/status', size: 4 * 2 ** 30 });
    const release = await tarOf([osRelease(), { name: 'etc/debian_version', content: '13.0\n' }]);
    const blob = Buffer.concat([
      gzipSync(Buffer.concat([release.subarray(0, release.length - 1024), head])),
      ...Array.from({ length: 64 }, () => zeros),
      gzipSync(Buffer.alloc(1024)),
    ]);
    const outcome = await scan([{ blob, diffId: sha256('whatever') }]);
    expect(outcome).toMatchObject({ outcome: 'failed' });
    expect(outcome).not.toMatchObject({ code: 'timeout' });
  });

  // I12. Trivy itself drops a name with a control character, with a warning: it is no valid field of a package list.
  it('with hostile names keeps them as data', async () => {
    const hostile = [
      '<script>alert(1)</script>',
      '__proto__',
      'constructor',
      '=cmd|calc',
      '\u202etxt.exe',
      'long'.repeat(10_000),
    ];
    const result = await scanEntries(
      debian(...hostile.map((name) => dpkgPackage(name)), dpkgPackage('esc\u001b[31m'), vulnerable),
    );
    expect(names(result).toSorted()).toEqual([...hostile, 'libssl3'].toSorted());
    expect(({} as Record<string, unknown>)['name']).toBeUndefined();
    expect(Object.getPrototypeOf(result.packages[0])).toBe(Object.prototype);
  });

  // Trivy reads no package list with a line of 64 KiB or more, and exits with 0. An empty inventory is not healthy: the
  // classifier reports it.
  it('with a name that no scanner reads has no inventory rather than half of one', async () => {
    const { packages, findings } = await scanEntries(
      debian(vulnerable, dpkgPackage('x'.repeat(100_000)), dpkgPackage('other')),
    );
    expect([packages, findings]).toEqual([[], []]);
  });

  // I14
  it('of an unknown system is not one without findings, but one of an unknown system', async () => {
    const { os, findings } = await scanEntries([
      osRelease('totallynotalinux', '1'),
      { name: 'var/lib/dpkg/status', content: vulnerable },
    ]);
    expect(['none', 'totallynotalinux', undefined]).toContain(os?.family);
    expect(findings).toEqual([]);
  });

  it('of a release that the scanner does not know is marked so', async () => {
    const { os, findings } = await scanEntries([
      osRelease('debian', '99'),
      { name: 'etc/debian_version', content: '99.0\n' },
      { name: 'var/lib/dpkg/status', content: vulnerable },
    ]);
    expect(os).toMatchObject({ family: 'debian', known: false });
    expect(findings).toEqual([]);
    expect((await scanEntries(debian(vulnerable))).os).not.toHaveProperty('known');
  });

  // I15
  it('cannot tell the scanner what to overlook', async () => {
    const settings = ['', 'tmp/', 'input/', 'cache/'].flatMap((at) => [
      {
        name: `${at}trivy.yaml`,
        content: 'severity:\n  - CRITICAL\nscan:\n  skip-files:\n    - var/lib/dpkg/status\n',
      },
      { name: `${at}.trivyignore`, content: 'CVE-*\n' },
      { name: `${at}trivy-secret.yaml`, content: 'disable-rules: ["*"]\n' },
      { name: `${at}.grype.yaml`, content: 'ignore:\n  - package: {}\n' },
    ]);
    const plain = await scanEntries(debian(vulnerable));
    const told = await scanEntries([...settings, ...debian(vulnerable)]);
    expect(told.findings.map(({ vulnerability }) => vulnerability)).toEqual(
      plain.findings.map(({ vulnerability }) => vulnerability),
    );
  });

  // I23
  it('with a diff id too many or a wrong one is invalid', async () => {
    const layer = await layerOf(debian(vulnerable));
    const wrong = sha256('another');
    expect(await scan([layer], [layer.diffId, wrong])).toMatchObject({ outcome: 'failed', code: 'invalid-image' });
    expect(await scan([layer], [wrong])).toMatchObject({ outcome: 'failed', code: 'invalid-image' });
  });
});
