import { json, paged, schema, type Description } from '@assay/http';
import { Rating, severities } from '@assay/events';
import { vulnerabilitySorts } from './vulnerability-list.ts';
import { digest } from '../described.ts';
import { listQuery, totalled, varying } from '../list-query.ts';
import { describedTop } from '../parameters.ts';

const { classed, count, link, list, named, oneOf, record, text, texts, time } = schema;

const filters = { ...listQuery.place, ...listQuery.severity, ...listQuery.fixable, ...listQuery.state };

const vulnerability = named(
  'Vulnerability',
  {
    id: text,
    aliases: texts,
    'title?': text,
    severity: oneOf(...severities),
    findings: count,
    images: count,
    exempt: count,
    fixable: count,
    packages: texts,
    packageCount: count,
    since: time,
  },
  'A vulnerability that images have: the worst severity of its findings, the images that have it, those of them of ' +
    'which rules disable all its findings (both by all conditions but `state`), those in which a version ' +
    'fixes it, the first five packages, and when the first of its findings was made.',
);

export const listed: Description = {
  summary: 'The vulnerabilities of all images, the worst first: pages, or all of them as CSV.',
  query: {
    ...filters,
    ...listQuery.q('the id, an alias, the title or a package'),
    ...listQuery.sort(...vulnerabilitySorts),
    ...describedTop(),
    ...listQuery.format,
    ...paged,
  },
  answers: {
    200: {
      description: 'A page of vulnerabilities.',
      headers: varying,
      content: {
        'application/json': totalled(vulnerability, {
          unknownImages: {
            ...count,
            description: 'Images of these places without a final result: they may have findings that are not known.',
          },
        }),
        'text/csv': text,
      },
    },
  },
};

const foundAt = named(
  'FoundAt',
  {
    subscriptionId: text,
    registryId: text,
    loginServer: text,
    repository: text,
    digest,
    tags: texts,
    package: text,
    packageType: text,
    'sourcePackage?': text,
    installedVersion: text,
    'fixedVersion?': text,
    'path?': text,
    severity: oneOf(...severities),
    state: oneOf('active', 'exempt'),
    'ruleId?': text,
    firstSeenAt: time,
  },
  'A finding of a vulnerability, in one image at one place.',
);

export const shown: Description = {
  summary: 'One vulnerability, with the images that have it.',
  path: {
    id: { description: 'Its id or an alias; case does not count. A slash in it is written `%252F`.', schema: text },
  },
  query: { ...filters, ...describedTop(), ...paged },
  answers: {
    200: json(
      'The vulnerability. `imageCount`, `exempt` and `fixable` count images without the filter, `total` the findings ' +
        'with it. Until its description is known, the texts are absent.',
      record({
        id: text,
        aliases: texts,
        'title?': text,
        'description?': text,
        severity: oneOf(...severities),
        ratings: list(classed(Rating)),
        references: texts,
        cwes: texts,
        'publishedAt?': time,
        'modifiedAt?': time,
        since: time,
        imageCount: count,
        exempt: count,
        fixable: count,
        total: count,
        images: list(foundAt),
        'nextLink?': { ...link, description: 'The next page of images; absent on the last page.' },
      }),
    ),
  },
};
