import { paged, schema, type Description } from '@assay/http';
import { severities } from '@assay/events';
import { bySeverity, digest } from '../described.ts';
import { describedTop, describedBeside, listQuery, totalled, varying } from '../list-query.ts';

const { count, named, oneOf, text, texts } = schema;

const fix = named(
  'Fix',
  {
    package: text,
    type: text,
    'system?': text,
    fixed: text,
    installed: texts,
    closes: count,
    of: count,
    images: count,
    'running?': count,
    bySeverity,
    worst: oneOf(...severities),
    repositories: texts,
    repositoryCount: count,
  },
  'An upgrade of one package in one system: `closes` active findings of the `of` that its images have. `package` is ' +
    'the source package, if it is known. `fixed` is the highest version that fixes one of them, `installed` the ' +
    'first five versions that images have, the newest first. `running` is the number of its images that run, once a ' +
    'cluster has reported. `GET /assay/images?fix=<package>@<fixed>` lists the images.',
);

export const listed: Description = {
  summary: 'The upgrades that close active findings: those in images that run first, and the most of the worst first.',
  query: {
    ...listQuery.place,
    digest: { description: 'Only what closes findings of this image; all numbers are of it alone.', schema: digest },
    ...listQuery.severity,
    ...describedTop(),
    ...listQuery.format,
    ...paged,
  },
  answers: {
    200: {
      description: 'A page of upgrades.',
      headers: varying,
      content: { 'application/json': totalled(fix, describedBeside), 'text/csv': text },
    },
  },
};
