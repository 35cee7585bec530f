import { json, schema, type Description } from '@assay/http';
import { digest } from '../described.ts';

const { count, list, named, oneOf, record, text, time } = schema;

const scanner = named(
  'ScannerBuild',
  {
    digest,
    'name?': text,
    'version?': text,
    images: count,
    'recalled?': record({ by: text, why: text, since: time }),
    'unread?': list(record({ family: text, version: text, images: count, why: oneOf('not-known', 'no-packages') })),
  },
  'A scanner build: the number of images that depend on it, whether it was recalled, and the systems of its images ' +
    'that it does not know, or of which it lists no packages.',
);

export const listed: Description = {
  summary: 'Every scanner build that an image depends on or that was recalled.',
  answers: { 200: json('All builds.', record({ value: list(scanner) })) },
};
export const recalled: Description = {
  summary:
    'Recalls a build: its images are undetermined until another one has scanned them. The answer comes once ' +
    'the recall applies.',
  path: { digest: { description: 'The digest of the program.', schema: digest } },
  answers: { 200: json('The build.', scanner) },
};
