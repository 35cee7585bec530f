import {
  inRegistry,
  inRepository,
  isActive,
  isExempt,
  isFinding,
  isFixable,
  literal,
  recordsQuery,
  severityAtLeast,
  whereAll,
  type ListQuery,
} from './kql.ts';

interface FindingValues {
  readonly severity: string;
  readonly fixable: boolean;
}

/** Values of the filters of the list of images. */
export interface ImageListValues extends FindingValues {
  readonly status: readonly string[];
  readonly repository: string;
  readonly registry: string;
  readonly vulnerability: string;
  readonly reason: string;
  readonly fix: string;
  readonly package: string;
  readonly q: string;
}

/** Statuses that records have, and their codes. */
const codes: Readonly<Record<string, string>> = { unhealthy: 'Unhealthy', healthy: 'Healthy' };

const ofFindings = ({ severity, fixable }: FindingValues): readonly string[] => [
  ...(severity === '' ? [] : [severityAtLeast(severity)]),
  ...(fixable ? [isFixable] : []),
];

/** The query for the images of a list. It has a row for each placement. */
export const imagesQuery = (values: ImageListValues): ListQuery => {
  const { status, repository, registry, vulnerability, reason, fix, package: of, q } = values;
  const lacks = [
    ...(status.every((each) => Object.hasOwn(codes, each)) ? [] : ['status']),
    ...(reason === '' ? [] : ['reason']),
    ...(fix === '' ? [] : ['fix']),
    ...(of === '' ? [] : ['package']),
  ];
  if (lacks.length > 0) return { lacks };
  const active = ofFindings(values);
  const isNamed = vulnerability === '' ? [] : [`vulnerability =~ ${literal(vulnerability)}`];
  const hasCode = status.map((each) => `code == ${literal(codes[each] ?? '')}`).join(' or ');
  // A rule may disable the finding of that vulnerability, so the status is that of another record of the image.
  const isOfTwo = hasCode !== '' && isNamed.length > 0 && active.length === 0;
  const conditions = [...isNamed, ...(active.length === 0 ? [] : [...active, isActive])];
  const by = 'by registry, repository, digest';
  return {
    query: recordsQuery(
      ['results', ...(q === '' ? [] : ['tags' as const]), ...(vulnerability === '' ? [] : ['aliases' as const])],
      [
        whereAll([
          ...(repository === '' ? [] : [inRepository(repository)]),
          ...(registry === '' ? [] : [inRegistry(registry)]),
          ...(q === '' ? [] : [`strcat(registry, "/", repository, "@", digest) contains ${literal(q)}`]),
        ]),
        ...(isOfTwo
          ? [
              `summarize vulnerabilities = dcountif(vulnerability, ${isNamed.join()}), ` +
                `results = countif(${hasCode}) ${by}`,
              'where vulnerabilities > 0 and results > 0',
              'project-away results',
            ]
          : [
              whereAll([...conditions, ...(hasCode === '' ? [] : [`(${hasCode})`])]),
              `summarize vulnerabilities = dcountif(vulnerability, ${isFinding} and ${isActive}) ${by}`,
            ]),
        'order by vulnerabilities desc, registry asc, repository asc, digest asc',
      ],
    ),
  };
};

/** Values of the filters of the list of vulnerabilities. */
export interface VulnerabilityListValues extends FindingValues {
  readonly state: string;
  readonly q: string;
}

/** The query for the vulnerabilities of a list, each with the number of images that have it. */
export const vulnerabilitiesQuery = (values: VulnerabilityListValues): ListQuery => {
  const { state, q } = values;
  return {
    query: recordsQuery(
      ['results', ...(q === '' ? [] : ['titles' as const])],
      [
        whereAll([
          isFinding,
          ...(state === 'active' ? [isActive] : state === 'exempt' ? [isExempt] : []),
          ...ofFindings(values),
          ...(q === '' ? [] : [`(vulnerability contains ${literal(q)} or package contains ${literal(q)})`]),
        ]),
        'summarize images = dcount(strcat(registry, "/", repository, "@", digest)) by vulnerability',
        'order by images desc, vulnerability asc',
      ],
    ),
  };
};

const findingColumns = 'registry, repository, digest, package, installed, fixed';

/** The query for the images that have a vulnerability, by package. */
export const vulnerabilityQuery = (id: string): ListQuery => ({
  query: recordsQuery(
    ['results', 'aliases'],
    [
      whereAll([`vulnerability =~ ${literal(id)}`]),
      `distinct ${findingColumns}, code, cause`,
      'order by registry asc, repository asc, digest asc, package asc',
    ],
  ),
});

/** The query for the findings that a rule disables. */
export const ruleQuery = ({ scope, ruleId }: { readonly scope: string; readonly ruleId: string }): ListQuery => ({
  query: recordsQuery(
    ['results'],
    [
      whereAll([
        isExempt,
        `tostring(properties.status.description) == ${literal(`Disabled by the rule '${ruleId}'.`)}`,
        `id startswith ${literal(`${scope}/`)}`,
      ]),
      `distinct vulnerability, severity, ${findingColumns}`,
      'order by vulnerability asc, registry asc, repository asc, digest asc',
    ],
  ),
});
