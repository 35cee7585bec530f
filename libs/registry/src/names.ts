import { RegistryError } from './error.ts';

const digestPattern = /^sha256:[a-f0-9]{64}$/;
const repositoryPattern = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** The only form that is ever put into a path or a URL: no other algorithm, no upper case, no dots. */
export const isDigest = (text: unknown): text is string => typeof text === 'string' && digestPattern.test(text);
export const isRepository = (text: unknown): text is string =>
  typeof text === 'string' && text.length <= 255 && repositoryPattern.test(text);
export const isTag = (text: unknown): text is string => typeof text === 'string' && tagPattern.test(text);

export const hexOf = (digest: string): string => digest.slice('sha256:'.length);

/** Validates a repository and a tag or digest before they are put into a URL. */
export const checkReference = (repository: string, reference?: string): void => {
  if (!isRepository(repository)) throw new RegistryError('bad-reference', 'not a repository name');
  if (reference !== undefined && !isTag(reference) && !isDigest(reference)) {
    throw new RegistryError('bad-reference', 'neither a tag nor a sha256 digest');
  }
};
