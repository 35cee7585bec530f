import { clusterPattern, digestPattern } from '@assay/events';
import { json, schema, type Description } from '@assay/http';

const { count, list, named, record, text } = schema;

export const reported: Description = {
  summary:
    'Takes a report of all images that run in a cluster, by the digests that it pulled. What a report lacks runs no ' +
    'more after a day without it; a cluster without a report for two days is not known.',
  body: {
    'application/json': record({
      cluster: { ...text, pattern: clusterPattern.source },
      images: {
        ...list(record({ digest: { ...text, pattern: digestPattern.source }, 'namespace?': text })),
        maxItems: 50_000,
      },
    }),
  },
  answers: {
    200: json(
      'The report is in the log.',
      named(
        'ReportCounts',
        { digests: count, firstSeen: count, gone: count, again: count },
        'Digests of the report, and those that were published: seen for the first time, gone for a day, or again ' +
          'with other namespaces or after a week.',
      ),
    ),
  },
};
