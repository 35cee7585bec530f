import { clusterPattern, digestPattern, mostClusterName } from '@assay/events';
import { json, schema, type Description } from '@assay/http';

const { count, list, named, record, text } = schema;

/** Most images of a report. */
export const mostImages = 50_000;
/** A name by RFC 1123, as Kubernetes has it for a namespace. */
export const namespacePattern = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export const reported: Description = {
  summary:
    'Takes a report of all images that run in a cluster, by the digests that it pulled. What a report lacks runs no ' +
    'more after a day without it; a cluster without a report for two days is not known.',
  body: {
    'application/json': record({
      cluster: { ...text, pattern: clusterPattern.source, maxLength: mostClusterName },
      images: {
        ...list(
          record({
            digest: { ...text, pattern: digestPattern.source },
            'namespace?': { ...text, pattern: namespacePattern.source },
          }),
        ),
        maxItems: mostImages,
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
