import type { Package } from '@assay/events';
import { describe, expect, it } from 'vitest';
import { compared, type SeenDatabase, type SeenImage } from './inventory.ts';

type Installed = readonly [name: string, version: string];
type Stated = readonly [source: string, system: string, version: string];
interface Given {
  /** Family and version of the report. */
  os?: readonly [family: string, version: string];
  /** Packages of the report, of the type that is the family unless one is given. */
  reported?: readonly (readonly [name: string, version: string, type?: string])[];
  databases?: readonly SeenDatabase[];
  others?: readonly SeenDatabase[];
  systems?: readonly Stated[];
  seen?: Partial<SeenImage>;
}

const comparedOf = ({ os, reported = [], databases = [], others = [], systems = [], seen = {} }: Given) =>
  compared(
    {
      ...(os ? { os: { family: os[0], version: os[1], endOfLife: false } } : {}),
      packages: reported.map(([name, version, type = os?.[0] ?? '']): Package => ({ name, version, type, purl: '' })),
    },
    {
      databases,
      others,
      systems: systems.map(([source, system, version]) => ({ source, system, version })),
      languages: [],
      unread: [],
      notes: [],
      ...seen,
    },
    { version: '0123456789ab', layers: 3 },
  );
const disagreements = (given: Given) => comparedOf(given).witness.disagreements;
const kinds = (given: Given): string[] => disagreements(given).map(({ what }) => what);

const status = 'var/lib/dpkg/status';
const dpkg = (...packages: readonly Installed[]): SeenDatabase => ({ kind: 'dpkg', path: status, packages });
const [apt, bash, ssl]: readonly [Installed, Installed, Installed] = [
  ['apt', '3.0.3'],
  ['bash', '5.2.37-2+b5'],
  ['libssl3', '1:3.5.1-1'],
];
const base: Installed = ['base-files', '13.8+deb13u1'];
const stated: readonly Stated[] = [
  ['etc/os-release', 'debian', '13'],
  ['etc/debian_version', 'debian', '13.1'],
  ['base-files', 'debian', '13.8+deb13u1'],
];
const debian: Given = {
  os: ['debian', '13.1'],
  reported: [apt, bash, base],
  databases: [dpkg(apt, bash, base)],
  systems: stated,
};

