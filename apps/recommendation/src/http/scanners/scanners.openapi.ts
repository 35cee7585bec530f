import { json, schema, type Description } from '@assay/http';
import { digest } from '../described.ts';

const { count, list, named, record, text, time } = schema;

const scanner = named(
  'ScannerBuild',
  { digest, 'name?': text, 'version?': text, images: count, 'recalled?': record({ by: text, why: text, since: time }) },
  'A build of a scanner: how many images rest on it, and whether it was recalled.',
);

export const listed: Description = {
  summary: 'Every build of a scanner that an image rests on or that was recalled.',
  answers: { 200: json('All of them.', record({ value: list(scanner) })) },
};
export const recalled: Description = {
  summary:
    'Recalls a build: its images are undetermined until another one has looked. The answer comes when that is in ' +
    'force.',
  path: { digest: { description: 'The digest of the program.', schema: digest } },
  answers: { 200: json('The build.', scanner) },
};
