import { describe, expect, it } from 'vitest';
import { datedDatabase } from '../../../tools/dated-database.ts';
import { bytesOf, databaseFolder, states, undatedOf } from '../test/databases.ts';
import { implausible, readDatabase, type ReadDatabase } from './database.ts';

describe('a database', () => {
  it('is read to its end, and counted by family', async () => {
    const read = async (state: string) => {
      const { database, metadata } = await bytesOf(state);
      return readDatabase(await databaseFolder(database, metadata));
    };
    const [august, november] = await Promise.all([read(states.august), read(states.november)]);
    const total = ({ families }: ReadDatabase) => families.reduce((sum, { entries }) => sum + entries, 0);
    expect([august.builtAt, november.builtAt]).toEqual(['2026-08-01T00:00:00Z', '2026-11-24T00:00:00Z']);
    expect(total(november)).toBe(21_969);
    expect(total(august)).toBeLessThan(total(november));
    expect(november.families.map(({ name }) => name)).toEqual(['alpine', 'data-source', 'debian', 'vulnerability']);
    expect(implausible(november, august, { now: Date.parse('2026-11-29T00:00:00Z') })).toBeUndefined();
  });

  it.each([
    { day: '2026-11-23T12:00:00Z', builtAt: '2026-11-24T00:00:00Z', what: 'as it says' },
    { day: '2026-11-21', builtAt: '2026-11-21T12:00:00Z', what: 'as its newest content lets it be' },
    {
      day: '2030-01-01',
      builtAt: '2026-08-31T12:00:00Z',
      what: 'as its newest content lets it be, but for what is of the future',
    },
  ])('is as old $what', async ({ day, builtAt }) => {
    const { metadata } = await bytesOf(states.november);
    const read = await readDatabase(
      await databaseFolder(datedDatabase(await undatedOf(states.november), day), metadata),
    );
    expect(read).toMatchObject({ builtAt, claimedAt: '2026-11-24T00:00:00Z' });
  });

  const pageBytes = 4096;
  it.each([
    { fault: 'no bytes', change: () => Buffer.alloc(0), message: 'it is cut short' },
    { fault: 'other bytes', change: () => Buffer.alloc(8192, 'SQLite'), message: 'it is no bbolt file' },
    {
      fault: 'its last page cut off',
      change: (bytes: Buffer) => bytes.subarray(0, Math.min(bytes.length, highWater(bytes)) - pageBytes),
      message: 'it is cut short',
    },
    {
      fault: 'a changed meta page',
      change: (bytes: Buffer) => changed(bytes, 16 + 16),
      message: 'a meta page is damaged',
    },
    {
      fault: 'a page in the place of another',
      change: (bytes: Buffer) => {
        const copy = Buffer.from(bytes);
        const root = Number(bytes.readBigUInt64LE(rootAt(bytes)));
        copy.writeBigUInt64LE(BigInt(root + 1), root * pageBytes);
        return copy;
      },
      message: 'is another one',
    },
    {
      fault: 'an entry beyond its page',
      change: (bytes: Buffer) => {
        const copy = Buffer.from(bytes);
        const root = Number(bytes.readBigUInt64LE(rootAt(bytes)));
        copy.writeUInt32LE(0xffff, root * pageBytes + 16 + 8);
        return copy;
      },
      message: 'an entry lies outside of its page',
    },
  ])('with $fault is damaged', async ({ change, message }) => {
    const { database, metadata } = await bytesOf(states.august);
    await expect(readDatabase(await databaseFolder(change(database), metadata))).rejects.toMatchObject({
      code: 'database-damaged',
      message: expect.stringContaining(message) as string,
    });
  });

  it.each([
    { fault: 'another schema', metadata: { Version: 3 } },
    { fault: 'no time', metadata: { UpdatedAt: '' } },
    { fault: 'no JSON', metadata: Buffer.from('{') },
    { fault: 'null', metadata: Buffer.from('null') },
  ])('whose metadata has $fault is refused', async ({ metadata }) => {
    const { database } = await bytesOf(states.august);
    await expect(readDatabase(await databaseFolder(database, metadata))).rejects.toMatchObject({
      code: 'database-schema',
    });
  });
});