describe('an honest image', () => {
  const rpm = (path: string, ...packages: readonly Installed[]): SeenDatabase => ({ kind: 'rpm', path, packages });
  const apk = (...packages: readonly Installed[]): SeenDatabase => ({
    kind: 'apk',
    path: 'lib/apk/db/installed',
    packages,
  });
  const os = 'etc/os-release';
  const families: readonly (readonly [string, readonly [string, string], SeenDatabase, readonly Stated[]])[] = [
    ['Debian', ['debian', '13.1'], dpkg(apt), stated],
    [
      'Debian 10',
      ['debian', '10.13'],
      dpkg(apt),
      [
        [os, 'debian', '10'],
        ['base-files', 'debian', '10.3+deb10u13'],
      ],
    ],
    [
      'Debian testing',
      ['debian', 'trixie/sid'],
      dpkg(apt),
      [
        [os, 'debian', ''],
        ['etc/debian_version', 'debian', 'trixie/sid'],
        ['base-files', 'debian', '13.6'],
      ],
    ],
    [
      'distroless',
      ['debian', '12.4'],
      { ...dpkg(base), path: 'var/lib/dpkg/status.d' },
      [
        [os, 'debian', '12'],
        ['base-files', 'debian', '12.4+deb12u5'],
      ],
    ],
    [
      'Ubuntu',
      ['ubuntu', '24.04'],
      dpkg(apt),
      [
        [os, 'ubuntu', '24.04'],
        ['etc/debian_version', 'debian', 'trixie/sid'],
        ['base-files', 'ubuntu', '13ubuntu10.1'],
      ],
    ],
    [
      'Alpine',
      ['alpine', '3.20.3'],
      apk(['musl', '1.2.5-r0']),
      [
        [os, 'alpine', '3.20.3'],
        ['etc/alpine-release', 'alpine', '3.20.3'],
        ['alpine-release', 'alpine', '3.20.3-r0'],
        ['alpine-baselayout', 'alpine', '3.6.5-r0'],
      ],
    ],
    [
      'Alpine edge',
      ['alpine', '3.21.0_alpha20240807'],
      apk(['musl', '1.2.5-r0']),
      [
        [os, 'alpine', '3.21_alpha20240807'],
        ['etc/apk/repositories', 'alpine', 'edge'],
        ['alpine-release', 'alpine', '3.21.0_alpha20240807-r0'],
      ],
    ],
    [
      'Wolfi',
      ['wolfi', '20230201'],
      apk(['glibc', '2.39-r1']),
      [
        [os, 'wolfi', '20230201'],
        ['wolfi-baselayout', 'wolfi', '20230201-r15'],
      ],
    ],
    [
      'Chainguard',
      ['chainguard', '20230214'],
      apk(['glibc', '2.39-r1']),
      [
        [os, 'chainguard', '20230214'],
        ['chainguard-baselayout', 'chainguard', '20230214-r1'],
      ],
    ],
    [
      'Fedora',
      ['fedora', '41'],
      rpm('usr/lib/sysimage/rpm/rpmdb.sqlite', ['bash', '5.2-1']),
      [
        [os, 'fedora', '41'],
        ['fedora-release', 'fedora', '41-29'],
      ],
    ],
    [
      'RHEL',
      ['redhat', '9.4'],
      rpm('var/lib/rpm/rpmdb.sqlite', ['bash', '5.1-1']),
      [
        [os, 'rhel', '9.4'],
        ['redhat-release', 'redhat', '9.4-0.5.el9'],
      ],
    ],
    [
      'CentOS 7',
      ['centos', '7.9.2009'],
      rpm('var/lib/rpm/Packages', ['bash', '4.2-1']),
      [
        [os, 'centos', '7'],
        ['centos-release', 'centos', '7-9.2009.1.el7'],
      ],
    ],
    [
      'CentOS Stream',
      ['centos', '9'],
      rpm('var/lib/rpm/rpmdb.sqlite', ['bash', '5.1-1']),
      [
        [os, 'centos', '9'],
        ['centos-stream-release', 'centos-stream', '9.0-26.el9'],
      ],
    ],
    [
      'Rocky',
      ['rocky', '9.3'],
      rpm('var/lib/rpm/rpmdb.sqlite', ['bash', '5.1-1']),
      [
        [os, 'rocky', '9.3'],
        ['rocky-release', 'rocky', '9.3-1.1.el9'],
      ],
    ],
    [
      'Alma',
      ['alma', '9.3'],
      rpm('var/lib/rpm/rpmdb.sqlite', ['bash', '5.1-1']),
      [
        [os, 'almalinux', '9.3'],
        ['almalinux-release', 'almalinux', '9.3-1.el9'],
      ],
    ],
    // Oracle builds a package of this name too.
    [
      'Oracle',
      ['oracle', '9.3'],
      rpm('var/lib/rpm/rpmdb.sqlite', ['bash', '5.1-1']),
      [
        [os, 'ol', '9.3'],
        ['oraclelinux-release', 'oraclelinux', '8:9.3-1.0.2'],
        ['redhat-release', 'redhat', '9.3-1.0.1'],
      ],
    ],
    [
      'Amazon 2',
      ['amazon', '2 (Karoo)'],
      rpm('var/lib/rpm/Packages', ['bash', '4.2-1']),
      [
        [os, 'amzn', '2'],
        ['system-release', 'system', '2-16.amzn2'],
      ],
    ],
    [
      'Amazon 2023',
      ['amazon', '2023.5.20240903 (Amazon Linux)'],
      rpm('var/lib/rpm/rpmdb.sqlite', ['bash', '5.2-1']),
      [
        [os, 'amzn', '2023'],
        ['system-release', 'system', '2023.5.20240903-1.amzn2023'],
      ],
    ],
    [
      'openSUSE Leap',
      ['opensuse-leap', '15.6'],
      rpm('usr/lib/sysimage/rpm/Packages.db', ['bash', '4.4-1']),
      [
        [os, 'opensuse-leap', '15.6'],
        ['openSUSE-release', 'openSUSE', '15.6-1'],
      ],
    ],
    [
      'openSUSE Tumbleweed',
      ['opensuse-tumbleweed', '20240901'],
      rpm('usr/lib/sysimage/rpm/rpmdb.sqlite', ['bash', '5.2-1']),
      [
        [os, 'opensuse-tumbleweed', '20240901'],
        ['openSUSE-release', 'openSUSE', '20240901-1'],
      ],
    ],
    [
      'SLES',
      ['sles', '15.6'],
      rpm('usr/lib/sysimage/rpm/Packages.db', ['bash', '4.4-1']),
      [
        [os, 'sles', '15.6'],
        ['sles-release', 'sles', '15.6-1'],
      ],
    ],
    [
      'SL Micro',
      ['slem', '6.0'],
      rpm('usr/lib/sysimage/rpm/rpmdb.sqlite', ['bash', '5.2-1']),
      [[os, 'sl-micro', '6.0']],
    ],
    [
      'Photon',
      ['photon', '5.0'],
      rpm('usr/lib/sysimage/rpm/rpmdb.sqlite', ['bash', '5.2-1']),
      [
        [os, 'photon', '5.0'],
        ['photon-release', 'photon', '5.0-1.ph5'],
      ],
    ],
    [
      'Mariner',
      ['cbl-mariner', '2.0.20240609'],
      rpm('var/lib/rpm/rpmdb.sqlite', ['bash', '5.1-1']),
      [
        [os, 'mariner', '2.0'],
        ['mariner-release', 'mariner', '2.0-60.cm2'],
      ],
    ],
    [
      'Azure Linux',
      ['azurelinux', '3.0.20240609'],
      rpm('var/lib/rpmmanifest/container-manifest-2', ['glibc', '2.38-1']),
      [
        [os, 'azurelinux', '3.0'],
        ['azurelinux-release', 'azurelinux', '3.0-16.azl3'],
      ],
    ],
  ];

  it.each(families)('of %s agrees', (_, system, database, systems) => {
    const reported = database.packages ?? [];
    const { witness, inventory } = comparedOf({ os: system, reported, databases: [database], systems });
    expect(witness.disagreements).toEqual([]);
    expect(inventory.systemPackages).toBe(reported.length);
  });

  it('without a system agrees', () => {
    expect(disagreements({})).toEqual([]);
    expect(disagreements({ reported: [['express', '4.0.0', 'node-pkg']] })).toEqual([]);
    expect(disagreements({ os: ['none', ''] })).toEqual([]);
  });

  it('agrees with an epoch of zero, and with a second list of the same packages', () => {
    expect(disagreements({ ...debian, reported: [['apt', '0:3.0.3'], bash, base] })).toEqual([]);
    expect(disagreements({ ...debian, others: [{ ...dpkg(bash), path: 'opt/x' }] })).toEqual([]);
    expect(
      disagreements({ ...debian, databases: [dpkg(apt, bash, base), { ...dpkg(bash), path: 'var/lib/dpkg/updates' }] }),
    ).toEqual([]);
  });
});

