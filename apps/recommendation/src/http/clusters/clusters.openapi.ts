import { json, schema, type Description } from '@assay/http';

const { count, flag, list, named, record, text, time } = schema;

export const listed: Description = {
  summary: 'The clusters that have reported what runs there, with their last report.',
  answers: {
    200: json(
      'All clusters.',
      record({
        value: list(
          named(
            'ReportingCluster',
            { cluster: text, reportedAt: time, digests: count, 'silent?': flag },
            'A cluster and the number of digests in its last report. `silent`: it has not reported for two days, ' +
              'so what runs there now is not known.',
          ),
        ),
      }),
    ),
  },
};
