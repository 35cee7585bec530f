import type { Facts } from '@assay/events';
import { RegistryError, type RegistryClient } from '@assay/registry';
import { factsOf } from '../domain/facts.ts';

export interface Inspected {
  readonly mediaType: string;
  readonly facts: Facts;
}

/** The part of a registry client that an inspection needs. */
export type Inspectable = Pick<RegistryClient, 'manifest' | 'config' | 'head'>;

/**
 * Reads the facts of a manifest: one small request, and one more for the config of an image.
 *
 * @param listed whether an index lists it; then it must not be an index itself, under any media type
 * @throws RegistryError
 */
export const inspect = async (
  client: Pick<Inspectable, 'manifest' | 'config'>,
  repository: string,
  digest: string,
  tag?: string,
  signal?: AbortSignal,
  listed = false,
): Promise<Inspected> => {
  const { mediaType, document } = await client.manifest(repository, digest, signal);
  if (listed && document.kind === 'index') throw new RegistryError('index-too-deep', 'an index within an index');
  const facts = factsOf(document, undefined, tag);
  if (facts.kind !== 'image' || document.kind !== 'image') return { mediaType, facts };
  const config = await client.config(repository, document.config, signal);
  return { mediaType, facts: factsOf(document, config, tag) };
};
