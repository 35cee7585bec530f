export const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
export const ociIndex = 'application/vnd.oci.image.index.v1+json';
const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';
const dockerManifestList = 'application/vnd.docker.distribution.manifest.list.v2+json';

export const manifestTypes: readonly string[] = [ociManifest, dockerManifest];
export const indexTypes: readonly string[] = [ociIndex, dockerManifestList];
/** Docker schema 1 is parsed only far enough to report that a manifest is schema 1. */
export const schema1Signed = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
export const schema1Types: readonly string[] = ['application/vnd.docker.distribution.manifest.v1+json', schema1Signed];

/** All four are required: a registry answers 404 for an existing manifest whose type is missing in `Accept`. */
export const acceptedManifests = [...manifestTypes, ...indexTypes].join(', ');

export const imageConfigTypes: readonly string[] = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];

/** Layers that a registry need not hold (Windows base layers). */
export const isForeign = ({ mediaType, urls }: { mediaType: string; urls?: readonly string[] }): boolean =>
  urls !== undefined || mediaType.includes('.nondistributable.') || mediaType.includes('.foreign.');

/** Removes parameters: `application/json; charset=utf-8` gives `application/json`. */
export const bareType = (contentType: string): string => contentType.replace(/;.*/s, '').trim().toLowerCase();
