import { absentGauge, counter, gauge, seriesOf } from '../expression.ts';
import { absent, inTurn, rising, steady, watched, type AlertGroup } from '../alert.ts';

const service = 'recommendation';
const recalled = seriesOf('assay.images.recalled', { service });
const gate = (decision: 'allow' | 'deny' | 'unknown', reason: string) =>
  seriesOf('assay.gate', { service, decision, reason });

const behind = seriesOf('assay.view.behind', { service });
const overdue = seriesOf('assay.pushes.overdue', { service });

const decided = () => counter('assay.gate').increase('30m').sum();

/** Whether users get answers about their images. */
export const estateAlerts: AlertGroup = {
  name: 'assay-estate',
  alerts: [
    {
      name: 'AssayEstateUnknown',
      severity: 'page',
      // A read model that is behind, or that is not there, has an alert of its own.
      when: absentGauge('assay.pushes.overdue', '5m').while(gauge('assay.view.behind').min().atMost(10)),
      holds: '30m',
      summary: 'Nothing is known of the estate, although a read model is current',
      description:
        'The numbers of overdue pushes, of images that are not accounted for, of charges that do not match and of ' +
        'recalled results are missing, so none of their alerts can fire.',
      fires: [
        { title: 'for 40 minutes', minutes: 40, series: [[behind, steady(1)]], alerts: [{ value: '1' }] },
        {
          title: 'it ends after an hour',
          minutes: 100,
          series: [
            [behind, steady(1)],
            [overdue, inTurn([60, steady(0)], [41, absent])],
          ],
          alerts: [{ value: '1' }],
        },
      ],
      quiet: [
        { title: 'for 29 minutes', minutes: 29, series: [[behind, steady(1)]] },
        {
          title: 'nothing is overdue',
          minutes: 60,
          series: [
            [behind, steady(1)],
            [overdue, steady(0)],
          ],
        },
        { title: 'the read model is behind', minutes: 60, series: [[behind, steady(60)]] },
        { title: 'no process of recommendation runs', minutes: 60, series: [watched] },
        {
          title: 'another instance takes over within ten minutes',
          minutes: 100,
          series: [
            [behind, steady(1)],
            [overdue, inTurn([50, steady(0)], [10, absent], [41, steady(0)])],
          ],
        },
      ],
    },
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
