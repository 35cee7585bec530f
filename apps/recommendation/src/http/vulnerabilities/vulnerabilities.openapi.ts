import { json, paged, schema, type Description } from '@assay/http';
import { Rating, severities } from '@assay/events';
import { vulnerabilitySorts } from './vulnerability-list.ts';
import { digest } from '../described.ts';
import { describedTop, describedBeside, listQuery, totalled, varying } from '../list-query.ts';

const { classed, count, link, list, named, oneOf, record, text, texts, time } = schema;

const filters = { ...listQuery.place, ...listQuery.severity, ...listQuery.fixable, ...listQuery.state };

export const vulnerability = named(
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
  'A vulnerability that images have. Its `findings`, with the worst severity, the images that have one, those in ' +
    'which a version fixes one, the first five packages and the time of the first are those that the list shows. ' +
    '`exempt` counts images of which rules disable all findings of it, by all conditions but `state`.',
);

export const listed: Description = {
  summary: 'The vulnerabilities of all images, the worst first: pages, or all of them as CSV.',
  query: {
    ...filters,
    ...listQuery.q('the id, an alias, the title, a package or its source'),
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
        'application/json': totalled(vulnerability, describedBeside),
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
      'The vulnerability. Of the places that are asked about, `imageCount` counts the images with an active finding ' +
        'of it, `fixable` those in which a version fixes one, and `exempt` those of which rules disable all. `total` ' +
        'is the number of findings with the filter. Until its description is known, the texts are absent.',
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
