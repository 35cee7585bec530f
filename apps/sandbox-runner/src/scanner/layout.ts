import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
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

/**
 * Reads the one image of a layout ourselves, so that the scanner's report can be compared with it.
 *
 * @throws LayoutError if it is another image than the expected one, or contradicts itself
 */
export const readLayout = (layoutDir: string, expected: ExpectedImage): LayoutImage => {
  const index = parsed(readDocument(join(layoutDir, 'index.json'), 'index'), 'index');
  const digests = digestsOf(index['manifests'], 'entries of the index');
  if (digests.length !== 1 || digests[0] !== expected.digest)
    throw new LayoutError(
      'wrong-artifact',
      `the layout holds ${digests.join(', ') || 'nothing'} instead of ${expected.digest}`,
    );
  const manifest = document(layoutDir, expected.digest, 'manifest');
  const configDigest = at(digestsOf([manifest['config']], 'config of the manifest'), 0);
  if (expected.configDigest !== undefined && configDigest !== expected.configDigest)
    throw new LayoutError('wrong-artifact', `the config is ${configDigest} instead of ${expected.configDigest}`);
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
