import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { rpmDatabases, rpmFile } from '../../../test/rpm-databases.ts';
import { ndbList, rpmFormatOf, sqliteList } from './rpm-lists.ts';

interface Tag {
  readonly tag: number;
  readonly value: string | number;
}
const tags = { name: 1000, version: 1001, release: 1002, epoch: 1003 } as const;

/** A header of rpm with these tags. */
const headerWith = (values: readonly Tag[]): Buffer => {
  const parts: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const { tag, value } of values) {
    const data = typeof value === 'string' ? Buffer.from(`${value}\0`) : Buffer.alloc(4);
    if (typeof value === 'number') data.writeUInt32BE(value);
    const entry = Buffer.alloc(16);
    [tag, typeof value === 'string' ? 6 : 4, offset, 1].forEach((number, at) => entry.writeUInt32BE(number, 4 * at));
    entries.push(entry);
    parts.push(data);
    offset += data.length;
  }
  const head = Buffer.alloc(8);
  head.writeUInt32BE(entries.length);
  head.writeUInt32BE(offset, 4);
  return Buffer.concat([head, ...entries, ...parts]);
};
const header = (name: string, version = '1.0', release = '1', epoch?: number): Buffer =>
  headerWith([
    { tag: tags.name, value: name },
    { tag: tags.version, value: version },
    { tag: tags.release, value: release },
    ...(epoch === undefined ? [] : [{ tag: tags.epoch, value: epoch }]),
  ]);

const ofZlib: readonly Tag[] = [
  { tag: tags.name, value: 'zlib' },
  { tag: tags.version, value: '1.3' },
  { tag: tags.release, value: '1' },
];

/** A database of SQLite after these statements, in which `?` is each of the blobs. */
const sqliteOf = (blobs: readonly (Buffer | string | null)[], statements = ''): Buffer => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-rpm-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'rpmdb.sqlite');
  const database = new DatabaseSync(path);
  database.exec('CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB)');
  for (const blob of blobs) database.prepare('INSERT INTO Packages (blob) VALUES (?)').run(blob);
  if (statements) database.exec(statements);
  database.close();
  return readFileSync(path);
};

/** A "new database" with these packages, as rpm's `lib/backend/ndb/rpmpkg.c` writes it. */
const ndbOf = (blobs: readonly Buffer[], change: (bytes: Buffer) => void = () => {}): Buffer => {
  const page = Buffer.alloc(4096);
  page.write('RpmP', 0);
  page.writeUInt32LE(1, 12);
  const stored: Buffer[] = [];
  let block = 4096 / 16;
  for (let slot = 2; slot < 256; slot++) {
    page.write('Slot', 16 * slot);
    const blob = blobs[slot - 2];
    if (!blob) continue;
    const size = Math.ceil((16 + blob.length + 12) / 16);
    const bytes = Buffer.alloc(size * 16);
    bytes.write('BlbS', 0);
    bytes.writeUInt32LE(slot - 1, 4);
    bytes.writeUInt32LE(blob.length, 12);
    blob.copy(bytes, 16);
    page.writeUInt32LE(slot - 1, 16 * slot + 4);
    page.writeUInt32LE(block, 16 * slot + 8);
    page.writeUInt32LE(size, 16 * slot + 12);
    stored.push(bytes);
    block += size;
  }
  const whole = Buffer.concat([page, ...stored]);
  change(whole);
  return whole;
};

describe.each(rpmDatabases)('the real database $file', ({ file, format, packages, examples, journal }) => {
  const bytes = rpmFile(file);

  it('has its format by its first bytes', () => {
    expect(rpmFormatOf(bytes.subarray(0, 4096))).toBe(format);
  });

  const lists = { sqlite: sqliteList, ndb: ndbList, 'berkeley-db': undefined } as const;
  const read = lists[format];
  if (read)
    it('has the packages that an independent tool counted', () => {
      const list = read(Buffer.from(bytes));
      // Those of the log are not in the file.
      expect(list.packages).toHaveLength(packages);
      expect(list).not.toHaveProperty('unread');
      const names = list.packages.map(([name]) => name);
      expect(names).toEqual(expect.arrayContaining([...examples]));
      if (journal) expect(names).not.toEqual(expect.arrayContaining([...journal.examples]));
      for (const [, version] of list.packages) expect(version).toMatch(/^[\w.:+~^]+-[\w.+~^]+$/);
    });
});

