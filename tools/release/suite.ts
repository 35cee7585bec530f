import { cpSync, globSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { manifestIn, packed, root, staged } from './bundle.ts';

const name = 'assay-suite';

/** Files that the suite reads beside its code, at the same place as in this repository. */
const assets = [
  'apps/assay/bin',
  'apps/portal/dist',
  // It runs alone in a sandbox.
  'apps/sandbox-runner/dist/witness/program',
  'docs/openapi.json',
  'e2e/images',
  'libs/events/schemas',
  'libs/settings/settings.json',
];

/** The packages of this repository that the command line needs, itself included, by folder. */
const packagesOf = (app: string): ReadonlySet<string> => {
  const folders = new Map(
    globSync(['apps/*', 'libs/*'], { cwd: root }).map((each) => [manifestIn(join(root, each)).name, each]),
  );
  const found = new Set<string>();
  const add = (folder: string): void => {
    if (found.has(folder)) return;
    found.add(folder);
    for (const each of Object.keys(manifestIn(join(root, folder)).dependencies ?? {}))
      if (folders.has(each)) add(folders.get(each)!);
  };
  add(app);
  return found;
};

/** The versions of libraries that packages need. */
const dependenciesOf = (packages: ReadonlySet<string>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...packages]
      .flatMap((folder) => Object.entries(manifestIn(join(root, folder)).dependencies ?? {}))
      .filter(([, of]) => of !== '*')
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );

/**
 * Packs the suite: each file of our code at its place, so that workers, processes of their own and assets are found as
 * here, but without the name of a package of ours in it. Libraries stay dependencies, since tracing instruments them.
 *
 * @returns the path of the tarball
 */
export const packSuite = async (out: string): Promise<string> => {
  const folder = staged(out, name);
  const packages = packagesOf('apps/assay');
  // Not what lies in `dist`: files of an earlier build may be left there.
  const sources = globSync(
    [...packages].map((each) => `${each}/src/**/*.ts`),
    { cwd: root },
  );
  const files = sources
    .filter((each) => !/\.(spec|d)\.ts$/.test(each))
    .map((each) => each.replace('/src/', '/dist/').slice(0, -'.ts'.length))
    .toSorted();
  const names = new Set([...packages].map((each) => manifestIn(join(root, each)).name));
  const nameOf = (id: string): string => /^(@[^/]+\/)?[^/]+/.exec(id)![0];
  const built = await rolldown({
    input: Object.fromEntries(files.map((file) => [file, join(root, `${file}.js`)])),
    cwd: root,
    platform: 'node',
    external: (id) => !/^[./\0]/.test(id) && !names.has(nameOf(id)),
    logLevel: 'silent',
  });
  await built.write({
    dir: folder,
    format: 'esm',
    preserveModules: true,
    preserveModulesRoot: root,
    entryFileNames: '[name].js',
  });
  for (const asset of assets) {
    rmSync(join(folder, asset), { recursive: true, force: true });
    cpSync(join(root, asset), join(folder, asset), {
      recursive: true,
      filter: (each) => !/\.(d\.ts|map|tsbuildinfo)$/.test(each),
    });
  }
  writeFileSync(join(folder, 'README.md'), readme);
  const { optionalDependencies } = manifestIn(root);
  return packed(out, folder, {
    name,
    description: 'Assesses container images when they are pushed: the whole suite in one process',
    bin: { assay: 'apps/assay/bin/assay.js' },
    engines: { node: '>=20' },
    dependencies: dependenciesOf(packages),
    optionalDependencies,
  });
};

const readme = `# assay-suite

Assay in one process: a registry to push to, the six services, the portal, and the command line. On Linux with Node 20
or newer (it starts itself with the Node 24 beside it); the first start fetches the scanner with Python's pip.

    assay demo    # real images from push to charge, in seconds
    assay up      # a suite to push to, with its portal
    assay doctor  # what this machine lacks, if anything

Its data lie in \`.assay\` of the folder in which it is started. Pipelines need only the package \`assay-client\`.
`;
