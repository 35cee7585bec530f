import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { root } from './files.ts';
import { goProgram } from './programs.ts';

/** A Kubernetes object as kustomize writes it; callers reach its fields by path. */
export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

const build = (folder: string): string =>
  execFileSync(goProgram('kustomize'), ['build', folder], { encoding: 'utf8', maxBuffer: 64 * 2 ** 20 });

export const objectsIn = (yaml: string): Rendered[] =>
  parseAllDocuments(yaml).map((document) => document.toJS() as Rendered);

export const overlays: readonly string[] = readdirSync(join(root, 'k8s/overlays'));

export const renderedOverlay = (overlay: string): string => build(join(root, 'k8s/overlays', overlay));

/** The production overlay with all existing components, so that unused ones are built too. */
export const renderedWithAll = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-kustomize-'));
  const from = (path: string): string => relative(folder, join(root, 'k8s', path));
  // The overlay has these itself, and services get theirs from the base.
  const others = readdirSync(join(root, 'k8s/components')).filter(
    (name) => !['service', 'keda', 'advisories', 'seals'].includes(name),
  );
  try {
    writeFileSync(
      join(folder, 'kustomization.yaml'),
      JSON.stringify({
        resources: [from('overlays/production')],
        components: others.map((name) => from(`components/${name}`)),
      }),
    );
    return build(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string }; readonly fieldRef?: object };
  }[];
  readonly envFrom?: readonly { readonly configMapRef?: { readonly name: string } }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext?: { readonly [field: string]: unknown };
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string>>;
    readonly limits?: Readonly<Record<string, string>>;
  };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly [field: string]: unknown;
}

export interface Pod {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly {
    readonly name: string;
    readonly emptyDir?: object;
    readonly hostPath?: object;
    readonly secret?: { readonly secretName: string };
  }[];
  readonly securityContext?: { readonly [field: string]: unknown };
  readonly automountServiceAccountToken?: boolean;
  readonly hostUsers?: boolean;
  readonly terminationGracePeriodSeconds?: number;
}

const workloads = ['Deployment', 'StatefulSet', 'DaemonSet'];

/** The workloads that run pods, each with its pod. */
export const podsOf = (
  objects: readonly Rendered[],
): { object: Rendered; labels: Readonly<Record<string, string>>; pod: Pod }[] =>
  objects
    .filter(({ kind }) => workloads.includes(kind))
    .map((object) => {
      const { template } = object['spec'] as { template: { metadata: { labels: Record<string, string> }; spec: Pod } };
      return { object, labels: template.metadata.labels, pod: template.spec };
    });

/** The environment of a container; a value from another object is shown as its source. */
export const environmentOf = (
  { env = [], envFrom = [] }: Container,
  namespace: string | undefined,
  objects: readonly Rendered[],
): Record<string, unknown> => ({
  ...(Object.assign(
    {},
    ...envFrom.map(
      ({ configMapRef }) =>
        objects.find(
          ({ kind, metadata }) =>
            kind === 'ConfigMap' && metadata.name === configMapRef?.name && metadata.namespace === namespace,
        )?.['data'],
    ),
  ) as Record<string, unknown>),
  ...Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom])),
});
