import { json, schema, type Description } from '@assay/http';
import { digest } from '../described.ts';

const { count, list, named, record, text, time } = schema;

const scanner = named(
  'ScannerBuild',
  { digest, 'name?': text, 'version?': text, images: count, 'recalled?': record({ by: text, why: text, since: time }) },
  'A scanner build: the number of images that depend on it, and whether it was recalled.',
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
