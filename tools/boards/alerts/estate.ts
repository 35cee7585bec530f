import { counter, gauge, seriesOf } from '../expression.ts';
import { rising, steady, type AlertGroup } from '../alert.ts';

const service = 'recommendation';
const recalled = seriesOf('assay.images.recalled', { service });
const gate = (decision: 'allow' | 'deny' | 'unknown', reason: string) =>
  seriesOf('assay.gate', { service, decision, reason });

const decided = () => counter('assay.gate').increase('30m').sum();

/** Whether users get answers about their images. */
export const estateAlerts: AlertGroup = {
  name: 'assay-estate',
  alerts: [
    {
      name: 'AssayRecallIncomplete',
      severity: 'ticket',
      when: gauge('assay.images.recalled').max().above(0),
      holds: '1d',
      summary: '{{ $value }} images are still undetermined because of a recall',
      description: 'No other scanner or database has assessed them within a day.',
      fires: [
        { title: 'three images for a day', minutes: 1_445, series: [[recalled, steady(3)]], alerts: [{ value: '3' }] },
      ],
      quiet: [
        { title: 'for six hours', minutes: 360, series: [[recalled, steady(3)]] },
        { title: 'none', minutes: 60, series: [[recalled, steady(0)]] },
      ],
    },
    {
      name: 'AssayGateUnknown',
      severity: 'ticket',
      when: counter('assay.gate', { decision: 'unknown' })
        .increase('30m')
        .sum()
        .over(decided())
        .above(0.1)
        .and(decided().atLeast(20)),
      summary: 'The gate answers unknown to {{ $value | humanizePercentage }} of the pipelines',
      description: 'They stop, although no finding does it.',
      fires: [
        {
          title: '11 %',
          minutes: 35,
          series: [
            [gate('allow', 'no-findings'), rising(8.9)],
            [gate('unknown', 'undetermined'), rising(1.1)],
          ],
          alerts: [{ value: '11%' }],
        },
      ],
      quiet: [
        {
          title: '10 %',
          minutes: 35,
          series: [
            [gate('allow', 'no-findings'), rising(9)],
            [gate('unknown', 'undetermined'), rising(1)],
          ],
        },
        { title: 'all of 15', minutes: 35, series: [[gate('unknown', 'not-known'), rising(0.5)]] },
      ],
    },
  ],
};
