import 'reflect-metadata';
import { IsArray, IsString, Matches, MaxLength, type ValidationOptions } from 'class-validator';
import { digestPattern, clusterPattern, mostClusterName } from './patterns.ts';

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