describe('the packages disagree', () => {
  it('if the database has one that the report lacks (H1)', () => {
    expect(disagreements({ ...debian, databases: [dpkg(apt, bash, base, ssl as Installed)] })).toEqual([
      { what: 'packages', path: status, scanner: 3, witness: 4, examples: ['- libssl3 1:3.5.1-1'] },
    ]);
  });

  it('if the report has one that the database lacks, as from an SBOM (H2)', () => {
    const { witness, inventory } = comparedOf({ ...debian, reported: [apt, bash, base, ssl as Installed] });
    expect(witness.disagreements).toEqual([
      { what: 'packages', path: status, scanner: 4, witness: 3, examples: ['+ libssl3 1:3.5.1-1'] },
    ]);
    expect(inventory.systemPackages).toBe(3);
  });

  it('if they have another version, or another epoch', () => {
    expect(kinds({ ...debian, reported: [['apt', '3.0.4'], bash, base] })).toEqual(['packages']);
    expect(kinds({ ...debian, reported: [['apt', '1:3.0.3'], bash, base] })).toEqual(['packages']);
  });

  it('if packages of the report are of another type than the system', () => {
    expect(kinds({ ...debian, reported: [apt, bash, ['base-files', '13.8+deb13u1', 'node-pkg']] })).toEqual([
      'packages',
    ]);
  });

  it('if the report knows no system, but a database has packages', () => {
    expect(kinds({ databases: [dpkg(apt)] })).toEqual(['packages']);
  });

  it('where links lead, with a few examples', () => {
    const many = Array.from({ length: 20 }, (_, nth): Installed => [`a${nth}`, '1']);
    const [found] = disagreements({ ...debian, databases: [{ ...dpkg(...many), leadsTo: 'opt/real' }] });
    expect(found).toMatchObject({ path: `${status} -> opt/real`, scanner: 3, witness: 20 });
    expect(found?.examples).toHaveLength(5);
  });
});

