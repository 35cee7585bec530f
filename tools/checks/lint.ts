import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Its sources are for a browser, which has other globals than Node. */
const portal = 'apps/portal';
const isForBrowsers = (folder: string): boolean => relative(portal, folder).split('/')[0] !== '..';

/** A project of the compiler that is these folders only, with what they import. */
const projectOf = (folders: readonly string[]): string => {
  const cache = join(root, 'node_modules/.cache/assay');
  mkdirSync(cache, { recursive: true });
  const project = join(cache, `tsconfig.${process.pid}.json`);
  writeFileSync(
    project,
    JSON.stringify({
      extends: join(root, 'tsconfig.test.json'),
      compilerOptions: { rootDir: root },
      include: folders.map((folder) => resolve(root, folder)),
    }),
  );
  return project;
};

const passes = (command: string, ...words: string[]): boolean =>
  spawnSync(join(root, 'node_modules/.bin', command), words, { cwd: root, stdio: 'inherit' }).status === 0;

/** Exports and files without a use, and imports that no package.json declares. */
const deadCode = 'files,exports,types,unlisted,unresolved,duplicates';

/** `npm run lint`: of everything, or of the folders that are named. */
const folders = process.argv.slice(2);
const missing = folders.filter((folder) => !existsSync(resolve(root, folder)));
if (missing.length > 0) {
  process.stderr.write(
    `there is no ${missing.join(' and no ')}: name folders of the repository, as apps/eligibility\n`,
  );
  process.exitCode = 1;
} else {
  const project = folders.length > 0 ? projectOf(folders) : join(root, 'tsconfig.test.json');
  const clean = [
    passes('oxfmt', '--check', ...folders),
    passes('oxlint', '--type-aware', ...folders),
    !folders.every(isForBrowsers) || passes('tsc', '-b', portal),
    (folders.length > 0 && folders.every(isForBrowsers)) || passes('tsc', '-p', project),
    // It looks at the whole repository: an export may be used anywhere.
    folders.length > 0 || passes('knip', '--no-config-hints', '--include', deadCode),
  ];
  if (folders.length > 0) rmSync(project);
  process.exitCode = clean.every(Boolean) ? 0 : 1;
}
