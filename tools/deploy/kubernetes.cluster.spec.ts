import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApiServer, type ApiServer } from './api-server.ts';
import { goModule } from './programs.ts';
import { chart, helm, objectsIn, podsOf, rendered, renderedWithAll, valuesOf, type Rendered } from './rendered.ts';

/** Modules that define the kinds of others, with the checksums of their go.sum. */
const definitions = () => {
  const keda = goModule('github.com/kedacore/keda/v2', 'v2.20.1', 'h1:0Bb2zX/s+RSPtU2W+/Jk24A/aFl8MO79UuU0C4lA8ts=');
  const prometheus = goModule(
    'github.com/prometheus-operator/prometheus-operator',
    'v0.85.0',
    'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=',
  );
  return [
    join(keda, 'config/crd/bases/keda.sh_scaledobjects.yaml'),
    join(keda, 'config/crd/bases/keda.sh_triggerauthentications.yaml'),
    join(prometheus, 'example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml'),
    join(prometheus, 'example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml'),
  ].map((file) => readFileSync(file, 'utf8'));
};

const installations: readonly (readonly [name: string, yaml: () => string])[] = [
  ['a laptop', () => rendered('laptop')],
  ['production', () => rendered('production')],
  ['production with all that the chart has', renderedWithAll],
  ['a cluster that reports', () => rendered('reporter')],
];

const jsonOf = (objects: readonly object[]): string => objects.map((each) => JSON.stringify(each)).join('\n');

let server: ApiServer;
const apply = (yaml: string, ...args: readonly string[]): string[] =>
  server
    .kubectl(['apply', '--server-side', ...args, '-f', '-'], yaml)
    .trimEnd()
    .split('\n');

beforeAll(async () => {
  server = await startApiServer();
  apply(definitions().join('---\n'));
  server.kubectl(['wait', '--for=condition=Established', '--all', 'crd']);
});
afterAll(() => server?.stop());

describe.each(installations)('a real API server, asked for %s,', (_, render) => {
  let yaml: string;
  let objects: Rendered[];
  beforeAll(() => {
    yaml = render();
    objects = objectsIn(yaml);
    // Without them, it answers for nothing inside them.
    apply(jsonOf(objects.filter(({ kind }) => kind === 'Namespace')));
  });

  it('takes each object, and warns of none', () => {
    const lines = apply(yaml, '--dry-run=server');
    expect(lines.filter((line) => !line.endsWith(' serverside-applied (server dry run)'))).toEqual([]);
    expect(lines).toHaveLength(objects.length);
    expect(objects.length).toBeGreaterThan(4);
  });

  it('admits the pods of each workload at the level of their namespace', () => {
    const pods = podsOf(objects).map(({ object: { metadata, spec }, labels, pod }) => {
      const { volumeClaimTemplates = [] } = spec as { volumeClaimTemplates?: { metadata: { name: string } }[] };
      const claimed = volumeClaimTemplates.map(({ metadata: { name } }) => ({ name, emptyDir: {} }));
      return {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: metadata.name, namespace: metadata.namespace, labels },
        spec: { ...pod, volumes: [...(pod.volumes ?? []), ...claimed] },
      };
    });
    expect(apply(jsonOf(pods), '--dry-run=server')).toHaveLength(pods.length);
    expect(pods.length).toBeGreaterThan(0);
  });
});

// The last one: without a controller, a namespace that helm deletes never ends.
it('helm installs the chart beside the secrets that were made before, and leaves them when it uninstalls', () => {
  const namespaces = ['assay', 'assay-runner', 'assay-data'];
  apply(jsonOf(namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))));
  server.kubectl(['-n', 'assay', 'create', 'secret', 'generic', 'assay-api', '--from-literal=token=t']);
  const place = ['--namespace', 'assay', ...server.forHelm];
  const install = ['upgrade', '--install', 'assay', chart, '--create-namespace', '--take-ownership'];
  expect(helm(...install, ...place, ...valuesOf('laptop'))).toContain('STATUS: deployed');
  const deployed = server.kubectl(['get', 'deployments', '-A', '-o', 'name']).trimEnd().split('\n');
  expect(deployed).toHaveLength(9);
  expect(helm(...install, ...place, ...valuesOf('laptop'))).toContain('REVISION: 2');
  helm('uninstall', 'assay', ...place);
  expect(server.kubectl(['get', 'deployments', '-A', '-o', 'name'])).not.toContain('deployment');
  expect(server.kubectl(['-n', 'assay', 'get', 'secrets', '-o', 'name'])).toContain('secret/assay-api');
});
