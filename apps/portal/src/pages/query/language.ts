/** The words of the query language that the service knows (docs/api.md, "Supported language"). */
const tables = ['securityresources', 'resources', 'resourcecontainers'] as const;

export const operators = [
  'where',
  'project',
  'extend',
  'summarize',
  'order by',
  'top',
  'take',
  'count',
  'distinct',
  'join',
  'union',
  'parse',
  'mv-expand',
  'project-away',
  'project-keep',
  'project-rename',
  'project-reorder',
] as const;

const columns = [
  'id',
  'name',
  'type',
  'subscriptionId',
  'resourceGroup',
  'location',
  'properties',
  'tenantId',
  'kind',
  'sku',
  'plan',
  'tags',
] as const;

/** Members of `properties` of a finding. */
const members = [
  'properties.id',
  'properties.displayName',
  'properties.category',
  'properties.description',
  'properties.remediation',
  'properties.impact',
  'properties.timeGenerated',
  'properties.resourceDetails.id',
  'properties.status.code',
  'properties.status.cause',
  'properties.status.severity',
  'properties.status.description',
  'properties.additionalData.assaySeverity',
  'properties.additionalData.packageName',
  'properties.additionalData.installedVersion',
  'properties.additionalData.fixedVersion',
  'properties.additionalData.firstSeenAt',
  'properties.additionalData.patchable',
  'properties.additionalData.publishedTime',
  'properties.additionalData.repositoryName',
  'properties.additionalData.imageDigest',
  'properties.additionalData.registryHost',
] as const;

export const functions = [
  'count',
  'countif',
  'dcount',
  'sum',
  'avg',
  'min',
  'max',
  'make_list',
  'make_set',
  'percentile',
  'tostring',
  'toint',
  'todouble',
  'tobool',
  'todatetime',
  'tolower',
  'toupper',
  'ago',
  'now',
  'bin',
  'startofday',
  'datetime_diff',
  'format_datetime',
  'iff',
  'case',
  'coalesce',
  'isempty',
  'isnotempty',
  'isnull',
  'isnotnull',
  'strcat',
  'substring',
  'split',
  'extract',
  'replace_string',
  'array_length',
  'parse_json',
  'parse_version',
] as const;

/** Types of rows, as text in quotes. */
const types = [
  'microsoft.security/assessments',
  'microsoft.security/assessments/subassessments',
  'microsoft.security/pricings',
  'microsoft.containerregistry/registries',
] as const;

interface Suggestion {
  readonly label: string;
  readonly kind: 'keyword' | 'variable' | 'property' | 'function' | 'text' | 'class';
}

export interface Suggestions {
  /** Begin of the word that a suggestion replaces. */
  readonly from: number;
  readonly options: readonly Suggestion[];
}

const of = (labels: readonly string[], kind: Suggestion['kind']): readonly Suggestion[] =>
  labels.map((label) => ({ label, kind }));

/** True if the text ends within a text in quotes, or a comment. */
const isQuoted = (line: string): "'" | '"' | '//' | undefined => {
  let open: "'" | '"' | undefined;
  for (let at = 0; at < line.length; at++) {
    const sign = line[at];
    if (open !== undefined) {
      if (sign === '\\') at += 1;
      else if (sign === open) open = undefined;
    } else if (sign === "'" || sign === '"') open = sign;
    else if (sign === '/' && line[at + 1] === '/') return '//';
  }
  return open;
};

/**
 * Words that may follow at the end of a text: tables at its beginning, operators after a pipe, types in quotes after
 * `type`, and columns with functions elsewhere.
 */
export const suggestionsAt = (before: string): Suggestions | undefined => {
  const line = before.slice(before.lastIndexOf('\n') + 1);
  const quote = isQuoted(line);
  if (quote === '//') return undefined;
  if (quote !== undefined) {
    const begin = before.lastIndexOf(quote) + 1;
    return /\btype\s*(?:=[=~]|!=|in~?\s*\()[^|]*$/.test(before.slice(0, begin))
      ? { from: begin, options: of(types, 'text') }
      : undefined;
  }
  const word = /[\w.-]*$/.exec(before)?.[0] ?? '';
  const from = before.length - word.length;
  const lead = before.slice(0, from).trimEnd();
  if (lead === '' || lead.endsWith(';')) return { from, options: of(tables, 'class') };
  if (lead.endsWith('|')) return { from, options: of(operators, 'keyword') };
  if (/(?:\bjoin|\bunion)\s*(?:kind\s*=\s*\w+\s*)?\(?$/.test(lead)) return { from, options: of(tables, 'class') };
  return {
    from,
    options: [...of(columns, 'variable'), ...of(members, 'property'), ...of(functions, 'function')],
  };
};
