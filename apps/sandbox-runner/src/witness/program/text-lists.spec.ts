import { describe, expect, it } from 'vitest';
import type { PackageList } from './answer.ts';
import { readerFor } from './text-lists.ts';

const read = (path: string, text: string, size = 1000): PackageList | undefined => {
  const bytes = Buffer.from(text);
  const reader = readerFor(path, bytes.subarray(0, 4096));
  for (let at = 0; at < bytes.length; at += size) reader?.write(bytes.subarray(at, at + size));
  return reader?.end();
};
const at = (path: string, size?: number) => (text: string) => read(path, text, size) as PackageList;
const dpkg = at('var/lib/dpkg/status');
const apk = at('lib/apk/db/installed');
const manifest = at('var/lib/rpmmanifest/container-manifest-2');
const elsewhere = (text: string) => read('opt/x', text);
const stanza = (name: string, status = 'install ok installed', version = '1.0-1', more = ''): string =>
  `Package: ${name}\nStatus: ${status}\nArchitecture: amd64\n${more}Version: ${version}\n\n`;
const one = { kind: 'dpkg', packages: [['a', '1.0-1']] };
const none = { kind: 'dpkg', packages: [] };

describe('a list of dpkg', () => {
  it('has the packages of which something is on the disk', () => {
    const states = [
      ['not-installed', 0],
      ['config-files', 0],
      ['half-installed', 1],
      ['unpacked', 1],
      ['half-configured', 1],
      ['triggers-awaited', 1],
      ['triggers-pending', 1],
      ['installed', 1],
    ] as const;
    for (const wanted of ['unknown', 'install', 'hold', 'deinstall', 'purge'])
      for (const flag of ['ok', 'reinstreq'])
        for (const [state, count] of states)
          expect(dpkg(stanza('a', `${wanted} ${flag} ${state}`)).packages).toHaveLength(count);
  });

  it('has a package with a status of fewer words, or of other words', () => {
    for (const status of ['', 'deinstall', 'install ok', 'deinstall ok gone', 'config-files ok installed'])
      expect(dpkg(stanza('a', status))).toEqual(one);
  });

  it('knows a package without a status from one with it', () => {
    expect(dpkg('Package: a\nVersion: 1.0-1\n\n')).toEqual({ kind: 'dpkg', packages: [], unmarked: [['a', '1.0-1']] });
    expect(dpkg('Version: 1.0-1\n\n')).toEqual(none);
    expect(dpkg('Package: a\nStatus: install ok installed\n')).toEqual({ kind: 'dpkg', packages: [['a', '']] });
  });

  it('keeps epoch and revision of a version', () => {
    expect(dpkg(stanza('a', 'install ok installed', '1:2.38.1-5+deb12u1~bpo')).packages).toEqual([
      ['a', '1:2.38.1-5+deb12u1~bpo'],
    ]);
  });

  it('has the last state of a package that is listed twice, for each architecture', () => {
    const other = stanza('a').replace('amd64', 'i386');
    expect(dpkg(stanza('a') + stanza('a', 'deinstall ok config-files'))).toEqual(none);
    expect(dpkg(stanza('a', 'deinstall ok config-files') + stanza('a'))).toEqual(one);
    expect(dpkg(stanza('a') + other).packages).toHaveLength(2);
    expect(dpkg(stanza('a') + other.replace('install ok installed', 'purge ok not-installed'))).toEqual(one);
  });

  it('is unread if a field stands twice in a stanza, with another value', () => {
    for (const more of ['Status: deinstall ok config-files\n', 'Package: b\n', 'version: 2\n', 'STATUS : x\n'])
      expect(dpkg(stanza('a', undefined, undefined, more)).unread).toBe('a-field-twice');
    expect(dpkg(stanza('a', undefined, undefined, 'Architecture: amd64\nDepends: b\nDepends: c\n'))).toEqual(one);
  });

  it('has names of fields in any case, and any white space around them', () => {
    for (const text of [
      'PACKAGE:a\nstatus:deinstall ok installed\nVersion:1.0-1\n',
      'Package \t :\t a \nStatus: \tdeinstall  ok\tinstalled \nVersion: 1.0-1\t\n',
      'Package\f\v\r: \f a\v\nStatus: deinstall ok installed\nVersion: 1.0-1\n',
      'Package: a\r\r\nStatus: deinstall ok installed\r\r\nVersion: 1.0-1\r\r\n',
    ])
      expect(dpkg(text)).toEqual(one);
  });

  it('has names of packages in small letters, as dpkg reads them', () => {
    expect(dpkg(stanza('LibSSL3', undefined, '3.5.1-1A')).packages).toEqual([['libssl3', '3.5.1-1A']]);
  });

  it('takes a line that continues a field for no field', () => {
    const more = 'Description: b\n .\n Package: b\n Status: purge ok not-installed\nConffiles:\n /etc/a 0123\n';
    expect(dpkg(stanza('a', undefined, undefined, more))).toEqual(one);
  });

  it('reads lists of Windows, and lists without an end', () => {
    expect(dpkg((stanza('a') + stanza('b')).replaceAll('\n', '\r\n')).packages).toHaveLength(2);
    expect(dpkg(`\n\n\n${stanza('a').trimEnd()}`)).toEqual(one);
    // dpkg refuses a line of white space in a field.
    expect(dpkg(`${stanza('a').trimEnd()}\n \t\n${stanza('b')}`)).toMatchObject({
      packages: [{}, {}],
      unread: 'a-malformed-line',
    });
    // White space of Unicode is text.
    expect(dpkg(stanza('a', undefined, undefined, 'Description: b\n \u00a0\n'))).toEqual(one);
  });

  it('is not stopped by a long line', () => {
    const long = 'x'.repeat(200_000);
    expect(dpkg(stanza('a', undefined, undefined, `Description: ${long}\n ${long}\n`) + stanza('b')).packages).toEqual([
      ['a', '1.0-1'],
      ['b', '1.0-1'],
    ]);
    // The status begins behind the part of the line that is kept.
    expect(dpkg(stanza('a', `${' '.repeat(5000)}deinstall ok config-files`))).toEqual(one);
  });

  it('is unread if a name of a field may be longer than the part of a line that is kept', () => {
    expect(dpkg(`Package${' '.repeat(5000)}: a\nStatus: deinstall ok installed\n\n`).unread).toBe('a-long-name');
    expect(dpkg(stanza('a', undefined, undefined, `Description: b\n ${'x'.repeat(5000)}\n`))).toEqual(one);
  });

  it('is unread with the mark of MS-DOS, which ends a line for dpkg', () => {
    for (const text of ['\x1aPackage: b\n', 'Description: x\x1aPackage: b\nStatus: deinstall ok installed\n'])
      expect(dpkg(`${stanza('a')}${text}`).unread).toBe('a-control-character');
  });

  it('is an index of a mirror if it has thousands of packages without a status', () => {
    const index = (count: number): string =>
      Array.from({ length: count }, (_, nth) => `Package: a${nth}\nVersion: 1\n\n`).join('');
    expect(dpkg(index(5000)).unmarked).toHaveLength(5000);
    expect(dpkg(index(5001))).toEqual({ ...none, unread: 'an-index-of-packages' });
    expect(dpkg(index(5001) + stanza('a'))).toEqual({ ...one, unread: 'an-index-of-packages' });
  });

  it('is unread if it has more packages than any system', () => {
    const many = Array.from({ length: 100_002 }, (_, nth) => `Package: a${nth}\nStatus: x\n\n`).join('');
    const found = at('var/lib/dpkg/status', 10_000)(many);
    expect(found.unread).toBe('too-many-packages');
    expect(found.packages.length).toBeLessThan(101_000);
  });

  it('has the kind that was asked for', () => {
    expect(at('var/lib/opkg/status')(stanza('a')).kind).toBe('opkg');
    expect(dpkg('')).toEqual(none);
  });
});

