import { findingIdOf, remediationOf, type ClassifiedFinding, type Placement, type Rating } from '@assay/events';
import { withRatings, type DescribedVulnerability } from './vulnerabilities.ts';

/** A finding in full: what is particular to the image, and what is known of its vulnerability. */
export interface PlainFinding extends Omit<ClassifiedFinding, 'aliases' | 'layer' | 'ratings' | 'score'> {
  readonly aliases: readonly string[];
  /** Digest of the layer that added the package. */
  readonly layer?: string;
  readonly title?: string;
  readonly description?: string;
  readonly publishedAt?: string;
  readonly modifiedAt?: string;
  readonly ratings: readonly Rating[];
  readonly references: readonly string[];
  readonly cwes: readonly string[];
  /** The same after each scan. */
  readonly findingId: string;
  readonly remediation: string;
}

const optional = <Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } =>
  (value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value };

/**
 * Puts a finding together.
 *
 * @param described undefined if no description of the vulnerability arrived yet. Then its id stands for its title
 */
export const plainFinding = (
  placement: Pick<Placement, 'registryId' | 'repository' | 'digest'>,
  layers: readonly string[],
  entry: ClassifiedFinding,
  described: DescribedVulnerability | undefined,
): PlainFinding => ({
  vulnerability: entry.vulnerability,
  aliases: entry.aliases ?? [],
  package: entry.package,
  packageType: entry.packageType,
  installedVersion: entry.installedVersion,
  ...optional('sourcePackage', entry.sourcePackage),
  ...optional('fixedVersion', entry.fixedVersion),
  ...optional('path', entry.path),
  ...optional('layer', entry.layer === undefined ? undefined : layers[entry.layer]),
  ...optional('title', described?.title),
  ...optional('description', described?.description),
  ...optional('publishedAt', described?.publishedAt),
  ...optional('modifiedAt', described?.modifiedAt),
  severity: entry.severity,
  ratings: withRatings(described?.ratings ?? [], entry.ratings ?? []),
  references: described?.references ?? [],
  cwes: described?.cwes ?? [],
  findingId: findingIdOf(placement, entry),
  severityRule: entry.severityRule,
  state: entry.state,
  ...optional('ruleId', entry.ruleId),
  remediation: remediationOf(entry),
  firstSeenAt: entry.firstSeenAt,
  ...optional('advisoryRemoved', entry.advisoryRemoved),
});
