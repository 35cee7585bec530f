import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

const documents = ['.', 'docs'].flatMap((folder) =>
  readdirSync(resolve(root, folder))
    .filter((name) => name.endsWith('.md') && name !== 'CHANGELOG.md')
    .map((name) => `${folder}/${name}`),
);

/** The text of a document without the table of old names in the glossary. */
const textOf = (path: string): string =>
  readFileSync(resolve(root, path), 'utf8').split('\n## Files that were renamed\n')[0]!;

it('the documents name files and folders that exist', () => {
  const missing = documents.flatMap((path) =>
    [...textOf(path).matchAll(/`((?:apps|charts|docker|docs|e2e|libs|ops|tools)\/[\w./-]+)`/g)]
      .filter(([, name]) => !existsSync(resolve(root, name!)))
      .map(([, name]) => `${path}: ${name}`),
  );
  expect(missing).toEqual([]);
});