describe('a database of SQLite', () => {
  it('has each package with epoch, version and release, but no keys', () => {
    const bytes = sqliteOf([header('bash', '5.1.8', '4.cm2'), header('gpg-pubkey'), header('openssl', '3', '1', 2)]);
    expect(sqliteList(bytes)).toEqual({
      kind: 'rpm',
      packages: [
        ['bash', '5.1.8-4.cm2'],
        ['openssl', '2:3-1'],
      ],
    });
    expect(sqliteList(sqliteOf([header('bash', '1', '1', 0)])).packages).toEqual([['bash', '1-1']]);
    expect(sqliteList(sqliteOf([]))).toEqual({ kind: 'rpm', packages: [] });
  });

  it('in the mode of the write-ahead log is read as far as the file has it', () => {
    const bytes = sqliteOf([header('bash')]);
    [bytes[18], bytes[19]] = [2, 2];
    expect(sqliteList(bytes).packages).toEqual([['bash', '1.0-1']]);
  });

  it.each<[string, () => Buffer]>([
    ['a text in the place of a header', () => sqliteOf([header('bash'), 'text'])],
    ['nothing in the place of a header', () => sqliteOf([header('bash'), null])],
    ['a header of no bytes', () => sqliteOf([header('bash'), Buffer.alloc(0)])],
    ['a header that is cut off', () => sqliteOf([header('bash'), header('zlib').subarray(0, -1)])],
    ['a header without entries', () => sqliteOf([header('bash'), Buffer.alloc(16)])],
    ['a header of more entries than any has', () => sqliteOf([header('bash'), Buffer.alloc(2 ** 21, 1)])],
    ['a tag twice', () => sqliteOf([header('bash'), headerWith([...ofZlib, { tag: tags.version, value: '9' }])])],
    [
      'a tag of another type',
      () => sqliteOf([header('bash'), headerWith([...ofZlib, { tag: tags.epoch, value: '1' }])]),
    ],
    ['tags out of order', () => sqliteOf([header('bash'), headerWith(ofZlib.toReversed())])],
    ['a header without a name', () => sqliteOf([header('bash'), headerWith([{ tag: tags.version, value: '1' }])])],
  ])('with %s is unread, and has the packages before it', (_, made) => {
    expect(sqliteList(made())).toEqual({ kind: 'rpm', packages: [['bash', '1.0-1']], unread: 'malformed-rpm' });
  });

  it('that is damaged is unread', () => {
    const bytes = sqliteOf([header('bash')]);
    for (const damaged of [bytes.subarray(0, 100), bytes.subarray(0, 5000), Buffer.from(bytes).fill(0xff, 4096)])
      expect(sqliteList(Buffer.from(damaged))).toMatchObject({ unread: 'malformed-database' });
  });

  it.each([
    ['a view', 'CREATE VIEW Packages AS SELECT hnum, blob FROM Other WHERE hnum = 1'],
    [
      'a view without an end',
      'CREATE VIEW Packages AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) ' +
        'SELECT i AS hnum, i AS blob FROM n WHERE i < 0',
    ],
    ['a table of another kind', 'CREATE VIRTUAL TABLE Packages USING fts5(blob)'],
    ['no table', ''],
  ])('whose packages are %s is unread', (_, statement) => {
    const bytes = sqliteOf([header('bash'), header('openssl')], `ALTER TABLE Packages RENAME TO Other; ${statement}`);
    expect(sqliteList(bytes)).toEqual({ kind: 'rpm', packages: [], unread: 'malformed-rpm' });
  });

  it('has its table in any case', () => {
    const bytes = sqliteOf(
      [header('bash')],
      'ALTER TABLE Packages RENAME TO Other; ALTER TABLE Other RENAME TO PACKAGES',
    );
    expect(sqliteList(bytes).packages).toEqual([['bash', '1.0-1']]);
  });
});

describe('a database of ndb', () => {
  it('has each package, in any slot', () => {
    expect(ndbList(ndbOf([header('bash'), header('gpg-pubkey'), header('zlib', '1.2', '2', 1)]))).toEqual({
      kind: 'rpm',
      packages: [
        ['bash', '1.0-1'],
        ['zlib', '1:1.2-2'],
      ],
    });
    const freed = ndbOf([header('bash'), header('zlib')], (bytes) => bytes.fill(0, 2 * 16 + 4, 3 * 16));
    expect(ndbList(freed).packages).toEqual([['zlib', '1.0-1']]);
    expect(ndbList(ndbOf([]))).toEqual({ kind: 'rpm', packages: [] });
  });

  it.each<[string, Buffer]>([
    ['of a few bytes', ndbOf([]).subarray(0, 40)],
    ['without pages of slots', ndbOf([header('bash')], (bytes) => bytes.writeUInt32LE(0, 12))],
    ['with more pages than it has', ndbOf([header('bash')], (bytes) => bytes.writeUInt32LE(2 ** 31, 12))],
    ['with a slot without its mark', ndbOf([header('bash')], (bytes) => bytes.write('None', 32))],
    ['with a slot that leads out of the file', ndbOf([header('bash')], (bytes) => bytes.writeUInt32LE(2 ** 27, 40))],
    ['with a slot that leads to another package', ndbOf([header('bash')], (bytes) => bytes.writeUInt32LE(7, 36))],
    [
      'with a package longer than the file',
      ndbOf([header('bash')], (bytes) => bytes.writeUInt32LE(2 ** 31, 4096 + 12)),
    ],
    ['with a package that is no header', ndbOf([Buffer.from('no header')])],
  ])('%s is unread', (_, bytes) => {
    expect(ndbList(bytes)).toEqual({ kind: 'rpm', packages: [], unread: 'malformed-rpm' });
  });
});

it('a file is a database of rpm only by its first bytes', () => {
  const berkeley = (magic: number): Buffer => {
    const bytes = Buffer.alloc(512);
    bytes.writeUInt32LE(magic, 12);
    return bytes;
  };
  for (const magic of [0x61561, 0x61150600, 0x53162, 0x62310500])
    expect(rpmFormatOf(berkeley(magic))).toBe('berkeley-db');
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.alloc(512),
    berkeley(0x61561).subarray(0, 15),
    Buffer.from('SQLite format 3'),
  ])
    expect(rpmFormatOf(bytes)).toBe(undefined);
  expect(rpmFormatOf(ndbOf([]).subarray(0, 4))).toBe('ndb');
});
