/** The part of an event that names a placement. */
export interface ImagePlace {
  readonly registryId: string;
  readonly repository: string;
  readonly digest: string;
}

export const placeOf = ({ registryId, repository, digest }: ImagePlace): string =>
  `${registryId.toLowerCase()}|${repository}|${digest}`;

/** The registry of a placement, in lower case. */
export const registryIn = (place: string): string => place.slice(0, place.indexOf('|'));

export const shortly = (text: string): string =>
  text.replace(/sha256:([0-9a-f]{8})[0-9a-f]+/g, '$1').replace(/^.*registries\//, '');
