import { describe, expect, it } from 'vitest';
import { chosenIn, isChooser, looksLikeOsRelease, statementIn } from './statements.ts';

const release = (text: string, path = 'etc/os-release') => statementIn(path, Buffer.from(text));

it('os-release names the system and its version, with or without quotes', () => {
  expect(release('NAME="Debian GNU/Linux"\nVERSION_ID="13"\nID=debian\n')).toEqual({ system: 'debian', version: '13' });
  expect(release("ID='alpine'\nVERSION_ID=3.20.3")).toEqual({ system: 'alpine', version: '3.20.3' });
  expect(release('ID="rhel"\r\nVERSION_ID="9.4"\r\n')).toEqual({ system: 'rhel', version: '9.4' });
  expect(release('ID=wolfi')).toEqual({ system: 'wolfi', version: '' });
  expect(release('ID=', 'usr/lib/os-release')).toEqual({ system: '', version: '' });
});

it('the last line of os-release counts, as in a shell', () => {
  expect(release('ID=debian\nID=wolfi\n')).toEqual({ system: 'wolfi', version: '' });
});

it('os-release without a system names none', () => {
  for (const text of ['', 'NAME=x\n', '#ID=debian\n', 'MY_ID=debian\n', 'VERSION_ID=13\n', '<html>'])
    expect(release(text)).toBe(undefined);
});

it('the files of Debian and Alpine name their system by being there', () => {
  expect(release('trixie/sid\n', 'etc/debian_version')).toEqual({ system: 'debian', version: 'trixie/sid' });
  expect(release('13.1', 'etc/debian_version')).toEqual({ system: 'debian', version: '13.1' });
  expect(release('', 'etc/debian_version')).toEqual({ system: 'debian', version: '' });
  expect(release('3.20.3\nedge\n', 'etc/alpine-release')).toEqual({ system: 'alpine', version: '3.20.3' });
});

it('a file at another path has the form of os-release if it names a system', () => {
  expect(looksLikeOsRelease('NAME=x\nID=debian\n')).toBe(true);
  expect(looksLikeOsRelease('ID=debian\nVERSION_ID=13\n')).toBe(true);
  for (const text of ['ID=debian\n', 'NAME=x\n', 'x ID=1\nNAME=y\n', '']) expect(looksLikeOsRelease(text)).toBe(false);
});

describe('a file by which a scanner chooses advisories', () => {
  const chosen = (path: string, text: string) => chosenIn(path, Buffer.from(text));
  const sets = 'root/buildinfo/content_manifests/ubi9-1.json';

  it('of apk names the releases of its repositories', () => {
    const path = 'etc/apk/repositories';
    expect(chosen(path, 'https://a.example/alpine/v3.20/main\nhttps://a.example/alpine/v3.20/community\n')).toEqual({
      system: 'alpine',
      version: '3.20',
    });
    expect(chosen(path, 'http://a.example/alpine/v3.20/main\n@edge http://a.example/alpine/edge/main')).toEqual({
      system: 'alpine',
      version: '3.20 edge',
    });
    expect(chosen(path, 'https://packages.wolfi.dev/os\n')).toBe(undefined);
  });

  it('of Ubuntu names extended maintenance', () => {
    const path = 'var/lib/ubuntu-advantage/status.json';
    expect(chosen(path, '{"attached": true}')).toEqual({ system: 'ubuntu', version: 'extended maintenance' });
    expect(chosen(path, '{"attached": false}')).toBe(undefined);
  });

  it('of Red Hat names the release of its content sets, if they are those of a release', () => {
    expect(chosen(sets, '["rhel-9-for-x86_64-baseos-rpms","rhel-9-for-x86_64-appstream-rpms"]')).toEqual({
      system: 'redhat',
      version: '9',
    });
    expect(chosen(sets, '["rhel-7-server-rpms"]')).toMatchObject({ version: '7' });
    for (const text of [
      '["x"]',
      '["rhel-9-for-x86_64-baseos-rpms"]',
      '["rhel-9-for-x86_64-baseos-rpms","rhel-8-for-x86_64-appstream-rpms"]',
    ])
      expect(chosen(sets, text)).toMatchObject({ version: 'other content sets' });
    expect(chosen('root/buildinfo/Dockerfile-ubi9-1', 'FROM x')).toMatchObject({ version: 'no content sets' });
  });

  it('of RapidFort is one that is there, also an empty one', () => {
    const curated = { system: 'rapidfort', version: 'curated' };
    for (const text of ['', '{}']) expect(chosen('usr/share/rapidfort/curated.json', text)).toEqual(curated);
  });

  it('is no other file, and states something also if it is too large', () => {
    expect(isChooser('etc/apk/keys')).toBe(false);
    expect(chosenIn('etc/apk/keys', Buffer.alloc(0))).toBe(undefined);
    expect(chosenIn(sets, undefined)).toEqual({ system: 'redhat', version: 'unread' });
  });
});