describe('a list elsewhere disagrees', () => {
  it('if it has packages that the report lacks', () => {
    const others = [
      { ...dpkg(apt, ssl as Installed), path: 'opt/chroot/status' },
      { ...dpkg(bash), path: 'opt/same' },
    ];
    expect(disagreements({ ...debian, others })).toEqual([
      { what: 'other-database', path: 'opt/chroot/status', scanner: 1, witness: 2, examples: ['- libssl3 1:3.5.1-1'] },
    ]);
  });
});

describe('several systems disagree', () => {
  it('if databases of two kinds have packages, or may have', () => {
    const apk: SeenDatabase = { kind: 'apk', path: 'lib/apk/db/installed', packages: [['musl', '1']] };
    const pacman: SeenDatabase = { kind: 'pacman', path: 'var/lib/pacman/local' };
    for (const other of [apk, pacman])
      expect(kinds({ ...debian, databases: [...(debian.databases ?? []), other] })).toContain('several-systems');
    expect(kinds({ ...debian, databases: [...(debian.databases ?? []), { ...apk, packages: [] }] })).toEqual([]);
  });
});

describe('a file that chooses the advisories', () => {
  const alpine: Given = {
    os: ['alpine', '3.20.3'],
    databases: [{ kind: 'apk', path: 'lib/apk/db/installed', packages: [] }],
  };
  const repositories = (version: string): readonly Stated[] => [['etc/apk/repositories', 'alpine', version]];

  it('agrees if it names the very release of the system', () => {
    expect(kinds({ ...alpine, systems: repositories('3.20') })).toEqual([]);
    expect(kinds({ ...debian, systems: [...stated, ...repositories('3.20')] })).toEqual([]);
    const redhat: Given = {
      os: ['redhat', '9.4'],
      databases: [{ kind: 'rpm', path: 'var/lib/rpm/rpmdb.sqlite', packages: [] }],
    };
    const sets = 'root/buildinfo/content_manifests/a-1.json';
    expect(kinds({ ...redhat, systems: [[sets, 'redhat', '9']] })).toEqual([]);
    expect(kinds({ ...redhat, systems: [[sets, 'redhat', 'other content sets']] })).toEqual(['system']);
  });

  it.each(['3.99', '3.20 edge', 'edge', 'unread'])('disagrees if it names %s', (version) => {
    expect(kinds({ ...alpine, systems: repositories(version) })).toEqual(['system']);
  });

  it('disagrees if Ubuntu claims extended maintenance, for which nothing vouches', () => {
    const ubuntu: Given = { os: ['ubuntu', '18.04'], reported: [apt], databases: [dpkg(apt)] };
    const path = 'var/lib/ubuntu-advantage/status.json';
    expect(kinds({ ...ubuntu, systems: [[path, 'ubuntu', 'extended maintenance']] })).toEqual(['system']);
    expect(kinds(ubuntu)).toEqual([]);
  });
});

