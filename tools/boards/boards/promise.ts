import { lines, number, query, stack, upTo, zeroIsGood, type Board } from '../board.ts';
import { counter, gauge, oneOf, quantile, type LabelOf } from '../expression.ts';
import { budget, lateShare, leastPushes, period, pushesIn } from '../slo.ts';

const lane: LabelOf<'assay.push.duration'> = 'lane';

/** Whether each push has a result within 15 minutes. */
export const promise: Board = {
  name: 'promise',
  title: 'Assay: the promise',
  description: 'Every push has a visible result within 15 minutes: 99.9 % of them, over 30 days.',
  rows: [
    {
      title: 'Now',
      panels: [
        number(
          'In time, 30 days',
          'percentunit',
          lateShare(period).fromOne(),
          'Share of fresh pushes with a result within 15 minutes, over 30 days. The promise is 99.9 %.',
          [
            [null, 'red'],
            [1 - budget, 'green'],
          ],
        ),
        number(
          'Budget left',
          'percentunit',
          lateShare(period)
            .times(1 / budget)
            .fromOne(),
          'Share of the late pushes that the month may have and has not had yet. Below 0 the promise is broken.',
          [
            [null, 'red'],
            [0, 'orange'],
            [0.5, 'green'],
          ],
        ),
        number(
          'Overdue now',
          'short',
          gauge('assay.pushes.overdue').max(),
          'Images without a result for a push whose 15 minutes are over. Good: 0.',
          zeroIsGood,
        ),
        number(
          'Not accounted for',
          'short',
          gauge('assay.coverage.missing').max('registry').sum(),
          'Pushes of 14 days that the ledger has no answer for. Good: 0.',
          zeroIsGood,
        ),
        number(
          'Oldest waiting push',
          's',
          gauge('assay.jobs.age', { lane: oneOf('push', 'inspect/.*') }).max(),
          'Age of the oldest unfinished job of a fresh push. It has 15 minutes.',
          upTo(300, 600),
        ),
        number(
          'Pushes, a day',
          'short',
          pushesIn('1d'),
          `Fresh pushes of the last 24 hours. Shares mean little below ${leastPushes}.`,
        ),
      ],
    },
    {
      title: 'How long a result takes',
      panels: [
        lines(
          'From the push to its result',
          's',
          [0.5, 0.95, 0.99].map((share) =>
            query(`p${share * 100} {{lane}}`, quantile(share, 'assay.push.duration', '1h', {}, [lane])),
          ),
          'By lane: fresh pushes, and backfills, which have 24 hours: images that only a sweep finds.',
        ),
        lines(
          'Late, share',
          'percentunit',
          [query('1 hour', lateShare('1h')), query('6 hours', lateShare('6h')), query('3 days', lateShare('3d'))],
          'Share of fresh pushes without a result in time. The month may have 0.1 %. A page comes at 1.44 % an hour.',
        ),
        stack(
          'First results',
          'short',
          [query('{{outcome}}', counter('assay.pushes', { lane: 'push' }).increase('1h').sum('outcome'))],
          'Fresh pushes by their first final state, an hour.',
        ),
        lines(
          'From a later cause to its change',
          's',
          [query('p95 {{cause}}', quantile(0.95, 'assay.change.duration', '1h', {}, ['cause']))],
          'From the result, refusal or lapse behind a change that no push asked for, until it is published.',
        ),
      ],
    },
    {
      title: 'How pushes become known',
      panels: [
        lines(
          'Notifications',
          'short',
          [query('{{outcome}}', counter('assay.notifications').increase('15m').sum('outcome'))],
          'Notifications of registries by result, in 15 minutes. Ignored are kinds that are no push or deletion of ' +
            'an image. All others but accepted are refused.',
        ),
        lines(
          'Found by sweeps',
          'short',
          [query('{{registry}}', counter('assay.sweep.found').increase('1h').sum('registry'))],
          'Pushes and deletions without a notification, an hour. Good: 0, but for a registry that is taken in.',
        ),
        lines(
          'Age of sweeps',
          's',
          [query('{{registry}}', gauge('assay.sweep.age').max('registry'))],
          'Time since the last complete sweep of each registry.',
        ),
        lines(
          'Failed sweeps',
          'short',
          [query('{{registry}} {{code}}', counter('assay.sweep.failures').increase('1h').sum('registry', 'code'))],
          'Sweeps that failed or were incomplete, an hour, with the code. Good: none.',
        ),
        lines(
          'Images held by sweeps',
          'short',
          [query('{{registry}}', gauge('assay.sweep.held').max('registry'))],
          'So many images are gone at once that a sweep does not publish it. Good: 0.',
        ),
        lines(
          'Subscriptions that cannot be listed',
          'short',
          [query('{{discovery}}', gauge('assay.discovery.failing').max('discovery'))],
          'Registries that are new, gone or restricted there stay unknown. Good: 0.',
        ),
        lines(
          'Not accounted for',
          'short',
          [query('{{registry}}', gauge('assay.coverage.missing').max('registry'))],
          'Pushes that the ledger misses, by registry. Good: 0.',
        ),
      ],
    },
  ],
  traces: [
    {
      title: 'Slow pushes',
      description:
        'Traces of pushes that took at least as long as "Slow from" at the head of the board. Where `push` has no ' +
        'other span beside it, it waited.',
      search: { service: 'assay-recommendation', operation: 'push', minDuration: '${slow}' },
    },
    {
      title: 'Failed pushes',
      description:
        'Traces of pushes whose image became `undetermined`, with the reason in the span `push`, and of overdue ones.',
      search: { service: 'assay-recommendation', operation: 'push', tags: 'error=true' },
    },
  ],
};
