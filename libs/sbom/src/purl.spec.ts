import { expect, it } from 'vitest';
import type { Package } from '@assay/events';
import { handedOnPurl } from './purl.ts';

const os = { family: 'alpine', version: '3.16.3', endOfLife: false };
const purlOf = (changes: Partial<Package>): string =>
  handedOnPurl(
    {
      name: 'bsdutils',
      version: '1:2.41-5',
      type: 'debian',
      purl: 'pkg:deb/debian/bsdutils@2.41-5?arch=amd64&distro=debian-13.0&epoch=1',
      ...changes,
    },
    os,
  );

it.each<[string, Partial<Package>, string]>([
  [
    'another source of another version',
    { sourcePackage: 'util-linux', sourceVersion: '2.41-5' },
    'pkg:deb/debian/bsdutils@2.41-5?arch=amd64&distro=debian-13.0&epoch=1&upstream=util-linux%402.41-5',
  ],
  [
    'another source of the same version',
    { sourcePackage: 'util-linux', sourceVersion: '1:2.41-5' },
    'pkg:deb/debian/bsdutils@2.41-5?arch=amd64&distro=debian-13.0&epoch=1&upstream=util-linux',
  ],
  [
    'a source of the same name and version',
    { sourcePackage: 'bsdutils', sourceVersion: '1:2.41-5' },
    'pkg:deb/debian/bsdutils@2.41-5?arch=amd64&distro=debian-13.0&epoch=1',
  ],
  [
    'a source of the same name and another version',
    { sourcePackage: 'bsdutils', sourceVersion: '2.41-5+b1' },
    'pkg:deb/debian/bsdutils@2.41-5?arch=amd64&distro=debian-13.0&epoch=1&upstream=bsdutils%402.41-5%2Bb1',
  ],
  [
    'a source of unknown version',
    { sourcePackage: 'util-linux' },
    'pkg:deb/debian/bsdutils@2.41-5?arch=amd64&distro=debian-13.0&epoch=1',
  ],
  [
    'Alpine',
    {
      purl: 'pkg:apk/alpine/libssl1.1@1.1.1q-r0?arch=x86_64&distro=3.16.3',
      version: '1.1.1q-r0',
      sourcePackage: 'openssl',
      sourceVersion: '1.1.1q-r0',
    },
    'pkg:apk/alpine/libssl1.1@1.1.1q-r0?arch=x86_64&distro=alpine-3.16.3&upstream=openssl',
  ],
  [
    'no qualifiers',
    { purl: 'pkg:rpm/redhat/a@1', version: '1', sourcePackage: 'b', sourceVersion: '1' },
    'pkg:rpm/redhat/a@1?upstream=b',
  ],
  [
    'what hides a qualifier in a name',
    { sourcePackage: 'a&distro=x', sourceVersion: '1#b' },
    'pkg:deb/debian/bsdutils@2.41-5?arch=amd64&distro=debian-13.0&epoch=1&upstream=a%26distro%3Dx%401%23b',
  ],
  ['a language', { purl: 'pkg:npm/a@1', sourcePackage: 'b', sourceVersion: '1' }, 'pkg:npm/a@1'],
  ['no package URL', { purl: '', sourcePackage: 'b', sourceVersion: '1' }, ''],
])('of %s', (_, changes, purl) => expect(purlOf(changes)).toBe(purl));
