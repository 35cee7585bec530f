// Gives every package its build, test and lint target, so that no package needs a project.json.
import { dirname } from 'node:path';
import { existsSync, readFileSync } from 'node:fs';

export const name = 'assay-targets';

const targets = (root) => ({
  build: {
    command: `tsc -b ${root}${existsSync(`${root}/build.mjs`) ? ` && node ${root}/build.mjs` : ''}`,
    dependsOn: ['^build'],
    cache: true,
    inputs: ['src', '^src'],
    outputs: ['{projectRoot}/dist'],
  },
  test: { command: `vitest run --project 'unit-*' ${root}/`, cache: true, inputs: ['src', '^src', 'test'] },
  lint: { command: `node tools/checks/lint.ts ${root}`, cache: true, inputs: ['src', 'test'] },
});

export const createNodesV2 = [
  '{apps,libs}/*/package.json',
  async (files, _options, { workspaceRoot }) =>
    files.map((file) => {
      const root = dirname(file);
      const { name } = JSON.parse(readFileSync(`${workspaceRoot}/${file}`, 'utf8'));
      return [file, { projects: { [root]: { name, root, targets: targets(root) } } }];
    }),
];
