import { join } from 'node:path';
import { ndbOf } from './ndb.ts';
import type { CorpusImage, OraclePackage, Recipe } from './recipe.ts';
import { debOf, dpkgQuery, layoutOfTars, tarred, written } from './roots.ts';
import { cached, needs, run, shell } from './tools.ts';

/** A whole Debian of today, from its archive. */
const bootstrapped = (suite: string, bucket: string): Recipe => ({
  name: `mmdebstrap-${suite}`,
  make: async (folder) => {
    await needs('mmdebstrap');
    const made = await cached(`mmdebstrap-${suite}`, (into) =>
      run('mmdebstrap', ['--variant=apt', suite, join(into, 'root.tar')]),
    );
    const tar = join(made, 'root.tar');
    const root = join(folder, 'root');
    await shell(`mkdir ${root}; tar -C ${root} --exclude=./dev/* -xf ${tar} ./var/lib/dpkg`);
    return { packages: await dpkgQuery(root, bucket), layout: await layoutOfTars(folder, tar) };
  },
});

interface Rpm {
  readonly name: string;
  readonly version: string;
  readonly release: string;
  readonly epoch?: number;
  readonly files?: Readonly<Record<string, string>>;
}

const rpmOf = async (folder: string, { name, version, release, epoch, files = {} }: Rpm): Promise<string> => {
  const own = join(folder, 'rpms', `${name}-${version}`);
  const contents = { [`usr/share/doc/${name}`]: 'x\n', ...files };
  await written(join(own, 'files'), contents);
  const spec =
    `Name: ${name}\nVersion: ${version}\nRelease: ${release}\n${epoch === undefined ? '' : `Epoch: ${epoch}\n`}` +
    'Summary: a package of the corpus\nLicense: CC0\nBuildArch: x86_64\n%description\nx\n' +
    `%install\nmkdir -p %{buildroot}\ncp -a ${own}/files/. %{buildroot}\n%files\n` +
    Object.keys(contents)
      .map((path) => `/${path}\n`)
      .join('');
  await written(own, { 'package.spec': spec });
  await run('rpmbuild', [
    '--quiet',
    '-bb',
    '--define',
    `_topdir ${own}/top`,
    '--target',
    'x86_64',
    `${own}/package.spec`,
  ]);
  return (await shell(`echo ${own}/top/RPMS/x86_64/*.rpm`)).trim();
};

interface RpmSystem {
  readonly name: string;
  readonly bucket: string;
  readonly osRelease: string;
  readonly files: Readonly<Record<string, string>>;
  readonly release: Rpm;
  readonly manager: string;
  /** The suffix of the releases of its packages. */
  readonly suffix: string;
  readonly place?: string;
  /** The database is laid out in the format ndb. */
  readonly isNdb?: true;
  /** Upgrades one package and removes another. */
  readonly changes?: true;
}

/** Packages that rpmbuild built and rpm installed. */
const byRpm = (system: RpmSystem): Recipe => ({
  name: system.name,
  make: async (folder): Promise<CorpusImage> => {
    await needs('rpm', 'rpmbuild');
    const { bucket, suffix, place = 'var/lib/rpm' } = system;
    const root = join(folder, 'root');
    await written(root, { 'etc/os-release': system.osRelease });
    const rpm = (...args: readonly string[]): Promise<string> =>
      run('rpm', ['--root', root, '--dbpath', `/${place}`, ...args]);
    const openssl = { name: 'openssl-libs', version: '3.0.7', release: `1${suffix}`, epoch: 1 };
    const zlib = { name: 'zlib', version: '1.2.11', release: `40${suffix}` };
    const packages: readonly Rpm[] = [
      { ...system.release, files: system.files },
      { name: system.manager, version: '4.14.0', release: `8${suffix}` },
      { name: 'bash', version: '5.1.8', release: `6${suffix}`, files: { 'usr/bin/bash': 'x\n' } },
      openssl,
      zlib,
    ];
    for (const each of packages) await rpm('--install', '--nodeps', await rpmOf(folder, each));
    if (system.changes) {
      await rpm('--upgrade', '--nodeps', await rpmOf(folder, { ...openssl, version: '3.0.8' }));
      await rpm('--erase', '--nodeps', 'zlib');
    }
    const format = '%{NAME}\\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\n';
    const listed = (await rpm('--query', '--all', '--queryformat', format)).trim().split('\n');
    const named = listed.map((line): OraclePackage => {
      const [name = '', version = ''] = line.split('\t');
      return { bucket, name, version };
    });
    if (system.isNdb) {
      const ndb = ndbOf(join(root, place, 'rpmdb.sqlite'));
      await shell(`rm ${root}/${place}/*`);
      await written(root, { [`${place}/Packages.db`]: ndb });
    }
    return { packages: named, layout: await tarred(folder, root, '--format=posix') };
  },
});

const enterprise = (id: string, name: string): Pick<RpmSystem, 'bucket' | 'osRelease' | 'files' | 'release'> => ({
  bucket: `${id.replace('linux', '')} 9`,
  osRelease: `NAME="${name}"\nVERSION="9.3"\nID="${id}"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.3"\n`,
  files: { 'etc/redhat-release': `${name} release 9.3\n`, [`etc/${id}-release`]: `${name} release 9.3\n` },
  release: { name: `${id.replace('linux', '')}-release`, version: '9.3', release: '1.el9' },
});

