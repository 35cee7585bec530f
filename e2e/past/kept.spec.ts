import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inputsOfPast, KeptPast, type KeptOf } from './kept.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

const record: KeptOf = {
  seed: 1,
  today: '2026-11-29T00:00:00.000Z',
  ports: { shop: 1, platform: 2, research: 3 },
};

/** The sources that a source imports from this repository, and theirs. What is built has its own folder. */
const importedBy = (file: string, seen = new Set<string>()): ReadonlySet<string> => {
  if (seen.has(file) || !existsSync(join(root, file))) return seen;
  seen.add(file);
  for (const [, path] of readFileSync(join(root, file), 'utf8').matchAll(/from '(\.[^']+)'/g))
    importedBy(relative(root, join(root, dirname(file), path!)), seen);
  return seen;
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-kept-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a past that is kept', () => {
  const made = (): string => {
    const past = join(folder, 'made');
    mkdirSync(join(past, 'stores'), { recursive: true });
    writeFileSync(join(past, 'stores/billing.db'), 'rows');
    return past;
  };
  const input = (): string => join(folder, 'inputs');
  const kept = (of: KeptOf): KeptPast => new KeptPast(of, join(folder, 'kept'), [input()]);
  beforeEach(() => {
    mkdirSync(join(input(), 'dist'), { recursive: true });
    writeFileSync(join(input(), 'dist/decider.js'), 'one');
  });

  it('is there for the next one of the same seed, day and ports', () => {
    kept(record).keep(made());
    const copy = join(folder, 'copy');
    expect(kept(record).copyTo(copy)).toBe(true);
    expect(readFileSync(join(copy, 'stores/billing.db'), 'utf8')).toBe('rows');
  });

  it.each([
    ['seed', { ...record, seed: 2 }],
    ['day', { ...record, today: '2026-11-30T00:00:00.000Z' }],
    ['port', { ...record, ports: { ...record.ports, shop: 9 } }],
  ])('is not there for another %s', (_, other) => {
    kept(record).keep(made());
    expect(kept(other).copyTo(join(folder, 'copy'))).toBe(false);
  });

  it.each([
    ['changes', (dist: string) => writeFileSync(join(dist, 'decider.js'), 'two')],
    ['is new', (dist: string) => writeFileSync(join(dist, 'other.js'), '')],
    ['has another name', (dist: string) => renameSync(join(dist, 'decider.js'), join(dist, 'judge.js'))],
  ])('is not there after a file by which it is made %s', (_, change) => {
    kept(record).keep(made());
    change(join(input(), 'dist'));
    expect(kept(record).copyTo(join(folder, 'copy'))).toBe(false);
  });

  it('is kept once, and what was not used for hours goes', () => {
    kept(record).keep(made());
    kept(record).keep(made());
    expect(readdirSync(join(folder, 'kept'))).toHaveLength(1);
    const old = join(folder, 'kept', 'old');
    mkdirSync(old);
    utimesSync(old, 0, 0);
    kept(record);
    expect(readdirSync(join(folder, 'kept'))).toHaveLength(1);
  });

  it('is made from nothing that its name does not know', () => {
    const inputs = inputsOfPast();
    expect(new KeptPast(record, join(folder, 'kept')).copyTo(folder)).toBe(false);
    const unknown = [...importedBy('e2e/past/main.ts')].filter(
      (file) => !inputs.some((input) => file === input || file.startsWith(`${input}/`)),
    );
    expect(unknown).toEqual([]);
    expect(inputs).toEqual(expect.arrayContaining(['apps/recommendation/dist', 'libs/events/dist']));
  });
});
