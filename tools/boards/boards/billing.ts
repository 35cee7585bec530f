import { lines, number, query, stack, zeroIsGood, type Board } from '../board.ts';
import { counter, gauge } from '../expression.ts';

/** Whether each assessed image is charged once. */
export const billing: Board = {
  name: 'billing',
  title: 'Assay: billing',
  description: 'Charges, what is not charged and why, and exports.',
  rows: [
    {
      title: 'Now',
      panels: [
        number(
          'Mismatch',
          'short',
          gauge('assay.charges.mismatch').max(),
          'Difference between charges and first results. Good: 0.',
          zeroIsGood,
        ),
        number(
          'Without a price',
          'short',
          gauge('assay.charges.waiting').sum(),
          'Assessed images that wait for a price rule. Good: 0.',
          zeroIsGood,
        ),
        number('Charges, a day', 'short', counter('assay.charges').increase('1d').sum(), 'Of the last 24 hours.'),
        number(
          'Parked in billing',
          'short',
          gauge('assay.events.parked.now', { service: 'billing' }).sum(),
          'Events that could not be charged. Good: 0.',
          zeroIsGood,
        ),
      ],
    },
    {
      title: 'Over time',
      panels: [
        stack(
          'Charges',
          'short',
          [query('{{currency}}', counter('assay.charges').increase('1d').sum('currency'))],
          'In the 24 hours before each point, by currency.',
        ),
        lines(
          'Mismatch and waiting',
          'short',
          [
            query('mismatch', gauge('assay.charges.mismatch').max()),
            query('without a price', gauge('assay.charges.waiting').sum()),
          ],
          'Good: 0.',
        ),
        stack(
          'Not charged, by reason',
          'short',
          [
            query('{{reason}}', counter('assay.declined').increase('1d').sum('reason')),
            query('undetermined', counter('assay.pushes', { outcome: 'undetermined' }).increase('1d').sum()),
          ],
          'Pushes of 24 hours that are no charge: only healthy and unhealthy images are charged.',
        ),
        stack(
          'First results',
          'short',
          [query('{{outcome}}', counter('assay.pushes').increase('1d').sum('outcome'))],
          'Pushes of 24 hours. Those that are healthy or unhealthy are charged, once for each digest and subscription.',
        ),
        lines(
          'Exports',
          'short',
          [query('{{format}}', counter('assay.exports').increase('1d').sum('format'))],
          'Exports of charges in 24 hours.',
        ),
      ],
    },
  ],
};