describe('the system disagrees (H5)', () => {
  it.each<[string, readonly [string, string], readonly Stated[]]>([
    ['os-release of Wolfi over Debian', ['wolfi', ''], [['etc/os-release', 'wolfi', ''], ...stated.slice(1)]],
    ['alpine-release in Debian', ['alpine', 'edge'], [...stated, ['etc/alpine-release', 'alpine', 'edge']]],
    [
      'alpine-release that the scanner leaves out',
      ['debian', '13.1'],
      [...stated, ['etc/alpine-release', 'alpine', 'edge']],
    ],
    [
      'an old debian_version',
      ['debian', '12.9'],
      [
        ['etc/os-release', 'debian', '13'],
        ['etc/debian_version', 'debian', '12.9'],
      ],
    ],
    [
      'an old debian_version in the list only',
      ['debian', '12.9'],
      [
        ['etc/debian_version', 'debian', '12.9'],
        ['base-files', 'debian', '13.8+deb13u1'],
      ],
    ],
    ['a new os-release', ['debian', '12.9'], [['etc/os-release', 'debian', '13']]],
    [
      'chainguard in os-release alone',
      ['chainguard', ''],
      [
        ['etc/os-release', 'chainguard', ''],
        ['base-files', 'debian', '13.8'],
      ],
    ],
    [
      'azurelinux in os-release alone',
      ['azurelinux', '3.0'],
      [
        ['etc/os-release', 'azurelinux', '3.0'],
        ['base-files', 'debian', '13.8'],
      ],
    ],
    [
      'opensuse in os-release alone',
      ['opensuse-tumbleweed', ''],
      [
        ['etc/os-release', 'opensuse-tumbleweed', ''],
        ['base-files', 'debian', '13.8'],
      ],
    ],
    [
      'Debian with the name of Ubuntu',
      ['ubuntu', '24.04'],
      [
        ['etc/os-release', 'ubuntu', '24.04'],
        ['base-files', 'debian', '13.8'],
      ],
    ],
    // Ubuntu writes the name of the next Debian there, and never a number.
    [
      'Debian with the name of Ubuntu, without base-files',
      ['ubuntu', '24.04'],
      [
        ['etc/os-release', 'ubuntu', '24.04'],
        ['etc/debian_version', 'debian', '13.1'],
      ],
    ],
    [
      'Ubuntu with the name of Debian',
      ['debian', '13.1'],
      [
        ['etc/os-release', 'debian', '13'],
        ['base-files', 'ubuntu', '13ubuntu10'],
      ],
    ],
    ['Ubuntu of another release', ['ubuntu', '24.04'], [['etc/os-release', 'ubuntu', '22.04']]],
    ['Alpine of another release', ['alpine', '3.20.3'], [['alpine-release', 'alpine', '3.19.1-r0']]],
    ['an old Photon', ['photon', '5.0'], [['photon-release', 'photon', '4.0-2.ph4']]],
    ['an old service pack of SUSE', ['sles', '15.7'], [['sles-release', 'sles', '15.3-55.4.1']]],
    ['the first SUSE 15', ['sles', '15.7'], [['sles-release', 'sles', '15-109.1']]],
    ['openSUSE of another release', ['opensuse-leap', '15.6'], [['openSUSE-release', 'openSUSE', '15.3-1']]],
    ['SUSE with the name of openSUSE', ['opensuse-leap', '15.6'], [['sles-release', 'sles', '15.6-1']]],
    [
      'RHEL with the name of Oracle',
      ['oracle', '9.3'],
      [
        ['etc/os-release', 'ol', '9.3'],
        ['redhat-release', 'redhat', '9.3'],
      ],
    ],
    [
      'RHEL with the name of Rocky',
      ['rocky', '9.3'],
      [
        ['etc/os-release', 'rocky', '9.3'],
        ['redhat-release', 'redhat', '9.3'],
      ],
    ],
    [
      'Fedora with the name of SUSE',
      ['sles', '15'],
      [
        ['etc/os-release', 'sles', '15'],
        ['fedora-release', 'fedora', '41'],
      ],
    ],
  ])('with %s', (_, os, systems) => {
    const [found] = disagreements({ os, systems }).filter(({ what }) => what === 'system');
    expect(found).toMatchObject({ scanner: 0, witness: 0 });
    expect(found?.examples[0]).toBe(`scanner: ${os.join(' ')}`);
    expect(found?.path).not.toBe('');
  });

  it.each<[string, readonly [string, string], SeenDatabase]>([
    ['wolfi with dpkg', ['wolfi', ''], dpkg(apt)],
    ['azurelinux with dpkg', ['azurelinux', '3.0'], dpkg(apt)],
    ['a family of no list with dpkg', ['opensuse-tumbleweed', ''], dpkg(apt)],
    ['debian with apk', ['debian', '13'], { kind: 'apk', path: 'lib/apk/db/installed', packages: [['musl', '1']] }],
    ['debian with packages that are not read', ['debian', '13'], { kind: 'pacman', path: 'var/lib/pacman/local' }],
  ])('with the kind of its database: %s', (_, os, database) => {
    expect(kinds({ os, reported: database.packages ?? [], databases: [database] })).toContain('database-kind');
  });
});

