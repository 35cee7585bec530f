/**
 * Renders `k8s/` by kustomize and `charts/assay` by helm, and prints each difference of their objects.
 * `node tools/deploy/compare.ts`; HELM and KUSTOMIZE name the programs.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { root } from './files.ts';

type Tree = { [field: string]: unknown };

const run = (program: string, args: readonly string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', maxBuffer: 64 * 2 ** 20, stdio: ['ignore', 'pipe', 'ignore'] });

const chart = (values: string, ...set: string[]): string => {
  const folder = join(root, 'charts/assay');
  const files = ['--values', join(folder, `values-${values}.yaml`)];
  const given = set.flatMap((each) => ['--set', each]);
  const place = ['--namespace', 'assay'];
  return run(process.env['HELM'] ?? 'helm', ['template', 'assay', folder, ...place, ...files, ...given]);
};

const kustomized = (resource: string, components: readonly string[] = []): string => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-compared-'));
  const from = (path: string): string => relative(folder, join(root, 'k8s', path));
  try {
    writeFileSync(
      join(folder, 'kustomization.yaml'),
      JSON.stringify({
        resources: [from(resource)],
        components: components.map((name) => from(`components/${name}`)),
      }),
    );
    return run(process.env['KUSTOMIZE'] ?? 'kustomize', ['build', folder]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Names of ConfigMaps without kustomize's hash; annotations and labels of one of the tools dropped. */
const plain = (value: unknown, field = ''): unknown => {
  if (typeof value === 'string')
    return value.replace(/^(assay-settings|gateway|registry-door|seccomp-profile)-[a-z0-9]{10}$/, '$1');
  if (Array.isArray(value)) {
    const items = value.map((each) => plain(each));
    if (!['env', 'volumes', 'volumeMounts'].includes(field)) return items;
    return (items as { name: string }[]).toSorted((a, b) => a.name.localeCompare(b.name));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([name]) => !(field === 'annotations' && /^(helm\.sh|checksum)\//.test(name)))
    .filter(([name]) => !['helm.sh/chart', 'app.kubernetes.io/managed-by'].includes(name))
    .map(([name, each]) => [name, plain(each, name)] as const)
    .filter(([name, each]) => !(['annotations', 'labels'].includes(name) && Object.keys(each as Tree).length === 0));
  return Object.fromEntries(entries);
};

const objectsOf = (yaml: string): Map<string, Tree> => {
  const objects = new Map<string, Tree>();
  for (const document of parseAllDocuments(yaml)) {
    const object = plain(document.toJS()) as { kind: string; metadata: { name: string; namespace?: string } } | null;
    if (object === null) continue;
    const key = `${object.kind} ${object.metadata.namespace ?? '-'}/${object.metadata.name}`;
    if (objects.has(key)) throw new Error(`${key} is there twice`);
    objects.set(key, object as unknown as Tree);
  }
  return objects;
};

const differencesOf = (a: unknown, b: unknown, path = ''): string[] => {
  if (isDeepStrictEqual(a, b)) return [];
  const areTrees = [a, b].every((each) => typeof each === 'object' && each !== null);
  if (areTrees && Array.isArray(a) === Array.isArray(b)) {
    const named = (tree: unknown): Tree =>
      Array.isArray(tree) && tree.every((each: unknown) => typeof (each as Tree)?.['name'] === 'string')
        ? Object.fromEntries(tree.map((each: Tree) => [each['name'], each]))
        : (tree as Tree);
    const [left, right] = [named(a), named(b)];
    return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap((field) =>
      differencesOf(left[field], right[field], `${path}.${field}`),
    );
  }
  const shown = (each: unknown): string => (JSON.stringify(each) ?? 'nothing').slice(0, 300);
  return [`  ${path}: kustomize ${shown(a)}, helm ${shown(b)}`];
};

const off = ['discovery.enabled=false', 'discovery.webhooks=false', 'identity.clientId='];
const flags: Readonly<Record<string, string>> = {
  advisories: 'suite.enabled=true',
  apparmor: 'appArmor.enabled=true',
  boards: 'boards.enabled=true',
  keda: 'keda.enabled=true',
  'private-ca': 'privateCa.enabled=true',
  scrape: 'scrape.enabled=true',
  seals: 'seals.enabled=true',
  seccomp: 'seccompInstaller.enabled=true',
};
const cases: readonly (readonly [name: string, kustomize: () => string, helm: () => string])[] = [
  ['laptop', () => kustomized('overlays/laptop'), () => chart('laptop')],
  ['production', () => kustomized('overlays/production'), () => chart('production', ...off)],
  ...['apparmor', 'boards', 'keda', 'private-ca', 'scrape', 'seals'].map(
    (name) =>
      [
        `laptop and ${name}`,
        () => kustomized('overlays/laptop', [name]),
        () => chart('laptop', flags[name]!, ...(name === 'keda' ? ['keda.prometheus=http://prometheus'] : [])),
      ] as const,
  ),
  ...['apparmor', 'boards', 'private-ca', 'scrape', 'seccomp'].map(
    (name) =>
      [
        `production and ${name}`,
        () => kustomized('overlays/production', [name]),
        () => chart('production', ...off, flags[name]!),
      ] as const,
  ),
  [
    'production and all components',
    () => kustomized('overlays/production', ['apparmor', 'boards', 'private-ca', 'scrape', 'seccomp']),
    () => chart('production', ...off, ...Object.values(flags)),
  ],
  ['production with discovery', () => kustomized('overlays/production'), () => chart('production')],
  ['running', () => kustomized('running'), () => chart('reporter')],
];

for (const [name, kustomize, helm] of cases) {
  const [before, after] = [objectsOf(kustomize()), objectsOf(helm())];
  const lines = [...new Set([...before.keys(), ...after.keys()])].toSorted().flatMap((key) => {
    if (!after.has(key)) return [`${key}: only kustomize`];
    if (!before.has(key)) return [`${key}: only helm`];
    const differences = differencesOf(before.get(key), after.get(key));
    return differences.length === 0 ? [] : [key, ...differences];
  });
  console.log(`## ${name}: ${before.size} and ${after.size} objects, ${lines.length === 0 ? 'equal' : 'different'}`);
  if (lines.length > 0) console.log(lines.join('\n'));
}
