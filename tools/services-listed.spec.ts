import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { expect, it } from 'vitest';
import { flow } from '@assay/events';
import { services as composed, stages } from './deploy/composed.ts';
import { read, root } from './deploy/files.ts';

/** The images and apps of the command line and of the page, which are no services. */
const noServices = ['assay', 'cli', 'portal'];
const foldersIn = (kind: string): string[] =>
  readdirSync(join(root, kind)).filter((name) => existsSync(join(root, kind, name, 'package.json')));
const libs = foldersIn('libs');

const json = <T>(path: string): T => JSON.parse(read(path)) as T;

/** The apps of paths such as `../../apps/billing`. */
const appsOf = (paths: readonly string[]): string[] =>
  paths.flatMap((path) => /(?:^|\/)apps\/([\w-]+)$/.exec(path)?.[1] ?? []);

const referencesIn = (path: string): string[] =>
  appsOf(json<{ references: { path: string }[] }>(path).references.map((reference) => reference.path));

/** The names in a value of ASSAY_SERVICES. */
const addressedIn = (text: string): string[] => [...text.matchAll(/([\w-]+)=http:/g)].map(([, name]) => name!);

/** The names in the list of a text that names sandbox-runner among others. */
const listedIn = (text: string): string[] =>
  [...text.matchAll(/[\w-]+(?:, [\w-]+){2,}/g)]
    .map(([list]) => list.split(', '))
    .find((names) => names.includes('sandbox-runner')) ?? [];

/**
 * Each list of services outside the code, and the names in it. The compiler checks the lists in the code:
 * apps/assay/src/suite/services.ts and e2e/simulation/services/services.ts.
 */
const lists: readonly (readonly [where: string, names: readonly string[]])[] = [
  ['apps/', foldersIn('apps')],
  ['tsconfig.json', referencesIn('tsconfig.json')],
  ['package-lock.json', appsOf(Object.keys(json<{ packages: object }>('package-lock.json').packages))],
  [
    'apps/assay/package.json',
    Object.keys(json<{ dependencies: object }>('apps/assay/package.json').dependencies)
      .flatMap((name) => /^@assay\/(.+)$/.exec(name)?.[1] ?? [])
      .filter((name) => !libs.includes(name)),
  ],
  ['apps/assay/tsconfig.json', referencesIn('apps/assay/tsconfig.json')],
  ['docker/Dockerfile (files)', (/RUN for app in ([\w -]+);/.exec(read('docker/Dockerfile'))?.[1] ?? '').split(' ')],
  [
    'docker/Dockerfile (targets)',
    stages.flatMap(({ name, lines }) => (lines.includes(`CMD ["node", "apps/${name}/dist/main.js"]`) ? name : [])),
  ],
  ['apps/assay/src/commands/operation/rebuild.ts', listedIn(read('apps/assay/src/commands/operation/rebuild.ts'))],
  ['docker/compose.yml (services)', Object.values(composed).flatMap(({ build }) => build?.target ?? [])],
  [
    'docker/compose.yml (ASSAY_SERVICES)',
    addressedIn(String(composed['recommendation']?.environment?.['ASSAY_SERVICES'])),
  ],
  [
    'charts/assay/files/services.yaml',
    (parse(read('charts/assay/files/services.yaml')) as { name: string }[]).map(({ name }) => name),
  ],
  [
    'charts/assay/values.yaml (services)',
    Object.keys((parse(read('charts/assay/values.yaml')) as { services: object }).services),
  ],
  ['docs/operations.md (order of an upgrade)', listedIn(read('docs/operations.md'))],
  [
    'charts/assay/README.md (order of an upgrade)',
    [...read('charts/assay/README.md').matchAll(/for service in ([\w -]+);|set image deployment\/([\w-]+) /g)].flatMap(
      ([, several, one]) => one ?? several!.split(' '),
    ),
  ],
];

/** The services that a list lacks, and the names in it that are no service: a line each. */
const differences = (services: readonly string[]): string[] =>
  lists.flatMap(([where, names]) => [
    ...services.filter((name) => !names.includes(name)).map((name) => `${where} lacks ${name}`),
    ...names
      .filter((name) => !services.includes(name) && !noServices.includes(name))
      .map((name) => `${where} has ${name}, which libs/events/src/flow.ts has not`),
  ]);

const apps: readonly string[] = flow.map(({ app }) => app);

it('every list of services has those of flow.ts, and no other', () => {
  expect(differences(apps)).toEqual([]);
});

it('a service that is missing is named with each list that lacks it', () => {
  expect(differences([...apps, 'newcomer'])).toEqual(lists.map(([where]) => `${where} lacks newcomer`));
  expect(differences(apps.filter((name) => name !== 'classifier'))).toEqual(
    lists.map(([where]) => `${where} has classifier, which libs/events/src/flow.ts has not`),
  );
});

it('an upgrade goes against the flow, from its end', () => {
  const orders = lists.filter(([where]) => where.endsWith('(order of an upgrade)'));
  for (const [where, names] of orders) expect(names, where).toEqual(apps.toReversed());
});
