import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { zstdDecompressSync } from 'node:zlib';
import { boltOf, contentOf, type BoltContent } from '../../libs/advisories/test/bolt.ts';
import { datedDatabase } from '../../tools/dated-database.ts';
import type { OraclePackage } from './recipe.ts';

/** On which side of their fixes the packages are: `below` one of two, or `above` their only one. */
export type Side = 'below' | 'above';

interface Kind {
  /** A fix of the future, and one before all versions. */
  readonly later: string;
  readonly earlier: string;
  readonly advisory: (fix: string) => object;
}
const fixed = (FixedVersion: string): object => ({ FixedVersion });
const debian: Kind = { later: '9999:1-1', earlier: '0~0', advisory: fixed };
const apk: Kind = { later: '999999999.0-r0', earlier: '0.0-r0', advisory: fixed };
const rpm: Kind = { later: '9999:1-1', earlier: '0:0-0', advisory: fixed };
const rocky: Kind = {
  ...rpm,
  advisory: (FixedVersion) => ({ FixedVersion: '', Entries: [{ FixedVersion, Arches: ['x86_64', 'noarch'] }] }),
};
const library: Kind = {
  later: '999999999.0.0',
  earlier: '0.0.0-0',
  advisory: (fix) => ({ VulnerableVersions: [`<${fix}`], PatchedVersions: [`>=${fix}`] }),
};
const pip: Kind = { ...library, earlier: '0.0.0.dev0' };
const kinds: readonly (readonly [RegExp, Kind])[] = [
  [/^debian/, debian],
  [/^(alpine|wolfi)/, apk],
  [/^rocky/, rocky],
  [/^(alma|amazon|openSUSE)/, rpm],
  [/^pip$/, pip],
];
const kindOf = (bucket: string): Kind => kinds.find(([name]) => name.test(bucket))?.[1] ?? library;

const ecosystems = ['npm', 'pip', 'maven', 'go', 'cargo', 'rubygems', 'composer', 'nuget'];
const nameOf = (bucket: string): string => (ecosystems.includes(bucket) ? `${bucket}::Corpus` : bucket);
/** Assay takes a database with fewer advisories of an ecosystem for one that does not know it. */
const leastAdvisories = 100;
/** Assay's proof of a new database looks for it. */
const proof = { minimist: { 'CVE-2020-7598': JSON.stringify(library.advisory('1.2.6')) } };

const details = JSON.stringify({
  Title: 'made for the corpus',
  Severity: 'HIGH',
  PublishedDate: '2026-06-01T00:00:00Z',
  LastModifiedDate: '2026-06-01T00:00:00Z',
});

/**
 * Writes a Trivy database: the demonstration one, and advisories of all packages of the corpus. Those that it had for a
 * release of the corpus are gone, except for Debian 13: the corpus has its packages in newer versions.
 *
 * @returns its folder, for `ASSAY_TRIVY_DB`
 */
export const madeDatabase = async (folder: string, packages: readonly OraclePackage[], side: Side): Promise<string> => {
  const bundled = await readFile(new URL('../images/advisories/trivy.db.zst', import.meta.url));
  const content = await contentOf(zstdDecompressSync(bundled));
  const systems = [...new Set(packages.map(({ bucket }) => bucket))].filter((name) => !ecosystems.includes(name));
  for (const name of systems) if (name !== 'debian 13') content[name] = {};
  for (const name of ecosystems)
    content[nameOf(name)] = {
      ...(name === 'npm' ? proof : {}),
      ...Object.fromEntries(
        Array.from({ length: leastAdvisories }, (_, at) => [
          `other-${at}`,
          { [`CVE-2020-7${1000 + at}`]: JSON.stringify(library.advisory('1.0.0')) },
        ]),
      ),
    };
  for (const name of [...systems, ...ecosystems.map(nameOf)])
    content['data-source']![name] = JSON.stringify({ ID: 'corpus', Name: 'Corpus', URL: 'https://example.org' });
  const advised = Map.groupBy(packages, ({ bucket, name, advised: source = name }) => `${nameOf(bucket)}\0${source}`);
  for (const [at, [key, [one]]] of [...advised].entries()) {
    const [bucket = '', name = ''] = key.split('\0');
    const { later, earlier, advisory } = kindOf(one!.bucket);
    const fixes = {
      [`CVE-2026-${800_000 + at}`]: earlier,
      ...(side === 'below' && { [`CVE-2026-${700_000 + at}`]: later }),
    };
    const entries: BoltContent = { ...(content[bucket]![name] as BoltContent | undefined) };
    for (const [id, fix] of Object.entries(fixes)) {
      entries[id] = JSON.stringify(advisory(fix));
      content['vulnerability']![id] = details;
    }
    content[bucket]![name] = entries;
  }
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const now = new Date().toISOString();
  await writeFile(join(folder, 'trivy.db'), datedDatabase(boltOf(content), now), { mode: 0o644 });
  const metadata = { Version: 2, NextUpdate: '2036-01-01T00:00:00Z', UpdatedAt: now, DownloadedAt: now };
  await writeFile(join(folder, 'metadata.json'), JSON.stringify(metadata), { mode: 0o644 });
  return folder;
};

/** Writes a Java database that knows no archive, so that archives are known by their pom.properties. */
export const javaDatabase = async (folder: string): Promise<string> => {
  await mkdir(folder, { mode: 0o755 });
  const database = new DatabaseSync(join(folder, 'trivy-java.db'));
  database.exec(`
    CREATE TABLE artifacts(id INTEGER PRIMARY KEY, group_id TEXT, artifact_id TEXT);
    CREATE TABLE indices(artifact_id INTEGER, version TEXT, sha1 BLOB, archive_type TEXT);
    CREATE UNIQUE INDEX indices_sha1_idx ON indices(sha1);
    INSERT INTO artifacts VALUES (1, 'org.example', 'filler');
    INSERT INTO indices VALUES (1, '1.0', x'00', 'jar');`);
  database.close();
  const now = new Date().toISOString();
  const metadata = { Version: 1, NextUpdate: '2036-01-01T00:00:00Z', UpdatedAt: now, DownloadedAt: now };
  await writeFile(join(folder, 'metadata.json'), JSON.stringify(metadata), { mode: 0o644 });
  return folder;
};
