import type { components } from '../../api/generated/schema.ts';

/** An image at one place where it lies. */
export type PlacedImage = components['schemas']['Image'];

/** A place as it is in the address: registry and repository. */
export const placeOf = ({ registryId, repository }: PlacedImage): string =>
  `${registryId.slice(registryId.lastIndexOf('/') + 1)}/${repository}`;

/** `team/web:1.4`, or with the digest if it has no tag. */
export const nameOf = ({ repository, tags, digest }: Pick<PlacedImage, 'repository' | 'tags' | 'digest'>): string =>
  tags[0] === undefined ? `${repository}@${digest.slice(0, 'sha256:'.length + 12)}` : `${repository}:${tags[0]}`;