const highWater = (bytes: Buffer): number => Number(bytes.readBigUInt64LE(16 + 40)) * 4096;
/** The place in the meta page in use that names the root. */
const rootAt = (bytes: Buffer): number =>
  (bytes.readBigUInt64LE(16 + 48) > bytes.readBigUInt64LE(4096 + 16 + 48) ? 0 : 4096) + 16 + 16;
const changed = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

describe('a newer database', () => {
  const now = Date.parse('2026-11-29T00:00:00Z');
  const digest = `sha256:${'1'.repeat(64)}`;
  const before = {
    digest,
    builtAt: '2026-11-01T00:00:00Z',
    families: [
      { name: 'alpine', entries: 100 },
      { name: 'debian', entries: 900 },
    ],
  };
  const next = ({ builtAt = '2026-11-02T00:00:00Z', ...more }: Partial<ReadDatabase>): ReadDatabase => ({
    ...before,
    buckets: new Map(),
    builtAt,
    claimedAt: builtAt,
    ...more,
  });
  const debian = (entries: number) => [
    { name: 'alpine', entries: 100 },
    { name: 'debian', entries },
  ];

  it.each([
    { form: 'as many entries', given: next({}) },
    { form: 'a tenth fewer', given: next({ families: debian(810) }) },
    { form: 'a new family', given: next({ families: [...before.families, { name: 'wolfi', entries: 1 }] }) },
  ])('with $form follows', ({ given }) => {
    expect(implausible(given, before, { now })).toBeUndefined();
  });

  it.each([
    { form: 'a time in the future', given: next({ builtAt: '2026-11-29T02:00:00Z' }), code: 'database-age' },
    { form: 'the same time', given: next({ builtAt: before.builtAt }), code: 'database-age' },
    {
      form: 'a later claim, and content of before',
      given: next({ builtAt: '2026-10-31T00:00:00Z', claimedAt: '2026-11-28T00:00:00Z' }),
      code: 'database-age',
    },
    { form: 'an earlier time', given: next({ builtAt: '2026-10-31T00:00:00Z' }), code: 'database-age' },
    { form: 'a family less', given: next({ families: debian(900).slice(1) }), code: 'database-implausible' },
    {
      form: 'more than a tenth fewer of one family',
      given: next({ families: debian(809) }),
      code: 'database-implausible',
    },
    { form: 'no entries', given: next({ families: [] }), code: 'database-damaged' },
  ])('with $form does not follow', ({ given, code }) => {
    expect(implausible(given, before, { now })).toMatchObject({ code });
  });

  it('does not follow with small families that lost more than a tenth together', () => {
    const small = (entries: number) => ['a', 'b'].map((name) => ({ name, entries }));
    const had = { ...before, families: small(99) };
    expect(implausible(next({ families: small(90) }), had, { now })).toBeUndefined();
    expect(implausible(next({ families: small(89) }), had, { now })).toMatchObject({ code: 'database-implausible' });
  });

  it('may be older or smaller if an operator orders it, but not of the future, and not empty', () => {
    const order = { now, isForced: true };
    expect(implausible(next({ builtAt: '2026-01-01T00:00:00Z', families: debian(1) }), before, order)).toBeUndefined();
    expect(implausible(next({ builtAt: '2027-01-01T00:00:00Z' }), before, order)).toMatchObject({
      code: 'database-age',
    });
    expect(implausible(next({ families: [] }), before, order)).toMatchObject({ code: 'database-damaged' });
  });

  it('follows any if nothing is known of the one before', () => {
    expect(implausible(next({}), undefined, { now })).toBeUndefined();
    expect(implausible(next({ families: debian(1) }), { digest, builtAt: before.builtAt }, { now })).toBeUndefined();
  });
});
