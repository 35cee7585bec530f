import { describe, expect, it } from 'vitest';
import { DeciderSpec } from '@assay/testing';
import {
  agreeing,
  digest,
  finding,
  npmPackage,
  ordinary,
  emittedIn,
  scanExample,
  scanned,
  unfixed,
  type Scan,
} from '../../test/fixtures.ts';
import { decider } from './decider.ts';

const standingOf = (scan: Scan): string => {
  const [emitted] = emittedIn(new DeciderSpec(decider, digest).given(...scanned(scan)).when());
  return [emitted!.status, ...(emitted!.reason ? [emitted!.reason] : [])].join('/');
};

const endOfLife = { ...scanExample.os!, endOfLife: true };
const at = (days: number): string => new Date(Date.parse(scanExample.receivedAt) + days * 86_400_000).toISOString();
const builtBefore = (days: number) => ({ ...scanExample.database, builtAt: at(-days) });

describe('the status of an image', () => {
  it.each<[string, Scan]>([
    ['undetermined/timed-out', { outcome: 'timed-out', reason: 'deadline' }],
    ['undetermined/failed/gone', { outcome: 'failed', reason: 'gone' }],
    ['undetermined/failed/unknown', { outcome: 'failed' }],
    ['undetermined/cancelled/unknown', { outcome: 'cancelled' }],
    ['not-applicable/no-operating-system', { os: undefined as never }],
    ['not-applicable/no-operating-system', { os: { family: 'none', version: '', endOfLife: false } }],
    ['not-applicable/no-operating-system', { os: { family: '', version: '', endOfLife: false } }],
    [
      'not-applicable/operating-system-not-supported',
      { os: { family: 'totallynotalinux', version: '1', endOfLife: false } },
    ],
    ['undetermined/no-packages', { packages: [] }],
    ['not-applicable/no-package-manager', { packages: ['bash', 'libc6'] }],
    ['not-applicable/no-shell', { packages: ['dpkg', 'libc6'] }],
    ['unhealthy', { findings: [finding()] }],
    ['undetermined/operating-system-end-of-life', { os: endOfLife }],
    ['undetermined/advisories-too-old', { database: builtBefore(7.01) }],
    ['undetermined/advisories-too-old', { database: { ...builtBefore(2.01), tooOldDays: 2 } }],
    ['healthy', {}],
  ])('is %s for %j', (status, scan) => expect(standingOf(scan)).toBe(status));

  // Each scan violates its own row and all rows below it.
  it.each<[string, Scan]>([
    ['undetermined/timed-out', { outcome: 'timed-out' }],
    ['undetermined/failed/x', { outcome: 'failed', reason: 'x' }],
    ['not-applicable/no-operating-system', { os: { ...endOfLife, family: 'none' } }],
    ['not-applicable/operating-system-not-supported', { os: { ...endOfLife, family: 'unheard' } }],
    ['undetermined/no-packages', { findings: [] }],
    ['not-applicable/no-package-manager', { packages: ['libc6'] }],
    ['not-applicable/no-shell', { packages: ['dpkg'] }],
    ['unhealthy', { packages: ordinary }],
    ['undetermined/operating-system-end-of-life', { packages: ordinary, findings: [] }],
  ])('is %s before anything that stands below', (status, scan) => {
    expect(standingOf({ packages: [], findings: [finding()], os: endOfLife, database: builtBefore(30), ...scan })).toBe(
      status,
    );
  });

  it.each(['classic', 'extended'] as const)(
    'with findings is unhealthy in %s mode, also if no package database vouches for packages',
    (mode) => {
      const packages = [npmPackage('left-pad')];
      expect(standingOf({ mode, packages })).toBe('undetermined/no-packages');
      expect(standingOf({ mode, packages, findings: [finding()] })).toBe('unhealthy');
    },
  );

  it('counts a finding without a fix', () => {
    expect(standingOf({ findings: [unfixed] })).toBe('unhealthy');
    expect(standingOf({ findings: [{ ...unfixed, severity: 'Unknown' }] })).toBe('unhealthy');
  });

  it.each<[string, Scan]>([
    ['the demonstration database, however old', { database: { ...builtBefore(400), demonstration: true } }],
    ['a database within a limit of its own', { database: { ...builtBefore(13.9), tooOldDays: 14 } }],
    ['a database of just seven days', { database: builtBefore(7), startedAt: scanExample.receivedAt }],
  ])('is healthy with %s', (_, scan) => expect(standingOf(scan)).toBe('healthy'));

  it('is not healthy with a database of unreadable age', () => {
    expect(standingOf({ database: { ...scanExample.database, builtAt: '2026-99-99T00:00:00.000Z' } })).toBe(
      'undetermined/advisories-too-old',
    );
  });

  it('is not healthy for a push joined to an old scan whose database was too old by then', () => {
    expect(standingOf({ joinedScanId: 'another', startedAt: at(-8), database: builtBefore(9) })).toBe(
      'undetermined/advisories-too-old',
    );
    expect(standingOf({ joinedScanId: 'another', startedAt: at(-2), database: builtBefore(3) })).toBe('healthy');
  });

  describe.each<[string, Scan, string]>([
    [
      'scratch with a Go binary',
      {
        os: { family: 'none', version: '', endOfLife: false },
        packages: [{ name: 'stdlib', type: 'gobinary' }],
      },
      'not-applicable/no-operating-system',
    ],
    ['an image without a system', { os: undefined as never, packages: [] }, 'not-applicable/no-operating-system'],
    [
      'distroless Debian',
      {
        packages: ['libc6', { name: 'org.apache.logging.log4j:log4j-core', type: 'jar' }],
      },
      'not-applicable/no-package-manager',
    ],
    ['a system without a shell', { packages: ['dpkg', 'libc6'] }, 'not-applicable/no-shell'],
    [
      'an unsupported system',
      { os: { family: 'totallynotalinux', version: '1', endOfLife: false }, packages: [npmPackage('left-pad')] },
      'not-applicable/operating-system-not-supported',
    ],
  ])('of %s', (_, scan, unsupported) => {
    const found = {
      ...scan,
      findings: [finding(), finding({ vulnerability: 'CVE-2' }), finding({ vulnerability: 'CVE-3' })],
    };

    it('is not assessed in classic mode, with or without findings', () => {
      expect([standingOf({ ...scan, mode: 'classic' }), standingOf({ ...found, mode: 'classic' })]).toEqual([
        unsupported,
        unsupported,
      ]);
    });

    it('is unhealthy for its findings in extended mode', () =>
      expect(standingOf({ ...found, mode: 'extended' })).toBe('unhealthy'));
  });

  it.each<[string, Scan]>([
    ['not-applicable/no-operating-system', { os: undefined as never }],
    [
      'not-applicable/operating-system-not-supported',
      { os: { family: 'totallynotalinux', version: '1', endOfLife: false } },
    ],
    ['undetermined/no-packages', { packages: [] }],
    ['undetermined/operating-system-end-of-life', { os: endOfLife }],
    ['undetermined/advisories-too-old', { database: builtBefore(7.01) }],
    ['healthy', {}],
    ['healthy', { packages: ['libc6'] }],
  ])('is %s in extended mode without findings in %j', (status, scan) =>
    expect(standingOf({ mode: 'extended', ...scan })).toBe(status),
  );

  it.each<[string, Scan]>([
    ['undetermined/timed-out', { outcome: 'timed-out' }],
    ['undetermined/failed/x', { outcome: 'failed', reason: 'x' }],
  ])('is %s in extended mode even with findings', (status, scan) =>
    expect(standingOf({ mode: 'extended', findings: [finding()], ...scan })).toBe(status),
  );

  it.each(['classic', 'extended'] as const)(
    'depends on the packages of the system alone, in %s mode: language packages may have any name',
    (mode) => {
      expect(standingOf({ mode, packages: ['apt', 'bash', 'left-pad'].map(npmPackage) })).toBe(
        'undetermined/no-packages',
      );
      expect(standingOf({ mode: 'classic', packages: ['libc6', npmPackage('apt'), npmPackage('bash')] })).toBe(
        'not-applicable/no-package-manager',
      );
      expect(standingOf({ mode: 'classic', packages: ['apt', npmPackage('bash')] })).toBe('not-applicable/no-shell');
    },
  );

  it('carries the evidence of the system packages in the event', () => {
    const systemOf = (scan: Scan) =>
      emittedIn(new DeciderSpec(decider, digest).given(...scanned(scan)).when())[0]!.system;
    expect(systemOf({ packages: ['apt', 'bash', 'libc6', npmPackage('apt')] })).toEqual({
      count: 3,
      packageManager: true,
      shell: true,
    });
    expect(systemOf({ packages: ['libc6', npmPackage('apt')] })).toEqual({
      count: 1,
      packageManager: false,
      shell: false,
    });
    expect(systemOf({ outcome: 'failed' })).toBeUndefined();
  });

  it.each(['apk-tools', 'apt', 'dpkg', 'rpm', 'tdnf', 'zypper'])('knows the package manager %s', (name) =>
    expect(standingOf({ packages: [name, 'bash'] })).toBe('healthy'),
  );
  it.each(['ash', 'bash', 'busybox', 'dash', 'zsh'])('knows the shell %s', (name) =>
    expect(standingOf({ packages: [name, 'dpkg'] })).toBe('healthy'),
  );
  it('does not match half a name', () =>
    expect(standingOf({ packages: ['libapt-pkg7', 'bash-completion'] })).toBe('not-applicable/no-package-manager'));
});

