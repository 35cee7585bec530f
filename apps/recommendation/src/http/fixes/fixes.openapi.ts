import { paged, schema, type Description } from '@assay/http';
import { severities } from '@assay/events';
import { bySeverity, digest } from '../described.ts';
import { describedTop, describedBeside, listQuery, totalled, varying } from '../list-query.ts';

const { count, named, oneOf, text, texts } = schema;

const ofUpgrade = {
  package: text,
  type: text,
  packages: texts,
  fixed: text,
  'command?': text,
  installed: texts,
  closes: count,
  bySeverity,
};

export const upgrade = named(
  'Upgrade',
  ofUpgrade,
  'An upgrade of one package: `package` is the source package, if it is known, `packages` the installed ones that ' +
    'are built from it, and `command` the line that upgrades them, where one is known. `fixed` is the highest ' +
    'version that fixes one of the `closes` active findings, `installed` the first five versions that images have, ' +
    'the newest first.',
);

const fix = named(
  'Fix',
  {
    ...ofUpgrade,
    'system?': text,
    of: count,
    images: count,
    'running?': count,
    worst: oneOf(...severities),
    repositories: texts,
    repositoryCount: count,
  },
  'An upgrade of one package in one system, which closes `closes` active findings of the `of` that its images have. ' +
    '`running` is the number of its images that run, once a cluster has reported. ' +
    '`GET /assay/images?fix=<package>@<fixed>` lists the images.',
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
