import { gauge, seriesOf } from '../expression.ts';
import { steady, type AlertGroup } from '../alert.ts';

const mismatch = seriesOf('assay.charges.mismatch', { service: 'recommendation' });
const waiting = seriesOf('assay.charges.waiting', { service: 'billing' });

/** Whether each assessed image is charged once. */
export const billingAlerts: AlertGroup = {
  name: 'assay-billing',
  alerts: [
    {
      name: 'AssayChargeMismatch',
      severity: 'page',
      // Images that wait for a price are known, and have an alert of their own. Without their number nothing is known.
      when: gauge('assay.charges.mismatch').max().minus(gauge('assay.charges.waiting').sum()).above(0),
      holds: '15m',
      summary: 'Charges and first results differ by {{ $value }}',
      description: 'An assessed image is charged once for each subscription. Some are not, or twice. Inform finance.',
      fires: [
        {
          title: 'two images for 20 minutes',
          minutes: 20,
          series: [
            [mismatch, steady(2)],
            [waiting, steady(0)],
          ],
          alerts: [{ value: '2' }],
        },
      ],
      quiet: [
        {
          title: 'for 14 minutes',
          minutes: 14,
          series: [
            [mismatch, steady(2)],
            [waiting, steady(0)],
          ],
        },
        { title: 'billing does not report', minutes: 20, series: [[mismatch, steady(2)]] },
        {
          title: 'none',
          minutes: 20,
          series: [
            [mismatch, steady(0)],
            [waiting, steady(0)],
          ],
        },
        {
          title: 'two that wait for a price',
          minutes: 20,
          series: [
            [mismatch, steady(2)],
            [waiting, steady(2)],
          ],
        },
      ],
    },
    {
      name: 'AssayChargesWaiting',
      severity: 'ticket',
      when: gauge('assay.charges.waiting').sum().above(0),
      holds: '15m',
      summary: '{{ $value }} assessed images have no price on their day',
      description: 'They are charged once a price rule applies to their day.',
      fires: [{ title: 'five for 20 minutes', minutes: 20, series: [[waiting, steady(5)]], alerts: [{ value: '5' }] }],
      quiet: [{ title: 'none', minutes: 20, series: [[waiting, steady(0)]] }],
    },
  ],
};