/** A list of apk as awk reads it: our own reading of the format, for want of apk. */
const apkList = async (file: string, bucket: string): Promise<OraclePackage[]> => {
  const lines = await run('awk', ['-F:', '/^P:/{p=$2} /^V:/{v=$2} /^o:/{o=$2} /^$/{print p "\\t" v "\\t" o}', file]);
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', version = '', advised = name] = line.split('\t');
      return { bucket, name, version, advised };
    });
};

const apkPackage = (name: string, version: string, origin: string, file: string): string =>
  `C:Q1aaaaaaaaaaaaaaaaaaaaaaaaaaa=\nP:${name}\nV:${version}\nA:x86_64\nS:1000\nI:2000\nT:a package\n` +
  `U:https://wolfi.dev\nL:Apache-2.0\no:${origin}\nm:wolfi\nt:1750000000\nF:usr/bin\nR:${file}\na:0:0:755\n\n`;

const wolfi = {
  'etc/os-release': 'ID=wolfi\nNAME="Wolfi"\nPRETTY_NAME="Wolfi"\nVERSION_ID="20230201"\n',
  'usr/bin/busybox': 'x\n',
  'usr/lib/apk/db/installed':
    apkPackage('wolfi-baselayout', '20230201-r20', 'wolfi-baselayout', 'base') +
    apkPackage('apk-tools', '2.14.10-r5', 'apk-tools', 'apk') +
    apkPackage('busybox', '1.37.0-r40', 'busybox', 'busybox') +
    apkPackage('libcrypto3', '3.5.0-r0', 'openssl', 'openssl'),
};

export const systems: readonly Recipe[] = [
  bootstrapped('bookworm', 'debian 12'),
  bootstrapped('trixie', 'debian 13'),
  {
    name: 'distroless-debian',
    make: async (folder) => {
      const root = join(folder, 'root');
      const bucket = 'debian 12';
      await written(root, {
        'etc/os-release':
          'PRETTY_NAME="Distroless"\nNAME="Debian GNU/Linux"\nID="debian"\nVERSION_ID="12"\n' +
          'VERSION="Debian GNU/Linux 12 (bookworm)"\n',
        'etc/debian_version': '12.8\n',
      });
      const packages: OraclePackage[] = [];
      for (const [name, version, source] of [
        ['base-files', '12.4+deb12u8', 'base-files'],
        ['libssl3', '3.0.15-1~deb12u1', 'openssl'],
        ['tzdata', '2024b-0+deb12u1', 'tzdata'],
      ] as const) {
        const deb = await debOf(folder, { name, version, source });
        const control = await run('dpkg-deb', ['--field', deb]);
        await written(root, { [`var/lib/dpkg/status.d/${name}`]: control });
        const field = async (key: string): Promise<string> => (await run('dpkg-deb', ['--field', deb, key])).trim();
        packages.push({ bucket, name: await field('Package'), version: await field('Version'), advised: source });
      }
      return { packages, layout: await tarred(folder, root) };
    },
  },
  byRpm({ name: 'rpm-rocky', ...enterprise('rocky', 'Rocky Linux'), manager: 'dnf', suffix: '.el9' }),
  byRpm({ name: 'rpm-alma', ...enterprise('almalinux', 'AlmaLinux'), manager: 'dnf', suffix: '.el9', changes: true }),
  byRpm({
    name: 'rpm-amazon',
    bucket: 'amazon linux 2023',
    osRelease:
      'NAME="Amazon Linux"\nVERSION="2023"\nID="amzn"\nID_LIKE="fedora"\n' +
      'VERSION_ID="2023"\nPRETTY_NAME="Amazon Linux 2023.5.20240722"\n',
    files: { 'etc/system-release': 'Amazon Linux release 2023.5.20240722 (Amazon Linux)\n' },
    release: { name: 'system-release', version: '2023.5.20240722', release: '0.amzn2023' },
    manager: 'dnf',
    suffix: '.amzn2023',
    place: 'usr/lib/sysimage/rpm',
  }),
  byRpm({
    name: 'rpm-opensuse-ndb',
    bucket: 'openSUSE Tumbleweed',
    osRelease:
      'NAME="openSUSE Tumbleweed"\nID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\nVERSION_ID="20261101"\n' +
      'PRETTY_NAME="openSUSE Tumbleweed"\n',
    files: {},
    release: { name: 'openSUSE-release', version: '20261101', release: '3611.1' },
    manager: 'zypper',
    suffix: '.1',
    place: 'usr/lib/sysimage/rpm',
    isNdb: true,
  }),
  {
    name: 'alpine',
    doubt: 'operating-system-end-of-life',
    make: async (folder) => {
      const image = new URL('../images/alpine-3.20.3', import.meta.url).pathname;
      await needs('umoci', 'skopeo');
      await shell(`skopeo --insecure-policy copy --quiet oci:${image} oci:out:v1; umoci unpack --image out:v1 bundle`, {
        cwd: folder,
      });
      const list = join(folder, 'bundle/rootfs/lib/apk/db/installed');
      return { packages: await apkList(list, 'alpine 3.20'), layout: join(folder, 'out') };
    },
  },
  {
    name: 'wolfi',
    make: async (folder) => {
      const root = join(folder, 'root');
      await written(root, wolfi);
      await shell('ln -s usr/lib lib; ln -s usr/bin bin', { cwd: root });
      const packages = await apkList(join(root, 'usr/lib/apk/db/installed'), 'wolfi');
      return { packages, layout: await tarred(folder, root) };
    },
  },
];
