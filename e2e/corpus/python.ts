import { join } from 'node:path';
import type { CorpusImage, OraclePackage, Recipe } from './recipe.ts';
import { debianRoot, dpkgQuery, tarred, written } from './roots.ts';
import { cached, run } from './tools.ts';

const requirement = 'requests==2.31.0';

/** A program of PyPI, in an environment of its own. */
const pythonProgram = async (name: string, version: string): Promise<string> => {
  const folder = await cached(`pip-${name}-${version}`, async (into) => {
    await run('python3', ['-m', 'venv', into]);
    await run(join(into, 'bin/python'), ['-m', 'pip', 'install', '--quiet', `${name}==${version}`]);
  });
  return join(folder, 'bin/python');
};

const inList = (list: string): OraclePackage[] =>
  (JSON.parse(list) as { name: string; version: string }[]).map(({ name, version }) => ({
    bucket: 'pip',
    name,
    version,
    advised: name.toLowerCase(),
  }));

const pipList = async (path: string): Promise<OraclePackage[]> =>
  inList(await run('python3', ['-m', 'pip', 'list', '--path', path, '--format', 'json']));

/** A Debian with packages of Python. `install` returns those that the tool names. */
const installed =
  (install: (root: string, folder: string) => Promise<readonly OraclePackage[]>) =>
  async (folder: string): Promise<CorpusImage> => {
    const root = await debianRoot(folder);
    const packages = [...(await install(root, folder)), ...(await dpkgQuery(root))];
    return { packages, layout: await tarred(folder, root, '--sort=name') };
  };

const project = `[tool.poetry]
name = "app"
version = "1.0.0"
description = ""
authors = []
package-mode = false

[tool.poetry.dependencies]
python = ">=3.9"
requests = "2.31.0"
`;

export const python: readonly Recipe[] = [
  {
    name: 'pip',
    make: installed(async (root) => {
      const site = join(root, 'usr/local/lib/python3.11/site-packages');
      await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', site, requirement]);
      return pipList(site);
    }),
  },
  {
    name: 'uv',
    make: installed(async (root) => {
      const python3 = await pythonProgram('uv', '0.8.13');
      const uv = (...args: readonly string[]): Promise<string> =>
        run(python3, ['-m', 'uv', '--cache-dir', join(root, 'root/.cache/uv'), '--quiet', ...args]);
      const venv = join(root, 'srv/venv');
      await uv('venv', venv);
      await uv('pip', 'install', '--python', join(venv, 'bin/python'), '--link-mode', 'hardlink', requirement);
      return inList(await uv('pip', 'list', '--python', join(venv, 'bin/python'), '--format', 'json'));
    }),
  },
  {
    name: 'poetry',
    make: installed(async (root, folder) => {
      const python3 = await pythonProgram('poetry', '2.1.4');
      const app = join(root, 'srv/app');
      await written(app, { 'pyproject.toml': project });
      const env = { POETRY_VIRTUALENVS_IN_PROJECT: 'true', POETRY_CACHE_DIR: join(folder, 'cache') };
      await run(python3, ['-m', 'poetry', 'install', '--no-interaction'], { cwd: app, env });
      const site = (await run('bash', ['-c', 'echo .venv/lib/python3.*/site-packages'], { cwd: app })).trim();
      return pipList(join(app, site));
    }),
  },
];
