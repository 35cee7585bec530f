import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { definitions, flow, type Step } from '@assay/events';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

const packages = ['apps', 'libs']
  .flatMap((kind) => readdirSync(join(root, kind)).map((name) => `${kind}/${name}`))
  .filter((folder) => existsSync(join(root, folder, 'package.json')));

/** The text of a package's README, or nothing if it has none. */
const readmeOf = (folder: string): string => {
  const path = join(root, folder, 'README.md');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}
const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;

/** The names in backticks of a list item that begins with a label. */
const namesIn = (text: string, label: string): string[] =>
  [...(new RegExp(`^- ${label}: (.*)$`, 'm').exec(text)?.[1] ?? '').matchAll(/`([^`]+)`/g)]
    .map((match) => match[1]!)
    .toSorted();

const topics = new Set<string>(definitions.map(({ topic }) => topic));

describe('the README of each package', () => {
  it('is there, and short', () => {
    const lines = packages.map((folder) => [folder, readmeOf(folder).trim().split('\n').length] as const);
    expect(lines.filter(([, count]) => count < 6 || count > 15)).toEqual([]);
  });

  it.each((flow as readonly Step[]).map((step) => [step.app, step] as const))(
    'of %s names exactly its topics of the flow',
    (app, { consumes, config, produces, reads = [] }) => {
      const text = readmeOf(`apps/${app}`);
      expect(namesIn(text, 'Consumes')).toEqual(consumes.toSorted());
      expect(namesIn(text, 'Follows')).toEqual(config.toSorted());
      expect(namesIn(text, 'Produces')).toEqual(produces.toSorted());
      const named = [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1]!).filter((name) => topics.has(name));
      expect([...new Set(named)].toSorted()).toEqual(
        [...new Set([...consumes, ...config, ...reads, ...produces])].toSorted(),
      );
    },
  );

  it.each((flow as readonly Step[]).map(({ app }) => app))(
    'of %s lists what it remembers, what it refuses, and its folders',
    (app) => {
      const text = readmeOf(`apps/${app}`);
      for (const label of ['Remembers', 'Refuses', 'Folders', 'Routes']) expect(text).toContain(`\n- ${label}: `);
      const folders = readdirSync(join(root, 'apps', app, 'src'), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => `src/${name}`);
      expect(folders.filter((folder) => !text.includes(`(${folder})`))).toEqual([]);
    },
  );

  it.each(packages.filter((folder) => folder.startsWith('libs/') && folder !== 'libs/testing'))(
    'of %s names the packages that use it',
    (folder) => {
      const { name } = manifestOf(folder);
      const users = packages.filter((other) => manifestOf(other).dependencies?.[name] !== undefined);
      const line = `- Used by: ${users.map((each) => `\`${each}\``).join(', ')}`;
      expect(namesIn(readmeOf(folder), 'Used by'), `write "${line}"`).toEqual(users.toSorted());
    },
  );
});