describe('advisories that the scanner took by a file of the image', () => {
  it('are unclear with extended maintenance, for which only a file of the image vouches', () => {
    const ubuntu: Given = { ...debian, systems: [['etc/os-release', 'ubuntu', '18.04']] };
    expect(kinds({ ...ubuntu, os: ['ubuntu', '18.04-ESM'] })).toEqual(['system']);
    expect(kinds({ ...ubuntu, os: ['ubuntu', '18.04'] })).toEqual([]);
  });

  it('are unclear if content sets of Red Hat leave out repositories of the release', () => {
    const sets = (contentSets: string[] | undefined, version = '9.4', family = 'redhat'): string[] => {
      const bash: Package = { name: 'bash', version: '5.1-1', type: family, purl: '' };
      const packages: Package[] = [{ ...bash, build: contentSets ? { contentSets } : {} }];
      const database: SeenDatabase = { kind: 'rpm', path: 'var/lib/rpm/rpmdb.sqlite', packages: [['bash', '5.1-1']] };
      const seen: SeenImage = { databases: [database], others: [], systems: [], languages: [], unread: [], notes: [] };
      return compared({ os: { family, version, endOfLife: false }, packages }, seen, {
        version: '0123456789ab',
        layers: 1,
      }).witness.disagreements.map(({ what }) => what);
    };
    const both = ['rhel-9-for-x86_64-baseos-rpms__9', 'rhel-9-for-x86_64-appstream-rpms', 'x'];
    expect(sets(both)).toEqual([]);
    expect(sets(['rhel-7-server-rpms'], '7.9')).toEqual([]);
    expect(sets(both, '9', 'alma')).toEqual([]);
    for (const [other, version] of [
      [undefined, '9.4'],
      [[], '9.4'],
      [['x'], '9.4'],
      [both.slice(1), '9.4'],
      [both, '8.10'],
      [['rhel-7-server-extras-rpms'], '7.9'],
    ] as const)
      expect(sets(other && [...other], version)).toEqual(['system']);
    expect(sets(['x'], '7.9', 'centos')).toEqual(['system']);
  });
});

describe('a system without a database disagrees', () => {
  it('if the scanner or a file names it', () => {
    for (const given of [
      { os: ['debian', '13'] as const },
      { systems: stated },
      { ...debian, reported: [], databases: [] },
    ])
      expect(kinds(given)).toContain('no-database');
    expect(kinds({ os: ['debian', '13'], databases: [dpkg()] })).toEqual([]);
  });
});

