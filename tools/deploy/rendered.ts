import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { root } from './files.ts';
import { goProgram } from './programs.ts';

/** A Kubernetes object as helm writes it; callers reach its fields by path. */
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

/** Settings that switch on all that the chart has beside the suite. */
const everything = [
  'appArmor.enabled',
  'boards.enabled',
  'keda.enabled',
  'privateCa.enabled',
  'scrape.enabled',
  'seals.enabled',
  'seccompInstaller.enabled',
];

export const chart = join(root, 'charts/assay');
/** The files of an installation, as arguments of helm. */
export const valuesOf = (installation: string): string[] => ['--values', join(chart, `values-${installation}.yaml`)];

/** @throws Error with what helm refused */
export const helm = (...args: readonly string[]): string =>
  execFileSync(goProgram('helm'), args, { encoding: 'utf8', maxBuffer: 64 * 2 ** 20, stdio: 'pipe' });

export const objectsIn = (yaml: string): Rendered[] =>
  parseAllDocuments(yaml)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null);

/** The installations of the whole suite, by their files of values. */
export const installations: readonly string[] = ['laptop', 'production'];

/** @throws Error with what helm finds wrong in the chart, given the values of an installation */
export const linted = (installation: string): string => helm('lint', '--strict', chart, ...valuesOf(installation));

/** The objects of an installation as helm writes them, as YAML. */
export const rendered = (installation: string, settings: readonly string[] = []): string =>
  helm(
    'template',
    'assay',
    chart,
    '--namespace',
    'assay',
    ...valuesOf(installation),
    ...settings.flatMap((setting) => ['--set', setting]),
  );

/** The production installation with all that the chart has, so that unused parts are rendered too. */
export const renderedWithAll = (): string =>
  rendered(
    'production',
    everything.map((name) => `${name}=true`),
  );

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
  readonly [field: string]: unknown;
}

interface Template {
  readonly metadata?: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: Pod;
}

const workloads = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'];

/** The workloads that run pods, each with its pod. */
export const podsOf = (
  objects: readonly Rendered[],
): { object: Rendered; labels: Readonly<Record<string, string>>; pod: Pod }[] =>
  objects
    .filter(({ kind }) => workloads.includes(kind))
    .map((object) => {
      const spec = object['spec'] as { jobTemplate?: { spec: { template: Template } }; template: Template };
      const { metadata, spec: pod } = (spec.jobTemplate?.spec ?? spec).template;
      return { object, labels: metadata?.labels ?? {}, pod };
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
