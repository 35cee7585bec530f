import { ClassifiedFinding, Database, FindingClassified, Scanner } from '@assay/events';
import { schema, type Description } from '@assay/http';
import { digest, statuses, subscription } from '../described.ts';

const { classed, count, list, named, oneOf, record, text, time } = schema;

const partition = { ...count, description: 'Partition of the image in `finding.classified`.' };

const head = named(
  'ExportHead',
  {
    kind: oneOf('export'),
    version: { const: 1 },
    asOf: time,
    'positions?': list(record({ topic: text, partition: count, next: count, 'sequence?': text })),
  },
  'The first line: the next offset to read in each partition of the published topics, and the highest `ce_sequence` ' +
    'before it. The lines that follow are what the topic `finding.classified` states up to there. `positions` is ' +
    'absent for a caller who may not read all findings, since offsets count the events of all registries.',
);

const image = named(
  'ExportedImage',
  {
    kind: oneOf('image'),
    partition,
    subscriptionId: text,
    registryId: text,
    loginServer: text,
    repository: text,
    digest,
    status: statuses,
    'reason?': text,
    'classified?': record({
      id: text,
      verdict: count,
      classification: count,
      status: statuses,
      'reason?': text,
      scanId: text,
      'result?': count,
      'sequence?': text,
      scanner: classed(Scanner),
      database: classed(Database),
      set: record({ count, sum: text }),
      layers: list(digest),
      findings: list(classed(ClassifiedFinding)),
    }),
  },
  'An image in one place, with its status as the other routes show it. `classified` is its classification as ' +
    '`finding.classified` has it, with all findings in canonical order and the newest database that it was assessed ' +
    'with; absent if there is none, or if its findings are not known at the moment.',
);

const page = named(
  'ExportedPage',
  { kind: oneOf('page'), partition, id: text, data: classed(FindingClassified) },
  'An event of `finding.classified` before the positions whose other pages stand behind them.',
);

const end = named(
  'ExportEnd',
  { kind: oneOf('end'), images: count, findings: count, pages: count },
  'The last line, with the numbers of lines and findings before it. Without it, the export is cut.',
);

export const exported: Description = {
  summary:
    'All findings of all images as of one moment, and the offsets of the topics at that moment: a consumer of the ' +
    'events starts from here. One JSON object a line.',
  query: subscription,
  answers: {
    200: {
      description:
        'The export. One is made at a time: that of another caller waits, for a minute at most, and then this one ' +
        'breaks off. A second one of the same caller is refused with 429 and `Retry-After`.',
      content: { 'application/x-ndjson': { anyOf: [head, image, page, end] } },
    },
  },
};
