import { json, schema, type Description } from '@assay/http';
import { digest } from '../described.ts';
import { describedBeside, describedTop, listQuery } from '../list-query.ts';
import { vulnerability } from '../vulnerabilities/vulnerabilities.openapi.ts';

const { count, list, named, record, text, texts } = schema;

/** Hits of each kind without `top`, and at most. */
export const [usualHits, mostHits] = [5, 100];

const total = { ...count, description: 'Hits of this kind, those included that are not shown.' };

export const found: Description = {
  summary: 'What has a text in its name: packages, vulnerabilities, images and registries, with the number of each.',
  query: {
    q: { description: 'The text; case does not count.', schema: { ...text, pattern: '\\S' }, required: true },
    ...listQuery.place,
    ...describedTop(usualHits, mostHits),
  },
  answers: {
    200: json(
      'The first hits of each kind. `packages` are those with findings, also with findings that rules disable, by ' +
        'their name or that of their source: a package without a known vulnerability is not among them. ' +
        '`vulnerabilities` also are those of such packages. `images` have the text in their login server, ' +
        'repository, digest or a tag.',
      record({
        packages: record({
          value: list(
            named(
              'FoundPackage',
              { package: text, 'sourcePackage?': text, images: count, vulnerabilities: count },
              'A package with findings, the images that have one, and its vulnerabilities.',
            ),
          ),
          total,
          images: { ...count, description: 'Images with a finding in one of all these packages.' },
        }),
        vulnerabilities: record({ value: list(vulnerability), total }),
        images: record({
          value: list(record({ loginServer: text, repository: text, digest, tags: texts }, { title: 'FoundImage' })),
          total,
        }),
        registries: record({
          value: list(record({ registryId: text, loginServer: text }, { title: 'FoundRegistry' })),
          total,
        }),
        ...describedBeside,
      }),
    ),
  },
};
