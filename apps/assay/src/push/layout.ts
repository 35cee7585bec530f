import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { isDigest } from '@assay/events/patterns';
import { Failure } from '../terminal/failure.ts';
import { looksRemote, referenceOfLayout, type Reference } from './reference.ts';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly platform?: { readonly os?: string; readonly architecture?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Layout {
  readonly directory: string;
  readonly names: readonly string[];
  readonly reference: Reference;
  /** Undefined if the layout has several images and none was named. */
  readonly digest: string | undefined;
  /** Children of an index; empty for an image. */
  readonly children: readonly Descriptor[];
}

const refName = 'org.opencontainers.image.ref.name';
const howToGetOne = '`skopeo copy docker://IMAGE oci:DIR:TAG` makes one';

const json = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8')) as unknown;

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Checks the members that are used. The digest becomes part of a path. */
const isDescriptor = (value: unknown): value is Descriptor =>
  typeof value === 'object' && value !== null && isDigest((value as Descriptor).digest);

const noLayout = async (given: string, directory: string): Promise<Failure> => {
  if (!(await exists(directory))) {
    if (!looksRemote(given)) return new Failure('not-found', `there is no folder ${given}`, howToGetOne);
    return new Failure(
      'usage',
      `${given} is in a registry, but push takes an OCI layout`,
      `copy it yourself: skopeo copy --dest-tls-verify=false docker://${given.replace(/^docker:\/\//, '')} ` +
        'docker://127.0.0.1:5010/NAME:TAG (it is assessed on arrival)',
    );
  }
  return new Failure(
    'usage',
    `${given} is not an OCI image layout: its index.json lists no readable manifest`,
    howToGetOne,
  );
};

/** Reads the images of a layout and their names. */
export const readLayout = async (given: string, at: string, named?: Reference): Promise<Layout> => {
  const directory = resolve(at, given);
  const index = (await json(join(directory, 'index.json')).catch(() => undefined)) as
    | { manifests?: readonly Descriptor[] }
    | undefined;
  if (!Array.isArray(index?.manifests)) throw await noLayout(given, directory);
  const manifests: readonly Descriptor[] = index.manifests;
  if (!manifests.every(isDescriptor)) throw await noLayout(given, directory);
  const names = manifests.map(({ annotations }) => annotations?.[refName]).filter((name) => name !== undefined);
  if (manifests.length === 0) throw new Failure('usage', `${given} has no image`, howToGetOne);
  const chosen =
    manifests.length === 1
      ? manifests[0]
      : manifests.find(
          ({ annotations }) =>
            named && [named.tag, `${named.repository}:${named.tag}`].includes(annotations?.[refName] ?? ''),
        );
  if (!chosen)
    throw new Failure(
      'usage',
      `${given} has ${manifests.length} images`,
      `name one with --as: ${names.join(', ') || 'none has a name, so make a layout with one'}`,
    );
  return {
    directory,
    names,
    reference: named ?? referenceOfLayout(chosen.annotations?.[refName], basename(directory)),
    digest: chosen.digest,
    children: await childrenOf(directory, chosen),
  };
};

const childrenOf = async (directory: string, { digest }: Descriptor): Promise<readonly Descriptor[]> => {
  const file = join(directory, 'blobs', ...digest.split(':'));
  const manifest = (await json(file).catch(() => {
    throw new Failure('usage', `the manifest ${digest} is missing in the layout`, 'make a new layout');
  })) as { manifests?: readonly Descriptor[] } | null;
  return (manifest?.manifests ?? []).filter(isDescriptor);
};
