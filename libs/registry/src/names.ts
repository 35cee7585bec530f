import { createHash } from 'node:crypto';
import { RegistryError } from './error.ts';

const digestPattern = /^sha256:[a-f0-9]{64}$/;
/** Digests of layers and configs: the algorithms that the OCI image specification registers. */
const blobDigestPattern = /^(sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;
const repositoryPattern = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** The digest of a manifest, and the name of a file in a layout: no other algorithm, no upper case, no dots. */
export const isDigest = (text: unknown): text is string => typeof text === 'string' && digestPattern.test(text);
export const isRepository = (text: unknown): text is string =>
  typeof text === 'string' && text.length <= 255 && repositoryPattern.test(text);
export const isTag = (text: unknown): text is string => typeof text === 'string' && tagPattern.test(text);

/** The only forms that are put into the URL of a blob. */
export const isBlobDigest = (text: unknown): text is string => typeof text === 'string' && blobDigestPattern.test(text);

/** Returns the digest of bytes, by the algorithm of another digest. */
export const digestLike = (digest: string, bytes: Buffer): string => {
  const [algorithm = ''] = digest.split(':', 1);
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
};

/** An end of a refusal. Manifests are named by SHA-256 in every event, so another name of one is no second image. */
export const pushBySha256 = ': push it by a sha256 digest';

export const hexOf = (digest: string): string => digest.slice('sha256:'.length);

/** Validates a repository and a tag or digest before they are put into a URL. */
export const checkReference = (repository: string, reference?: string): void => {
  if (!isRepository(repository)) throw new RegistryError('bad-reference', 'not a repository name');
  if (reference !== undefined && !isTag(reference) && !isDigest(reference)) {
    throw new RegistryError('bad-reference', `neither a tag nor a sha256 digest${pushBySha256}`);
  }
};
