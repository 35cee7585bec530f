import 'reflect-metadata';
import { IsArray, IsString, Matches, MaxLength, type ValidationOptions } from 'class-validator';

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

export const IsDigest = (options?: ValidationOptions): PropertyDecorator => Matches(digestPattern, options);
/** ISO 8601 in UTC, as every time in an event is written. */
export const IsTime = (options?: ValidationOptions): PropertyDecorator =>
  Matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/, options);

/** A list of texts. `each` alone would accept an empty text in place of a list. */
export const IsTexts = (): PropertyDecorator => (target, property) => {
  IsArray()(target, property as string);
  IsString({ each: true })(target, property as string);
};

/** The name of a cluster. */
export const IsCluster = (): PropertyDecorator => (target, property) => {
  Matches(clusterPattern)(target, property as string);
  MaxLength(mostClusterName)(target, property as string);
};

/** A list of digests. */
export const AreDigests = (): PropertyDecorator => (target, property) => {
  IsArray()(target, property as string);
  IsDigest({ each: true })(target, property);
};
