import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { at, isDigest } from '@assay/events';
import type { ExpectedImage, FailureCode } from './scanner.ts';

export interface LayoutImage {
  configDigest: string;
  layers: { digest: string; diffId: string; path: string }[];
}

/** The layout holds no image that can be scanned, or another one. */
export class LayoutError extends Error {
  override readonly name = 'LayoutError';
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The pull client refuses larger documents, so a layout with one did not come from it. */
const documentLimit = 8 * 2 ** 20;

const blobPath = (layoutDir: string, digest: string): string =>
  join(layoutDir, 'blobs', 'sha256', digest.slice('sha256:'.length));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parsed = (bytes: Buffer, label: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (isObject(value)) return value;
  } catch {
    /* Reported below. */
  }
  throw new LayoutError('invalid-image', `the ${label} is not a JSON object`);
};

const readDocument = (path: string, label: string): Buffer => {
  const { size } = statSync(path);
  if (size > documentLimit) throw new LayoutError('invalid-image', `the ${label} has ${size} bytes`);
  return readFileSync(path);
};

const document = (layoutDir: string, digest: string, label: string): Record<string, unknown> => {
  const bytes = readDocument(blobPath(layoutDir, digest), label);
  if (`sha256:${createHash('sha256').update(bytes).digest('hex')}` !== digest)
    throw new LayoutError('invalid-image', `the ${label} is not what its digest says`);
  return parsed(bytes, label);
};

const digestsOf = (values: unknown, label: string): string[] => {
  const digests = Array.isArray(values)
    ? values.map((value: unknown) => (isObject(value) ? value['digest'] : value))
    : undefined;
  if (digests?.every(isDigest)) return digests;
  throw new LayoutError('invalid-image', `the ${label} are not a list of sha256 digests`);
};

const wrongImage = (digests: readonly string[], { digest }: ExpectedImage): LayoutError =>
  new LayoutError('wrong-artifact', `the layout holds ${digests.join(', ') || 'nothing'} instead of ${digest}`);

/** The digests of config and layers, as a manifest names them. */
const namedIn = ({ config, layers }: Record<string, unknown>): unknown[] =>
  [config, ...(Array.isArray(layers) ? layers : [])].map((part) => (isObject(part) ? part['digest'] : undefined));

const isBySha512 = (digest: unknown): boolean => typeof digest === 'string' && digest.startsWith('sha512:');

/**
 * True for a manifest that differs from the image's own in nothing but digests of config and layers that are not by
 * SHA-256. The pull client writes such a one, for a scanner that reads no others.
 */
const isRestated = (own: Record<string, unknown>, listed: Record<string, unknown>): boolean => {
  const [before, after] = [namedIn(own), namedIn(listed)];
  const plain = (manifest: Record<string, unknown>): string =>
    JSON.stringify(manifest, (key, value: unknown) => (key === 'digest' ? undefined : value));
  return (
    plain(own) === plain(listed) &&
    before.length === after.length &&
    before.every((digest, nth) => digest === after[nth] || isBySha512(digest))
  );
};

/**
 * Reads the one image of a layout ourselves, so that the scanner's report can be compared with it.
 *
 * @throws LayoutError if it is another image than the expected one, or contradicts itself
 */
export const readLayout = (layoutDir: string, expected: ExpectedImage): LayoutImage => {
  const index = parsed(readDocument(join(layoutDir, 'index.json'), 'index'), 'index');
  const digests = digestsOf(index['manifests'], 'entries of the index');
  const [listed = ''] = digests;
  if (digests.length !== 1 || !existsSync(blobPath(layoutDir, expected.digest))) throw wrongImage(digests, expected);
  const own = document(layoutDir, expected.digest, 'manifest');
  const manifest = listed === expected.digest ? own : document(layoutDir, listed, 'manifest');
  if (!isRestated(own, manifest)) throw wrongImage(digests, expected);
  const configDigest = at(digestsOf([manifest['config']], 'config of the manifest'), 0);
  const [ownConfig] = namedIn(own);
  if (expected.configDigest !== undefined && ownConfig !== expected.configDigest)
    throw new LayoutError(
      'wrong-artifact',
      `the config is ${JSON.stringify(ownConfig)} instead of ${expected.configDigest}`,
    );
  const config = document(layoutDir, configDigest, 'config');
  const layers = digestsOf(manifest['layers'], 'layers');
  const diffIds = digestsOf(isObject(config['rootfs']) ? config['rootfs']['diff_ids'] : undefined, 'diff ids');
  if (layers.length !== diffIds.length)
    throw new LayoutError(
      'invalid-image',
      `the manifest has ${layers.length} layers and the config ${diffIds.length} diff ids`,
    );
  return {
    configDigest,
    layers: layers.map((digest, nth) => ({ digest, diffId: at(diffIds, nth), path: blobPath(layoutDir, digest) })),
  };
};
