import { texts } from '../texts.ts';

/** A query that gives the rows of a list, or the filters for which Resource Graph has no column. */
export type ListQuery =
  | { readonly query: string; readonly lacks?: undefined }
  | { readonly query?: undefined; readonly lacks: readonly string[] };

/** A text as a literal of KQL. */
export const literal = (text: string): string => JSON.stringify(text);

const listOf = (words: readonly string[]): string => `(${words.map(literal).join(', ')})`;

const severities = ['Critical', 'High', 'Medium', 'Low', 'Unknown'] as const;

/** Severities of at least this one, which is a word in any case. */
export const severityAtLeast = (least: string): string => {
  const rank = severities.findIndex((severity) => severity.toLowerCase() === least.toLowerCase());
  return `severity in ${listOf(severities.slice(0, rank < 0 ? severities.length : rank + 1))}`;
};

export const isFixable = 'isnotempty(fixed)';
export const isExempt = 'cause == "Exempt"';
export const isActive = 'cause != "Exempt"';
/** The record of a healthy image, which is no finding. */
export const isFinding = 'vulnerability != "healthy"';

/** A repository; `*` stands for any text. */
export const inRepository = (given: string): string => {
  if (!given.includes('*')) return `repository == ${literal(given)}`;
  const pattern = given
    .split('*')
    .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`))
    .join('.*');
  return `repository matches regex ${literal(`(?s)^${pattern}$`)}`;
};

/** The id, the login server or the name of a registry. */
export const inRegistry = (given: string): string => {
  const name = given.replace(/\/+$/, '');
  return (
    `(registry =~ ${literal(name)} or id startswith ${literal(`${name}/providers/Microsoft.Security/`)}` +
    ` or id contains ${literal(`/registries/${name}/providers/Microsoft.Security/`)})`
  );
};

/** Columns of a record, by the names of the shapes of 2020 and of 2023. */
const columns = {
  registry: ['registryHost', 'artifactDetails.registryHost'],
  repository: ['repositoryName', 'artifactDetails.repositoryName'],
  digest: ['imageDigest', 'artifactDetails.digest'],
  severity: ['assaySeverity', 'vulnerabilityDetails.severity'],
  package: ['packageName', 'softwareDetails.packageName'],
  installed: ['installedVersion', 'softwareDetails.version'],
  fixed: ['fixedVersion', 'softwareDetails.fixedVersion'],
} as const satisfies Readonly<Record<string, readonly [string, string]>>;

const extended = Object.entries(columns)
  .map(([name, [older, newer]]) => `    ${name} = coalesce(tostring(data.${older}), tostring(data.${newer}))`)
  .join(',\n');

/** The limits of a query, as a list of `texts.openQuery.limits`. */
export type Limit = keyof typeof texts.openQuery.limits;

/**
 * A query over the records of all images.
 * @param limits stand above it as comments
 * @param steps one operator each, without its bar; empty ones are left out
 */
export const recordsQuery = (limits: readonly Limit[], steps: readonly string[]): string =>
  [
    ...limits.map((limit) => `// ${texts.openQuery.limits[limit]}`),
    'securityresources',
    '| where type == "microsoft.security/assessments/subassessments"',
    '| extend data = properties.additionalData, vulnerability = tostring(properties.id),',
    '    code = tostring(properties.status.code), cause = tostring(properties.status.cause)',
    '| extend',
    extended,
    ...steps.filter((step) => step !== '').map((step) => `| ${step}`),
  ].join('\n');

/** A condition that all of these hold; empty if there are none. */
export const whereAll = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
