import { json, schema, type Description } from '@assay/http';
import { ageBuckets, trendSeverities } from './trends.ts';
import { subscription } from '../described.ts';
import { describedBeside, describedDay, describedDays } from '../list-query.ts';

const { count, list, named, number, oneOf, record, text } = schema;

/** Days of an answer without `from`, and at most. */
export const [usualDays, mostDays] = [30, 366];

const bySeverity = Object.fromEntries(trendSeverities.map((severity) => [severity, count]));
const { schema: day } = describedDay;

export const trends: Description = {
  summary: 'How the images stood day by day, what was charged, how old open findings are, and how long results took.',
  query: { ...describedDays(usualDays, mostDays), ...subscription },
  answers: {
    200: json(
      'Each day of UTC, the oldest first. `days` counts images at the end of the day, or now, by the status that was ' +
        'published: unhealthy ones by their worst finding that counts. An index has no status of its own, and a ' +
        'deleted image counts nowhere. `charges` are the sums of the day by currency, by the day that they are for; ' +
        'absent if the caller may read none. `ages` counts the findings that count now, by the time since they were ' +
        'first seen in their image. Both leave out `untaggedImages`, `days` from the day on which they lost their ' +
        'tags. `results` has the days with pushes, as `/assay/coverage` has them.',
      record({
        days: list(
          named(
            'TrendDay',
            {
              day,
              unhealthyBySeverity: record(bySeverity),
              healthy: count,
              undetermined: count,
              notApplicable: count,
              'charges?': list(record({ currency: text, amount: text, charges: count }, { title: 'DayCharges' })),
            },
            'Images at the end of a day by status, and the charges of the day.',
          ),
        ),
        untaggedImages: describedBeside.untaggedImages,
        ages: list(named('TrendAges', { bucket: oneOf(...ageBuckets), ...bySeverity }, 'Findings by age.')),
        results: list(
          named(
            'TrendResults',
            {
              day,
              inTime: count,
              late: count,
              'p50Seconds?': number,
              'p95Seconds?': number,
              'slowestSeconds?': number,
            },
            'Pushes of a day by the time to their first answer.',
          ),
        ),
      }),
    ),
  },
};
