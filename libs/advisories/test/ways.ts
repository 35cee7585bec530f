import type { BoltContent } from './bolt.ts';

/** A database, bucket by bucket. */
export type Advised = Record<string, BoltContent>;
type Change = (content: Advised) => void;

const debian = 'debian 13';
const bucketsOf = (content: Advised, of = ''): BoltContent[] =>
  Object.entries(content).flatMap(([name, bucket]) =>
    name === 'vulnerability' || name === 'data-source' || !name.startsWith(of) ? [] : [bucket],
  );
const packagesIn = (bucket: BoltContent): [string, BoltContent][] =>
  Object.entries(bucket).filter((each): each is [string, BoltContent] => typeof each[1] !== 'string');

/** Changes each entry of a bucket's packages. */
const eachEntry = (bucket: BoltContent, change: (packed: BoltContent, id: string, at: number) => void): void => {
  let at = 0;
  for (const [, packed] of packagesIn(bucket))
    for (const id of Object.keys(packed)) {
      change(packed, id, at);
      at += 1;
    }
};

/** Rates every vulnerability, or every nth, again. */
const rated =
  (severityOf: (at: number) => string | undefined): Change =>
  (content) => {
    for (const [at, [id, text]] of Object.entries(content['vulnerability']!).entries()) {
      const Severity = severityOf(at);
      if (Severity === undefined) continue;
      const { VendorSeverity: _, ...all } = JSON.parse(text as string) as Record<string, unknown>;
      content['vulnerability']![id] = JSON.stringify({ ...all, Severity });
    }
  };

/** A second large release, a kernel with as many advisories as that of a release has in a year, and npm packages. */
export const withMore: Change = (content) => {
  content['debian 12'] = Object.fromEntries(
    Array.from({ length: 500 }, (_, at) => [
      `source-${at}`,
      Object.fromEntries(
        Array.from({ length: 30 }, (__, n) => [`CVE-2024-${20_000 + at * 30 + n}`, '{"FixedVersion":"1.0"}']),
      ),
    ]),
  );
  content[debian]!['linux'] = Object.fromEntries(
    Array.from({ length: 200 }, (_, at) => [`CVE-2026-9${1000 + at}`, '{"FixedVersion":"6.12.99-1"}']),
  );
  content['npm::GitHub Security Advisory Npm'] = Object.fromEntries(
    Array.from({ length: 150 }, (_, at) => [
      at === 0 ? 'lodash' : `package-${at}`,
      { [`CVE-2021-${23_337 + at}`]: '{"PatchedVersions":["4.17.21"],"VulnerableVersions":["<4.17.21"]}' },
    ]),
  );
};

/** Ways in which a database lies, by what it lacks. */
export const lies: Readonly<Record<string, Change>> = {
  'a release is gone': (content) => {
    delete content[debian];
  },
  'the bucket of a release has another name': (content) => {
    content['debian 13.0'] = content[debian]!;
    delete content[debian];
  },
  'twelve packages are emptied': (content) => {
    for (const name of 'openssl glibc curl krb5 gnutls28 systemd perl libxml2 sqlite3 util-linux gzip zlib'.split(' '))
      delete content[debian]![name];
  },
  'two of five packages of a release are emptied': (content) => {
    for (const [at, [name]] of packagesIn(content[debian]!).entries()) if (at % 5 < 2) delete content[debian]![name];
  },
  'one package is emptied': (content) => {
    delete content[debian]!['glibc'];
  },
  'half of the ids of a release are gone': (content) => {
    eachEntry(content[debian]!, (packed, id, at) => at % 2 === 0 && delete packed[id]);
  },
  'half of all ids are gone': (content) => {
    for (const bucket of bucketsOf(content)) eachEntry(bucket, (packed, id, at) => at % 2 === 0 && delete packed[id]);
  },
  'all packages of a release have new names': (content) => {
    content[debian] = Object.fromEntries(Object.entries(content[debian]!).map(([name, of]) => [`x-${name}`, of]));
  },
  'no advisory of a release matches any architecture': (content) => {
    eachEntry(content[debian]!, (packed, id) => {
      packed[id] = JSON.stringify({ ...(JSON.parse(packed[id] as string) as object), Arches: ['s390x'] });
    });
  },
  'all severities are lowered': rated(() => 'LOW'),
  'all fixed versions of a release are raised': (content) => {
    eachEntry(content[debian]!, (packed, id) => {
      packed[id] = (packed[id] as string).replace(/"FixedVersion":"([^"]*)"/, '"FixedVersion":"1000:$1"');
    });
  },
  'a language is dropped': (content) => {
    for (const name of Object.keys(content)) if (name.startsWith('npm::')) delete content[name];
  },
};

/** Ways in which an honest database withdraws advisories. */
export const withdrawals: Readonly<Record<string, Change>> = {
  'an id is rejected in three families': (content) => {
    const [id = ''] = Object.keys(content[debian]!['openssl'] as BoltContent);
    for (const bucket of bucketsOf(content)) eachEntry(bucket, (packed, each) => each === id && delete packed[each]);
    (content['alpine 3.20']!['openssl'] as BoltContent)[id] = '{"FixedVersion":"9"}';
    delete (content['alpine 3.20']!['openssl'] as BoltContent)[id];
    delete content['vulnerability']![id];
  },
  'a package has a new name': (content) => {
    content[debian]!['expat-2'] = content[debian]!['expat']!;
    delete content[debian]!['expat'];
  },
  'a release has ended': (content) => {
    delete content['debian 10'];
  },
  'severities are rated anew': rated((at) => (at % 4 === 0 ? 'LOW' : at % 4 === 1 ? 'CRITICAL' : undefined)),
  'a kernel has half of its ids closed': (content) => {
    const linux = content[debian]!['linux'] as BoltContent;
    for (const [at, id] of Object.keys(linux).entries()) if (at % 2 === 0) delete linux[id];
  },
};