describe('the status of an image with two witnesses', () => {
  const disagreeing = (what: string): Scan => ({
    witness: {
      ...agreeing!,
      disagreements: [{ what, path: 'var/lib/dpkg/status', scanner: 4, witness: 5, examples: ['openssl'] }],
    },
  });

  it.each<[string, Scan]>([
    ['packages-unreadable', { warnings: ['packages-unreadable'] }],
    ['not-witnessed', { witness: undefined as never }],
    [
      'inventory-unread',
      { witness: { ...agreeing!, unread: [{ path: 'var/lib/rpm/Packages', reason: 'berkeley-db' }] } },
    ],
    ['no-package-database', disagreeing('no-database')],
    ['system-unclear', disagreeing('database-kind')],
    ['inventory-disagrees', disagreeing('packages')],
  ])('is undetermined/%s without findings, and unhealthy with one', (reason, scan) => {
    for (const mode of ['classic', 'extended'] as const) {
      expect(standingOf({ mode, ...scan })).toBe(`undetermined/${reason}`);
      expect(standingOf({ mode, ...scan, findings: [finding()] })).toBe('unhealthy');
    }
  });

  it('depends on packages that a database vouches for, not on their types', () => {
    const inventory = {
      packages: 4,
      systemPackages: 0,
      packageManagers: [] as string[],
      shells: [] as string[],
      languages: ['node-pkg'],
    };
    expect(standingOf({ inventory })).toBe('undetermined/no-packages');
    expect(standingOf({ inventory: { ...inventory, systemPackages: 2, shells: ['bash'] } })).toBe(
      'not-applicable/no-package-manager',
    );
    expect(standingOf({ inventory: { ...inventory, systemPackages: 2, packageManagers: ['apt'] } })).toBe(
      'not-applicable/no-shell',
    );
    expect(
      standingOf({
        packages: [],
        inventory: { ...inventory, systemPackages: 2, packageManagers: ['apt'], shells: ['ash'] },
      }),
    ).toBe('healthy');
  });
});
