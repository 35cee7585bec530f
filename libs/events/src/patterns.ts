/** `sha256:` and 64 lower-case hex digits, as the OCI image specification writes a digest. */
export const digestPattern = /^sha256:[0-9a-f]{64}$/;
/** A repository name of the distribution specification. */
export const repositoryPattern = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
/** A tag of the distribution specification. */
export const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** The name of a cluster: lower-case letters and digits with hyphens between, at most `mostClusterName` characters. */
export const clusterPattern = /^[a-z0-9]+(-[a-z0-9]+)*$/;
export const mostClusterName = 63;

export const isDigest = (text: unknown): text is string => typeof text === 'string' && digestPattern.test(text);
export const isRepository = (text: unknown): text is string =>
  typeof text === 'string' && text.length <= 255 && repositoryPattern.test(text);
export const isTag = (text: unknown): text is string => typeof text === 'string' && tagPattern.test(text);
