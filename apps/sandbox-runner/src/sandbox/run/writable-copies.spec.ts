import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { WritableCopies } from './writable-copies.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-copies-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let [database, directory, tests] = ['', '', 0];
beforeEach(() => {
  tests += 1;
  [database, directory] = [join(root, `database-${tests}`), join(root, `copies-${tests}`)];
  for (const folder of [database, directory]) mkdirSync(folder);
  writeFileSync(join(database, 'trivy.db'), 'old');
});
const read = (copy: string): string => readFileSync(join(copy, 'trivy.db'), 'utf8');

describe('copies of a database that is written to', () => {
  it('belong to one run each, made in advance or not', async () => {
    const copies = new WritableCopies(directory);
    const first = await copies.take(database);
    copies.makeReady(database);
    const [second, third] = await Promise.all([copies.take(database), copies.take(database)]);
    writeFileSync(join(first, 'trivy.db'), 'spoiled');
    expect(new Set([first, second, third]).size).toBe(3);
    expect([second, third, database].map(read)).toEqual(['old', 'old', 'old']);
  });

  it('have the current content of the database; an outdated copy is removed', async () => {
    const copies = new WritableCopies(directory);
    copies.makeReady(database);
    await expect.poll(() => readdirSync(directory).length).toBe(1);
    writeFileSync(join(database, 'trivy.db'), 'a new one');
    expect(read(await copies.take(database))).toBe('a new one');
    await expect.poll(() => readdirSync(directory).length).toBe(1);
  });

  it('are made later if the database is away for a moment', async () => {
    const copies = new WritableCopies(directory);
    copies.makeReady(database);
    await expect.poll(() => readdirSync(directory).length).toBe(1);
    renameSync(database, `${database} away`);
    await expect(copies.take(database)).rejects.toMatchObject({ code: 'ENOENT' });
    renameSync(`${database} away`, database);
    expect([read(await copies.take(database)), readdirSync(directory).length]).toEqual(['old', 1]);
  });

  it('follow no links, and a copy that could not be made in advance is made on demand', async () => {
    const copies = new WritableCopies(directory);
    copies.makeReady(join(root, 'nowhere'));
    symlinkSync('/etc/passwd', join(database, 'link'));
    expect(readdirSync(await copies.take(database))).toEqual(['trivy.db']);
  });
});
