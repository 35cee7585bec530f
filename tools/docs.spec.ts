import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const files = (folder: string, ending: string): string[] => readdirSync(join(root, folder)).flatMap((name) => {
  const path = join(folder, name);
  if (name === 'node_modules' || name === 'dist' || name.startsWith('.')) return [];
  return statSync(join(root, path)).isDirectory() ? files(path, ending) : path.endsWith(ending) ? [path] : [];
});

const sources = ['apps', 'libs'].flatMap((folder) => files(folder, '.ts')).filter((path) => path.includes('/src/') && !path.endsWith('.spec.ts'));

it('the README names every setting, and no other', () => {
  const used = new Set(sources.flatMap((path) => [...read(path).matchAll(/\bASSAY_[A-Z_]+\b/g)].map(([name]) => name)));
  const named = new Set([...read('README.md').matchAll(/^\| `(ASSAY_[A-Z_]+)`/gm)].map((match) => match[1]!));
  expect([...named].toSorted()).toEqual([...used].toSorted());
});

it('links in the docs lead somewhere', () => {
  const broken = files('.', '.md').flatMap((path) => [...read(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)(#[^)]*)?\)/g)]
    .filter((match) => !existsSync(resolve(root, dirname(path), match[1]!))).map((match) => `${relative(root, path)}: ${match[1]}`));
  expect(broken).toEqual([]);
});
