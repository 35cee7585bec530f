import { Failure } from '../terminal/failure.ts';

/** A digest that runs, with one of its namespaces. */
interface RunningImage {
  readonly digest: string;
  readonly namespace?: string;
}

export interface ReportedImages {
  readonly images: readonly RunningImage[];
  /** References of images without a known digest. */
  readonly leftOut: readonly string[];
}

type Lists<Name extends string, Part> = Readonly<Partial<Record<Name, readonly Part[]>>>;

interface PodSpec extends Lists<
  'containers' | 'initContainers' | 'ephemeralContainers',
  { readonly name: string; readonly image?: string }
> {
  readonly volumes?: readonly { readonly name: string; readonly image?: { readonly reference?: string } }[];
}

interface ContainerStatus {
  readonly name: string;
  readonly imageID?: string;
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly volumeStatus?: { readonly image?: { readonly imageRef?: string } };
  }[];
}

/** A Pod or a ReplicaSet, as far as it names images (`k8s.io/api`, core/v1 and apps/v1). */
interface Item {
  readonly kind?: string;
  readonly metadata?: { readonly namespace?: string };
  readonly spec?: PodSpec & { readonly replicas?: number; readonly template?: { readonly spec?: PodSpec } };
  readonly status?: Lists<
    'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses',
    ContainerStatus
  >;
}

interface List {
  readonly kind?: string;
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly Item[];
}

const pipe = 'pipe `kubectl get pods -A -o json` into the command';

/** A digest alone is the id of an image on its node, not the digest of a manifest. */
const digestIn = (reference = ''): string | undefined => /@(sha256:[0-9a-f]{64})$/.exec(reference)?.[1];

/**
 * The images that a report names: a PodList, a ReplicaSetList or a List of these as JSON, or a digest or a reference
 * with one in each line.
 *
 * @throws Failure `usage` if it is something else, a part of a list, or names no digest
 */
export const reportedIn = (text: string): ReportedImages => {
  const found = text.trimStart().startsWith('{') ? ofList(text) : ofLines(text);
  const images = found.flatMap(({ digest, namespace }) =>
    digest === undefined ? [] : [{ digest, ...(namespace === undefined ? {} : { namespace }) }],
  );
  if (images.length === 0) throw new Failure('usage', 'no digest is in the report, so nothing is sent', pipe);
  return {
    images: [...new Map(images.map((each) => [JSON.stringify(each), each])).values()],
    leftOut: [...new Set(found.flatMap(({ digest, reference = '' }) => (digest === undefined ? [reference] : [])))],
  };
};

interface Found extends Partial<RunningImage> {
  readonly reference?: string | undefined;
}

const ofLines = (text: string): Found[] =>
  text.split('\n').flatMap((padded, at) => {
    const line = padded.trim();
    if (line === '') return [];
    const digest = digestIn(line) ?? digestIn(`@${line}`);
    if (digest === undefined) throw new Failure('usage', `line ${at + 1} of the report names no digest: ${line}`);
    return [{ digest }];
  });

const ofList = (text: string): Found[] => {
  let list: List;
  try {
    list = JSON.parse(text) as List;
  } catch (error) {
    throw new Failure('usage', `the report is no JSON: ${(error as Error).message}`);
  }
  const { kind = '', metadata, items } = list;
  const isKnown = ({ kind: own = kind.replace(/List$/, '') }: Item): boolean => ['Pod', 'ReplicaSet'].includes(own);
  if (!items?.every(isKnown))
    throw new Failure('usage', `a report cannot be read from a ${kind || 'document without kind'}`, pipe);
  if (metadata?.continue) throw new Failure('usage', 'the list is only a part: it has more pages', pipe);
  return items.flatMap(ofItem);
};

const ofItem = ({ metadata: { namespace } = {}, spec = {}, status = {} }: Item): Found[] => {
  if (spec.template && spec.replicas === 0) return [];
  const { containers = [], initContainers = [], ephemeralContainers = [], volumes = [] } = spec.template?.spec ?? spec;
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = status;
  const statuses = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  const pulled = new Map(statuses.map(({ name, imageID }) => [name, imageID]));
  const mounts = statuses.flatMap(({ volumeMounts = [] }) => volumeMounts.filter((each) => each.volumeStatus?.image));
  const mounted = new Map(mounts.map(({ name, volumeStatus }) => [name, volumeStatus?.image?.imageRef]));
  const named = [
    ...[...containers, ...initContainers, ...ephemeralContainers].map(({ name, image }) => [image, pulled.get(name)]),
    ...volumes.flatMap(({ name, image }) => (image ? [[image.reference, mounted.get(name)]] : [])),
  ];
  return named.map(([reference, id]) => ({
    reference,
    ...(namespace === undefined ? {} : { namespace }),
    digest: digestIn(id) ?? digestIn(reference),
  })) as Found[];
};
