import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown, type Plugin } from 'rolldown';
import { isOurs, licensesOf, packed, root, staged } from './bundle.ts';

const name = 'assay-client';
const main = join(root, 'apps/assay/src/client-main.ts');

/** Code for a module that belongs to the suite. */
const noSuite = `
import { Failure } from '${root}/apps/assay/src/terminal/failure.ts';
throw new Failure('no-suite', 'the client has no suite of its own', 
  'set ASSAY_URL and ASSAY_API_TOKEN, or use assay-suite');
`;

/** The settings of commands, instead of the file with the settings of all services. */
const settings = (): string => {
  const all = JSON.parse(readFileSync(join(root, 'libs/settings/settings.json'), 'utf8')) as { readers: string[] }[];
  const own = all.filter(({ readers }) => readers.includes('commands'));
  return `export const everySetting = () => ${JSON.stringify(own)};`;
};

/** The program, after a substitute for each function that Node 20 lacks. */
const entry = `
import 'core-js/actual/json/index.js';
import 'core-js/actual/map/group-by.js';
import 'core-js/actual/url/parse.js';
import '${main}';
`;

/** Commands import what belongs to the suite only when they run: these imports end with a failure. */
const withoutSuite: Plugin = {
  name: 'without-suite',
  resolveId: (source, importer, { kind }) => {
    if (source === 'entry') return join(root, 'entry.js');
    const isOfSuite = kind === 'dynamic-import' && importer !== undefined && isOurs(importer);
    return isOfSuite && !source.endsWith('/statement.ts') ? join(root, 'no-suite.js') : undefined;
  },
  load: (id) =>
    ({
      [join(root, 'entry.js')]: entry,
      [join(root, 'no-suite.js')]: noSuite,
      [join(root, 'libs/settings/src/catalogue.ts')]: settings(),
    })[id],
};

/**
 * Packs the client: one file for Node 20 or newer, without dependencies.
 * @returns the path of the tarball
 * @throws Error if the file would need a package
 */
export const packClient = async (out: string): Promise<string> => {
  const folder = staged(out, name);
  const built = await rolldown({
    input: { assay: 'entry' },
    cwd: root,
    platform: 'node',
    // From the sources: nothing has to be built before.
    resolve: { conditionNames: ['@assay/source', 'node', 'import', 'default'] },
    transform: { target: 'node20', decorator: { legacy: true, emitDecoratorMetadata: true } },
    tsconfig: false,
    plugins: [withoutSuite],
    // These are found, and nothing of them is left at the end.
    external: /^(@node-rs\/crc32|lz4-napi|snappy|@duckdb\/.*|kafkajs)$/,
    treeshake: { moduleSideEffects: (id, isExternal) => id === main || (!isExternal && !isOurs(id)) },
    logLevel: 'silent',
  });
  const { output } = await built.write({
    dir: folder,
    format: 'esm',
    codeSplitting: false,
    banner: '#!/usr/bin/env node',
  });
  const needed = output.flatMap((file) => (file.type === 'chunk' ? [...file.imports, ...file.dynamicImports] : []));
  const strange = needed.filter((each) => !each.startsWith('node:') && each !== output[0].fileName);
  if (output.length !== 1 || strange.length > 0)
    throw new Error(`the client is no single file: it has ${output.length} and needs ${strange.join(', ')}`);
  writeFileSync(join(folder, 'LICENSES.txt'), licensesOf(output[0].moduleIds));
  writeFileSync(join(folder, 'README.md'), readme);
  return packed(out, folder, {
    name,
    description: 'Asks a suite of Assay about container images: status, gate, reasons and fixes',
    bin: { assay: 'assay.js' },
    engines: { node: '>=20' },
  });
};

const readme = `# assay-client

The command line of Assay for pipelines and people: one file, Node 20 or newer, nothing else.

    export ASSAY_URL=https://assay.example.com ASSAY_API_TOKEN=...
    assay gate sha256:... --wait 120    # 0 allow, 1 deny, 2 unknown
    assay status                        # all images, the worst first
    assay why team/web:1.0              # the findings, and what decides

\`assay --help\` lists all commands and exit codes. The suite itself is in the package \`assay-suite\`.
`;
