import { Failure } from '../terminal/failure.ts';

/** A digest that runs, with one of its namespaces. */
export interface RunningImage {
  readonly digest: string;
  readonly namespace?: string;
}

export interface ReportedImages {
  readonly images: readonly RunningImage[];
  /** References of images without a known digest. */
  readonly leftOut: readonly string[];
}

interface Container {
  readonly name: string;
  readonly image?: string;
}

interface ContainerStatus {
  readonly name: string;
  readonly imageID?: string;
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly volumeStatus?: { readonly image?: { readonly imageRef?: string } };
  }[];
}

type Three<Part, Of extends string> = Readonly<Partial<Record<Of, readonly Part[]>>>;

interface PodSpec extends Three<Container, 'containers' | 'initContainers' | 'ephemeralContainers'> {
  readonly volumes?: readonly { readonly name: string; readonly image?: { readonly reference?: string } }[];
}

/** A Pod or a ReplicaSet, as far as it names images (`k8s.io/api`, core/v1 and apps/v1). */
interface Item {
  readonly kind?: string;
  readonly metadata?: { readonly namespace?: string };
  readonly spec?: PodSpec & { readonly replicas?: number; readonly template?: { readonly spec?: PodSpec } };
  readonly status?: Three<
    ContainerStatus,
    'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses'
  >;
}

interface List {
  readonly kind?: string;
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly Item[];
}

/** A digest alone is the id of an image on its node, not the digest of a manifest. */
const digestIn = (reference: string | undefined): string | undefined =>
  /@(sha256:[0-9a-f]{64})$/.exec(reference ?? '')?.[1];

/**
 * The images that a report names: a PodList, a ReplicaSetList or a List of these as JSON, or a digest or a reference
 * with one in each line.
 *
 * @throws Failure `usage` if it is something else, a part of a list, or names no digest
 */
export const reportedIn = (text: string): ReportedImages => {
  const found = text.trimStart().startsWith('{') ? ofList(parsed(text)) : ofLines(text);
  const images = [...new Map(found.images.map((each) => [`${each.namespace ?? ''} ${each.digest}`, each])).values()];
  if (images.length === 0)
    throw new Failure(
      'usage',
      'no digest is in the report, so nothing is sent',
      'check the command that lists the pods',
    );
  return { images, leftOut: [...new Set(found.leftOut)] };
};

const parsed = (text: string): List => {
  try {
    return JSON.parse(text) as List;
  } catch (error) {
    throw new Failure('usage', `the report is no JSON: ${(error as Error).message}`);
  }
};

const ofLines = (text: string): ReportedImages => {
  const lines = text.split('\n').map((line) => line.trim());
  const images = lines.flatMap((line, at) => {
    if (line === '') return [];
    const digest = /^sha256:[0-9a-f]{64}$/.test(line) ? line : digestIn(line);
    if (digest === undefined) throw new Failure('usage', `line ${at + 1} of the report names no digest: ${line}`);
    return [{ digest }];
  });
  return { images, leftOut: [] };
};

const kinds: readonly (string | undefined)[] = ['Pod', 'ReplicaSet'];

const ofList = ({ kind = '', metadata, items }: List): ReportedImages => {
  if (!items || !items.every((item) => kinds.includes(item.kind ?? kind.replace(/List$/, ''))))
    throw new Failure('usage', `a report cannot be read from a ${kind || 'document without kind'}`, pipe);
  if (metadata?.continue) throw new Failure('usage', 'the list is only a part: it has more pages', pipe);
  const all = items.map(ofItem);
  return { images: all.flatMap(({ images }) => images), leftOut: all.flatMap(({ leftOut }) => leftOut) };
};

const pipe = 'pipe `kubectl get pods -A -o json` into the command';

const ofItem = ({ metadata, spec, status = {} }: Item): ReportedImages => {
  if (spec?.template && spec.replicas === 0) return { images: [], leftOut: [] };
  const {
    containers = [],
    initContainers = [],
    ephemeralContainers = [],
    volumes = [],
  } = spec?.template?.spec ?? spec ?? {};
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = status;
  const statuses = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  const mounts = statuses.flatMap(({ volumeMounts = [] }) => volumeMounts);
  const named = [
    ...[...containers, ...initContainers, ...ephemeralContainers].map(({ name, image }) => ({
      reference: image,
      pulled: statuses.find((each) => each.name === name)?.imageID,
    })),
    ...volumes.flatMap(({ name, image }) =>
      image
        ? [
            {
              reference: image.reference,
              pulled: mounts.find((each) => each.name === name && each.volumeStatus?.image)?.volumeStatus?.image
                ?.imageRef,
            },
          ]
        : [],
    ),
  ].map(({ reference, pulled }) => ({ reference, digest: digestIn(pulled) ?? digestIn(reference) }));
  const namespace = metadata?.namespace;
  return {
    images: named.flatMap(({ digest }) =>
      digest === undefined ? [] : [{ digest, ...(namespace ? { namespace } : {}) }],
    ),
    leftOut: named.flatMap(({ digest, reference }) => (digest === undefined ? [reference ?? ''] : [])),
  };
};
