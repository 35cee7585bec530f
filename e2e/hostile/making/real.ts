import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { AssembledRoot } from '../../lies/judge.ts';
import type { MadeLayer } from './image.ts';

const images = new URL('../../images/', import.meta.url);

/** An image of `e2e/images`: its layers, and its assembled root. */
export interface RealImage {
  readonly layers: readonly MadeLayer[];
  readonly root: AssembledRoot;
}

interface Descriptor {
  readonly digest: string;
  readonly mediaType: string;
}

export const realImage = async (name: string): Promise<RealImage> => {
  const layout = new URL(`${name}/`, images);
  const blob = ({ digest }: Descriptor): Promise<Buffer> =>
    readFile(new URL(`blobs/${digest.replace(':', '/')}`, layout));
  const json = async <T>(descriptor: Descriptor): Promise<T> =>
    JSON.parse((await blob(descriptor)).toString('utf8')) as T;
  const { manifests } = JSON.parse(await readFile(new URL('index.json', layout), 'utf8')) as {
    manifests: [Descriptor];
  };
  const { config, layers } = await json<{ config: Descriptor; layers: Descriptor[] }>(manifests[0]);
  const { rootfs } = await json<{ rootfs: { diff_ids: string[] } }>(config);
  const blobs = await Promise.all(layers.map(blob));
  return {
    layers: layers.map(({ mediaType }, at) => ({ blob: blobs[at]!, diffId: rootfs.diff_ids[at]!, mediaType })),
    root: AssembledRoot.of(blobs.map((bytes) => gunzipSync(bytes))),
  };
};
