import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AssembledRoot } from '../lies/judge.ts';
import { kinds } from '../lies/kinds.ts';
import { archiveOf } from '../lies/layers.ts';
import { collectionPage } from '../lies/page.ts';
import { cells, titleOf } from '../lies/table.ts';
import { tricks, type LyingImage } from '../lies/tricks.ts';

const rootOf = async ({ layers }: LyingImage): Promise<AssembledRoot> =>
  AssembledRoot.of(await Promise.all(layers.map(archiveOf)));

/** True if the program is on this machine. */
const has = (program: string): boolean => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** Writes a folder of an assembled root to the disk, and removes it after the test. */
const onDisk = (root: AssembledRoot, folder: string): string => {
  const path = mkdtempSync(join(tmpdir(), 'assay-lies-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, content] of root.files(folder)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return path;
};

describe('the table of lies', () => {
  it('has images or a reason in each cell, and names of their own', () => {
    expect(cells).toHaveLength(kinds.length * tricks.length);
    const empty = cells.filter(
      ({ images, impossible = '' }) =>
        images.length === 0 && !/^(?:cannot occur|is left over), because .+/.test(impossible),
    );
    expect(empty).toEqual([]);
    expect(cells.filter(({ impossible }) => impossible?.startsWith('is left over'))).toHaveLength(3);
    const titles = cells.flatMap((cell) => cell.images.map((image) => titleOf(cell, image)));
    expect(new Set(titles).size).toBe(titles.length);
    expect(titles.length).toBeGreaterThan(300);
  });

  it('has images in each row and each column', () => {
    for (const kind of kinds) expect(cells.some((cell) => cell.kind === kind && cell.images.length > 0)).toBe(true);
    for (const trick of tricks) expect(cells.some((cell) => cell.trick === trick && cell.images.length > 0)).toBe(true);
  });

  it('is the one of docs/security-collection.md', () => {
    expect(readFileSync(new URL('../../docs/security-collection.md', import.meta.url), 'utf8')).toBe(collectionPage());
  });

  it.each(kinds.map((kind) => [kind.name, kind] as const))(
    'leaves the package of %s installed wherever it claims to',
    async (_, kind) => {
      const wrong: string[] = [];
      for (const cell of cells.filter((each) => each.kind === kind)) {
        for (const image of cell.images) {
          const root = await rootOf(image);
          const isListed = ({ path, needle }: NonNullable<LyingImage['listed']>): boolean =>
            root.read(path)?.includes(needle) ?? false;
          if (image.listed === undefined ? isListed(kind) : !isListed(image.listed)) wrong.push(titleOf(cell, image));
          if (kind.vouches && root.read('var/lib/dpkg/status') !== undefined) wrong.push(titleOf(cell, image));
        }
      }
      expect(wrong).toEqual([]);
    },
  );

  it('lists the package for dpkg-query and rpm themselves, where they are on the machine', async () => {
    const packagesOf: Readonly<Record<string, (folder: string) => string>> = {
      'dpkg status': (folder) =>
        execFileSync('dpkg-query', ['--admindir', folder, '-W', '-f', '${Package}\n'], { encoding: 'utf8' }),
      'rpm sqlite': (folder) =>
        execFileSync('rpm', ['-qa', '--dbpath', folder, '--qf', '%{NAME}\n'], { encoding: 'utf8' }),
    };
    const wrong: string[] = [];
    for (const cell of cells) {
      const ask = packagesOf[cell.kind.name];
      if (ask === undefined || !has(cell.kind.name === 'dpkg status' ? 'dpkg-query' : 'rpm')) continue;
      for (const image of cell.images) {
        if (image.listed === undefined) continue;
        const folder = cell.trick.name === 'moved' ? dirname(image.listed.path) : cell.kind.folder;
        const packages = ask(onDisk(await rootOf(image), folder)).split('\n');
        if (!packages.includes(image.listed.needle)) wrong.push(titleOf(cell, image));
      }
    }
    expect(wrong).toEqual([]);
  });
});
