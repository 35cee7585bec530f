import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CorpusImage, OraclePackage, Recipe } from './recipe.ts';
import { debianRoot, dpkgQuery, tarred, written } from './roots.ts';
import { npmProgram, run } from './tools.ts';

const bucket = 'npm';
/** The application, which the lists of yarn and bun leave out. */
const app: OraclePackage = { bucket, name: 'app', version: '1.0.0' };
/** `debug` brings an older `ms` of its own. */
const dependencies = { lodash: '4.17.20', debug: '2.6.9', ms: '2.1.3' };

interface Tree {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, Tree>>;
}
/** Packages of `npm ls --json` and `pnpm ls --json`. */
const inTree = (tree: Tree): OraclePackage[] =>
  Object.entries(tree.dependencies ?? {}).flatMap(([name, below]) => [
    { bucket, name, version: below.version ?? '' },
    ...inTree(below),
  ]);

/** Packages named as `name@version` in these texts. */
const named = (texts: readonly string[]): OraclePackage[] =>
  texts.map((text) => {
    const at = text.lastIndexOf('@');
    return { bucket, name: text.slice(0, at), version: text.slice(at + 1) };
  });

interface Installed {
  readonly app: string;
  readonly root: string;
  readonly folder: string;
}

/** A Debian with an application of Node.js, and the packages that the tool names. */
const installed =
  (install: (at: Installed) => Promise<readonly OraclePackage[]>, files: Readonly<Record<string, string>> = {}) =>
  async (folder: string): Promise<CorpusImage> => {
    const root = await debianRoot(folder);
    const at = join(root, 'usr/src/app');
    await written(at, { 'package.json': JSON.stringify({ name: 'app', version: '1.0.0', dependencies }), ...files });
    const packages = [...(await install({ app: at, root, folder })), app, ...(await dpkgQuery(root))];
    return { packages, layout: await tarred(folder, root, '--sort=name') };
  };

const npmLs = async (cwd: string): Promise<OraclePackage[]> =>
  inTree(JSON.parse(await run('npm', ['ls', '--all', '--json'], { cwd })) as Tree);

const pnpm = async ({ app: cwd, root }: Installed): Promise<OraclePackage[]> => {
  const program = await npmProgram('pnpm', '9.15.9');
  const store = join(root, 'root/.local/share/pnpm/store');
  await run(program, ['install', '--store-dir', store, '--package-import-method', 'hardlink'], { cwd });
  const [tree] = JSON.parse(await run(program, ['ls', '--json', '--depth', 'Infinity'], { cwd })) as [Tree];
  return inTree(tree);
};

interface YarnNode {
  readonly name: string;
  readonly shadow?: true;
  readonly children?: readonly YarnNode[];
}
/** Shadows name what another folder has. */
const inYarnTree = (nodes: readonly YarnNode[]): string[] =>
  nodes.flatMap(({ name, shadow, children = [] }) => [...(shadow ? [] : [name]), ...inYarnTree(children)]);

export const node: readonly Recipe[] = [
  {
    name: 'npm',
    make: installed(async ({ app: cwd }) => {
      await run('npm', ['install', '--no-audit'], { cwd });
      return npmLs(cwd);
    }),
  },
  {
    name: 'npm-bom',
    make: installed(async ({ app: cwd, folder }) => {
      const marked = join(folder, 'marked');
      await written(marked, { 'package.json': '\uFEFF{"name":"marked-bytes","version":"1.2.3"}', 'index.js': '' });
      await run('npm', ['pack', '--pack-destination', folder], { cwd: marked });
      await run('npm', ['install', '--no-audit', join(folder, 'marked-bytes-1.2.3.tgz')], { cwd });
      return npmLs(cwd);
    }),
  },
  { name: 'pnpm', make: installed(pnpm) },
  { name: 'pnpm-hoisted', make: installed(pnpm, { '.npmrc': 'node-linker=hoisted\n' }) },
  {
    name: 'yarn-classic',
    make: installed(async ({ app: cwd, folder }) => {
      const program = await npmProgram('yarn', '1.22.22');
      await run(program, ['install', '--cache-folder', join(folder, 'cache')], { cwd });
      const { data } = JSON.parse(await run(program, ['list', '--json'], { cwd })) as { data: { trees: YarnNode[] } };
      return named(inYarnTree(data.trees));
    }),
  },
  {
    name: 'yarn-pnp',
    make: installed(
      async ({ app: cwd, folder }) => {
        const program = await npmProgram('@yarnpkg/cli-dist', '4.9.2', 'yarn');
        const env = { HOME: join(folder, 'home') };
        await mkdir(env.HOME);
        await run(program, ['install'], { cwd, env });
        const lines = (await run(program, ['info', '--all', '--recursive', '--json'], { cwd, env })).trim().split('\n');
        return lines
          .map((line) => JSON.parse(line) as { value: string; children: { Version: string } })
          .filter(({ value }) => !value.includes('@workspace:'))
          .map(({ value, children }) => ({ bucket, name: value.replace(/@npm:.*$/, ''), version: children.Version }));
      },
      { '.yarnrc.yml': 'nodeLinker: pnp\nenableGlobalCache: false\nenableTelemetry: false\n', 'yarn.lock': '' },
    ),
  },
  {
    name: 'bun',
    make: installed(async ({ app: cwd }) => {
      const program = await npmProgram('bun', '1.2.20');
      await run(program, ['install'], { cwd });
      const listed = await run(program, ['pm', 'ls', '--all'], { cwd });
      return named([...listed.matchAll(/── (\S+)$/gm)].map(([, name = '']) => name));
    }),
  },
];
