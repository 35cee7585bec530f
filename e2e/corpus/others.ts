import { join } from 'node:path';
import type { CorpusImage, OraclePackage, Recipe } from './recipe.ts';
import { debianRoot, dpkgQuery, tarred, written } from './roots.ts';
import { needs, run } from './tools.ts';

/** A Debian and packages that `install` adds. */
const withPackages =
  (install: (root: string, folder: string) => Promise<readonly OraclePackage[]>) =>
  async (folder: string): Promise<CorpusImage> => {
    const root = await debianRoot(folder);
    const packages = [...(await install(root, folder)), ...(await dpkgQuery(root))];
    return { packages, layout: await tarred(folder, root) };
  };

const gemspec = `Gem::Specification.new do |s|
  s.name = 'corpus-gem'
  s.version = '2.0.1'
  s.summary = 'a gem of the corpus'
  s.authors = ['Corpus']
  s.files = ['lib/corpus.rb']
  s.license = 'MIT'
end
`;

const phpPackage = {
  name: 'corpus/psr',
  version: '1.0.0',
  type: 'library',
  license: ['MIT'],
  autoload: { files: ['a.php'] },
};
const composerJson = (packaged: string): string =>
  JSON.stringify({
    name: 'corpus/app',
    repositories: [{ type: 'path', url: packaged, options: { symlink: false } }, { 'packagist.org': false }],
    require: { 'corpus/psr': '1.0.0' },
  });

const depsJson = {
  runtimeTarget: { name: '.NETCoreApp,Version=v8.0', signature: '' },
  compilationOptions: {},
  targets: {
    '.NETCoreApp,Version=v8.0': {
      'app/1.0.0': { dependencies: { 'Newtonsoft.Json': '12.0.1' }, runtime: { 'app.dll': {} } },
      'Newtonsoft.Json/12.0.1': {
        runtime: {
          'lib/netstandard2.0/Newtonsoft.Json.dll': { assemblyVersion: '12.0.0.0', fileVersion: '12.0.1.22727' },
        },
      },
    },
  },
  libraries: {
    'app/1.0.0': { type: 'project', serviceable: false, sha512: '' },
    'Newtonsoft.Json/12.0.1': {
      type: 'package',
      serviceable: true,
      sha512: 'sha512-jmVyoEyk0In8r+AObYQyFKVFm7uSRzE0XSHSwEtBJcvHMZr1XJ0J2m4Cc+ThBLgSvG5PIEp/3RyRmvb0Y5wNVA==',
      path: 'newtonsoft.json/12.0.1',
      hashPath: 'newtonsoft.json.12.0.1.nupkg.sha512',
    },
  },
};

const condaMeta = {
  build: 'py311h06a4308_0',
  build_number: 0,
  channel: 'https://repo.example.org/pkgs/main/linux-64',
  depends: [],
  files: [],
  fn: 'pyyaml-5.1-py311h06a4308_0.conda',
  license: 'MIT',
  name: 'pyyaml',
  subdir: 'linux-64',
  version: '5.1',
};

export const others: readonly Recipe[] = [
  {
    name: 'gem',
    make: withPackages(async (root, folder) => {
      await needs('gem');
      const project = join(folder, 'gem');
      const gems = join(root, 'var/lib/gems/3.1.0');
      await written(project, { 'corpus-gem.gemspec': gemspec, 'lib/corpus.rb': '' });
      const env = { GEM_HOME: gems, GEM_PATH: gems };
      await run('gem', ['build', '--quiet', 'corpus-gem.gemspec'], { cwd: project });
      await run('gem', ['install', '--local', '--no-document', 'corpus-gem-2.0.1.gem'], { cwd: project, env });
      const listed = (await run('gem', ['list', '--local'], { env })).matchAll(/^(\S+) \(([\d.]+)\)$/gm);
      return [...listed].map(([, name = '', version = '']) => ({ bucket: 'rubygems', name, version }));
    }),
  },
  {
    name: 'composer',
    make: withPackages(async (root, folder) => {
      await needs('composer', 'php');
      const packaged = join(folder, 'psr');
      const cwd = join(root, 'srv/app');
      await written(packaged, { 'composer.json': JSON.stringify(phpPackage), 'a.php': '<?php\n' });
      await written(cwd, { 'composer.json': composerJson(packaged) });
      const env = { COMPOSER_ALLOW_SUPERUSER: '1', COMPOSER_HOME: join(folder, 'home') };
      await run('composer', ['install', '--quiet', '--no-interaction'], { cwd, env });
      const listed = JSON.parse(await run('composer', ['show', '--format=json'], { cwd, env })) as {
        installed: { name: string; version: string }[];
      };
      return listed.installed.map(({ name, version }) => ({ bucket: 'composer', name, version }));
    }),
  },
  {
    name: 'dotnet',
    make: withPackages(async (root) => {
      await written(join(root, 'app'), { 'app.deps.json': JSON.stringify(depsJson, undefined, 2), 'app.dll': 'MZ' });
      return [{ bucket: 'nuget', name: 'Newtonsoft.Json', version: '12.0.1' }];
    }),
  },
  {
    name: 'conda',
    make: withPackages(async (root) => {
      await written(root, {
        'opt/conda/conda-meta/pyyaml-5.1-py311h06a4308_0.json': JSON.stringify(condaMeta, undefined, 2),
        'opt/conda/conda-meta/history': '',
      });
      return [{ bucket: 'conda', name: 'pyyaml', version: '5.1' }];
    }),
  },
];