describe('a list of apk', () => {
  const both = {
    kind: 'apk',
    packages: [
      ['musl', '1.2.5-r0'],
      ['busybox', '1.36-r1'],
    ],
  };

  it('has a package for each stanza, in any order of its lines', () => {
    expect(apk('C:Q1\nP:musl\nV:1.2.5-r0\nT:text\n\nC:Q1\nV:1.36-r1\nP:busybox\n\n')).toEqual(both);
    expect(apk('P:musl\nV:1.2.5-r0\nF:lib\nR:x\n\n\nP:busybox\nV:1.36-r1')).toEqual(both);
    expect(apk('')).toEqual({ kind: 'apk', packages: [] });
    expect(apk('V:1\n\n')).toEqual({ kind: 'apk', packages: [] });
  });

  it('has a package for each name, also without an empty line between', () => {
    expect(apk('P:musl\nV:1.2.5-r0\nT:x\nP:busybox\nV:1.36-r1\n')).toEqual(both);
    expect(apk('P:musl\n\nP:busybox\n').packages).toEqual([
      ['musl', ''],
      ['busybox', ''],
    ]);
  });

  it('is not stopped by a long line', () => {
    expect(apk(`P:musl\nV:1.2.5-r0\nT:${'x'.repeat(200_000)}\n\nP:busybox\r\nV:1.36-r1\r\n\r\n`)).toEqual(both);
  });

  it('is unread if it has more packages than any system', () => {
    expect(at('lib/apk/db/installed', 10_000)('P:a\n'.repeat(100_002)).unread).toBe('too-many-packages');
  });
});

describe('a manifest of rpm', () => {
  it('has name and version in its first columns', () => {
    expect(manifest('bash\t5.1.8-4.cm2\t1\t2\nempty\n\topenssl\nzlib\t1.2-1\n')).toEqual({
      kind: 'rpm',
      packages: [
        ['bash', '5.1.8-4.cm2'],
        ['zlib', '1.2-1'],
      ],
    });
  });

  it('is unread if it has more packages than any system', () => {
    expect(manifest('a\t1\n'.repeat(100_002)).unread).toBe('too-many-packages');
  });
});

describe('a list elsewhere', () => {
  it('is one that its package manager would read to its end', () => {
    expect(elsewhere(stanza('a'))).toEqual(one);
    expect(elsewhere(`X-First: ${'x'.repeat(9000)}\n${stanza('a')}`)).toEqual(one);
    expect(elsewhere(`\n\n${stanza('a', undefined, undefined, 'Description: b\n \u00a0\n')}`)).toEqual(one);
    expect(elsewhere('C:Q1\nP:a\nV:1.0-1\n\n')).toEqual({ ...one, kind: 'apk' });
  });

  it('is none if a line belongs to no list, or if it has no package', () => {
    for (const text of [
      `# About\n\n${stanza('a')}`,
      `${stanza('a')}\nThese are lines of a list.\n`,
      'a: b\nc:\n  - d\n',
      'P:a\nText\n',
      'C:Q1\n\n',
    ])
      expect(elsewhere(text)).toBe(undefined);
  });
});
