import { gzipSync } from 'node:zlib';
import { sha256, tarOf, type LayoutEntry, type MadeLayer } from '../../apps/sandbox-runner/test/layouts.ts';
import { end, unended } from '../hostile/making/tar.ts';

/** A part of a layer's archive: a file, or blocks that no honest archiver writes. */
export type LayerPart = LayoutEntry | Buffer;

/** A layer before it is made. */
export interface LayerPlan {
  readonly parts: readonly LayerPart[];
  /** Compresses the archive; gzip if it is absent. */
  readonly packed?: (tar: Buffer) => Buffer;
  readonly mediaType?: string;
}

/** The archive of a layer, uncompressed. */
export const archiveOf = async ({ parts }: LayerPlan): Promise<Buffer> =>
  Buffer.concat([
    ...(await Promise.all(parts.map(async (part) => (Buffer.isBuffer(part) ? part : unended(await tarOf([part])))))),
    end,
  ]);

export const madeLayer = async (plan: LayerPlan): Promise<MadeLayer> => {
  const tar = await archiveOf(plan);
  return {
    blob: (plan.packed ?? gzipSync)(tar),
    diffId: sha256(tar),
    ...(plan.mediaType === undefined ? {} : { mediaType: plan.mediaType }),
  };
};

/** Shorthands for the files of plans. */
export const plain = (name: string, content: string | Buffer): LayoutEntry => ({ name, content });
export const symlink = (name: string, linkname: string): LayoutEntry => ({ name, type: 'symlink', linkname });
export const hardLink = (name: string, linkname: string): LayoutEntry => ({ name, type: 'link', linkname });
export const layer = (...parts: readonly LayerPart[]): LayerPlan => ({ parts });

const split = (path: string): readonly [folder: string, name: string] => {
  const at = path.lastIndexOf('/');
  return [path.slice(0, at), path.slice(at + 1)];
};

export const folderOf = (path: string): string => split(path)[0];
export const nameOf = (path: string): string => split(path)[1];

/** The entry that removes a path of lower layers. */
export const whiteout = (path: string): LayoutEntry => plain(`${folderOf(path)}/.wh.${nameOf(path)}`, '');
/** The entry that hides all that lower layers have in a folder. */
export const opaque = (folder: string): LayoutEntry => plain(`${folder}/.wh..wh..opq`, '');