describe('the sum of both', () => {
  it('has what decisions ask, of packages that both have', () => {
    const { inventory } = comparedOf({
      ...debian,
      reported: [
        apt,
        base,
        ['bash', '5'],
        ['bash', '5', 'node-pkg'],
        ['six', '1', 'python-pkg'],
        ['dash', '1', 'node-pkg'],
      ],
    });
    expect(inventory).toEqual({
      packages: 6,
      systemPackages: 2,
      packageManagers: ['apt'],
      shells: [],
      lists: 2,
      languages: ['node-pkg', 'python-pkg'],
    });
  });

  it('has the witness, with its system in the words of the scanner', () => {
    const databases = [{ ...dpkg(apt, bash), leadsTo: 'opt/real' }, { kind: 'pacman', path: 'x' } as const];
    const { witness } = comparedOf({
      databases,
      systems: [['etc/os-release', 'rhel', '9']],
      seen: { languages: [{ language: 'node', manifests: 2 }], unread: [{ path: 'x', reason: 'y' }] },
    });
    expect(witness).toMatchObject({
      version: '0123456789ab',
      layers: 3,
      packages: 2,
      databases: [
        { kind: 'dpkg', path: status, leadsTo: 'opt/real', packages: 2 },
        { kind: 'pacman', path: 'x' },
      ],
      systems: [{ source: 'etc/os-release', family: 'redhat', version: '9' }],
      languages: [{ language: 'node', manifests: 2 }],
      unread: [{ path: 'x', reason: 'y' }],
    });
    expect(witness.databases[1]).not.toHaveProperty('packages');
  });

  it('has at most 16 entries in each list, and keeps the counts', () => {
    const many = <Value>(make: (nth: number) => Value): Value[] => Array.from({ length: 40 }, (_, nth) => make(nth));
    const { witness } = comparedOf({
      os: ['debian', '13'],
      databases: many((nth) => ({ ...dpkg([`a${nth}`, '1']), path: `db/${nth}` })),
      others: many((nth) => ({ ...dpkg([`b${nth}`, '1']), path: `other/${nth}` })),
      systems: many((nth) => [`etc/${nth}`, 'debian', '13'] as const),
      seen: {
        languages: many((nth) => ({ language: `l${nth}`, manifests: 1 })),
        unread: many((nth) => ({ path: `p${nth}`, reason: 'x' })),
      },
    });
    const { databases, systems, languages, unread, disagreements: found } = witness;
    for (const list of [databases, systems, languages, unread, found]) expect(list).toHaveLength(16);
    expect(witness.packages).toBe(40);
    expect(found[0]).toMatchObject({ what: 'packages', witness: 40 });
  });

  it('has short texts without NUL, so that no image makes an event too large', () => {
    const long = `a\u0000${'b'.repeat(4_000)}`;
    const many = <Value>(value: Value): Value[] => Array.from({ length: 40 }, () => value);
    const both = comparedOf({
      os: ['debian', '13'],
      databases: many({ ...dpkg([long, long]), path: long, leadsTo: long }),
      others: many({ ...dpkg([long, `${long}2`]), path: long }),
      systems: many([long, long, long] as const),
      seen: { languages: many({ language: long, manifests: 1 }), unread: many({ path: long, reason: long }) },
    });
    const text = JSON.stringify(both);
    expect(text.length).toBeLessThan(64 * 1024);
    expect(text).not.toContain('\\u0000');
    expect(both.witness.databases[0]?.path).toMatch(/^a\ufffdb+…$/);
  });
});

it('an inventory names the lists of package managers and shells by which it was made, but for the first', () => {
  const listsOf = (lists: number) => {
    const seen = { databases: [], others: [], systems: [], languages: [], unread: [], notes: [] };
    return compared({ packages: [] }, seen, { version: '0123456789ab', layers: 1, lists }).inventory.lists;
  };
  expect([1, 2].map(listsOf)).toEqual([undefined, 2]);
});
