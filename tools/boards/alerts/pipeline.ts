import { absentGauge, counter, gauge, oneOf, noneOf, seriesOf, type Expression } from '../expression.ts';
import { absent, appears, rising, steady, inTurn, watched, type AlertGroup } from '../alert.ts';
import { services } from '../services.ts';

const parked = (service: string) => seriesOf('assay.events.parked.now', { service, topic: 'scan.completed' });
const outbox = seriesOf('assay.outbox.age', { service: 'classifier' });
const lag = seriesOf('assay.consumer.lag', { service: 'classifier' });
const filled = seriesOf('assay.stores.filled', { service: 'billing' });
const halted = seriesOf('assay.partitions.halted.now', { service: 'billing' });
const waiting = seriesOf('assay.partitions.waiting', { service: 'classifier' });
const up = (what: 'kafka' | 'redis' | 'registry', service = 'ingestion') => seriesOf('assay.up', { service, what });
const behind = seriesOf('assay.view.behind', { service: 'recommendation' });
const replica = (instance: string): string => behind.replace('}', `,instance="${instance}"}`);
const broken = seriesOf('assay.view.broken', { service: 'recommendation' });
const clock = seriesOf('assay.clock.ahead', { service: 'billing' });
const loopOf = (service: string) => seriesOf('nodejs.eventloop.utilization', { service });

/**
 * Every process has this gauge a few seconds after its start. The lag is unknown without Kafka, and a counter of events
 * is absent until the first one.
 */
const silent = (service: string): Expression<'service'> =>
  absentGauge('nodejs.eventloop.utilization', '15m', { service });

/** Whether events go through all services. */
export const pipelineAlerts: AlertGroup = {
  name: 'assay-pipeline',
  alerts: [
    {
      name: 'AssayParked',
      severity: 'ticket',
      when: gauge('assay.events.parked.now').sum('service').above(0),
      holds: '5m',
      summary: '{{ $value }} events are parked in {{ $labels.service }}',
      description: 'Each holds up its image, which is undetermined/parked until the event is redriven or dropped.',
      fires: [
        {
          title: 'one event is parked',
          minutes: 10,
          series: [[parked('classifier'), steady(1)]],
          alerts: [{ labels: { service: 'classifier' }, value: '1' }],
        },
      ],
      quiet: [
        { title: 'none is', minutes: 10, series: [[parked('classifier'), steady(0)]] },
        {
          title: 'one was, for four minutes',
          minutes: 10,
          series: [[parked('classifier'), inTurn([3, steady(0)], [4, steady(1)], [4, steady(0)])]],
        },
      ],
    },
    {
      name: 'AssayParkedMany',
      severity: 'page',
      when: gauge('assay.events.parked.now', { service: noneOf('billing') })
        .sum('service')
        .above(10),
      holds: '5m',
      summary: '{{ $value }} events are parked in {{ $labels.service }}',
      description:
        'So many images have no result. One cause is likely: a version that does not fit, or a broken sender.',
      fires: [
        {
          title: 'eleven events are parked in the classifier',
          minutes: 10,
          series: [[parked('classifier'), steady(11)]],
          alerts: [{ labels: { service: 'classifier' }, value: '11' }],
        },
      ],
      quiet: [
        { title: 'ten are', minutes: 10, series: [[parked('classifier'), steady(10)]] },
        { title: 'eleven are in billing', minutes: 10, series: [[parked('billing'), steady(11)]] },
      ],
    },
    {
      name: 'AssayOutboxStuck',
      severity: 'page',
      when: gauge('assay.outbox.age').max('service').above(30),
      holds: '2m',
      summary: '{{ $labels.service }} could not publish an event for {{ $value | humanizeDuration }}',
      description: 'The log accepts nothing from it. Results wait.',
      fires: [
        {
          title: 'an event waits for 40 s and longer',
          minutes: 5,
          series: [[outbox, rising(60, 40)]],
          alerts: [{ labels: { service: 'classifier' }, value: '5m 40s' }],
        },
      ],
      quiet: [{ title: 'the oldest waits for 30 s', minutes: 5, series: [[outbox, steady(30)]] }],
    },
    {
      name: 'AssayLag',
      severity: 'page',
      when: gauge('assay.consumer.lag').sum('service').leastOf('15m').above(1_000),
      summary: '{{ $labels.service }} has been {{ $value }} events behind for 15 minutes',
      description: 'It does not keep up, or one of its partitions is held up.',
      fires: [
        {
          title: '1,001 events for 20 minutes',
          minutes: 20,
          series: [[lag, steady(1_001)]],
          alerts: [{ labels: { service: 'classifier' }, value: '1001' }],
        },
      ],
      quiet: [
        {
          title: '9,000 events that are caught up with once',
          minutes: 20,
          series: [[lag, inTurn([10, steady(9_000)], [2, steady(0)], [9, steady(9_000)])]],
        },
        { title: '1,000 events', minutes: 20, series: [[lag, steady(1_000)]] },
      ],
    },
    {
      name: 'AssayStoreRefilled',
      severity: 'ticket',
      when: counter('assay.stores.filled').grew('15m').sum('service'),
      summary: '{{ $labels.service }} rebuilt partitions from the log',
      description: 'Its store was emptied or rolled back, or another version of the program made it.',
      fires: [
        {
          title: 'one partition is rebuilt',
          minutes: 20,
          series: [watched, [filled, appears(15, 1)]],
          alerts: [{ labels: { service: 'billing' } }],
        },
        {
          title: 'a process that began five minutes ago rebuilds twelve',
          minutes: 40,
          series: [
            watched,
            [seriesOf('nodejs.eventloop.utilization', { service: 'billing' }), appears(35, 0.01)],
            [filled, appears(35, 12)],
          ],
          alerts: [{ labels: { service: 'billing' } }],
        },
        {
          title: 'one more is',
          minutes: 40,
          series: [[filled, inTurn([30, steady(12)], [11, steady(13)])]],
          alerts: [{ labels: { service: 'billing' } }],
        },
      ],
      quiet: [
        { title: 'all were long ago', minutes: 40, series: [watched, [filled, steady(12)]] },
        {
          title: 'nothing was monitored for 20 minutes, up to ten minutes ago',
          minutes: 60,
          series: [watched[0], filled].map((each) => [each, inTurn([30, steady(12)], [20, absent], [11, steady(12)])]),
        },
        {
          title: 'one process was not monitored for 20 minutes, up to ten minutes ago',
          minutes: 60,
          series: [watched, [filled, inTurn([30, steady(12)], [20, absent], [11, steady(12)])]],
        },
        {
          title: 'monitoring began ten minutes ago',
          minutes: 20,
          series: [watched[0], filled].map((each) => [each, appears(10, 12)]),
        },
      ],
    },
    {
      name: 'AssayPartitionsHalted',
      severity: 'page',
      when: gauge('assay.partitions.halted.now').sum('service').above(0),
      holds: '1m',
      summary: '{{ $value }} partitions of {{ $labels.service }} stand still',
      description: 'The log is no longer what the service read of it. Neither a restart nor more events end that.',
      fires: [
        {
          title: 'one partition stands still',
          minutes: 5,
          series: [[halted, steady(1)]],
          alerts: [{ labels: { service: 'billing' }, value: '1' }],
        },
      ],
      quiet: [{ title: 'none does', minutes: 5, series: [[halted, steady(0)]] }],
    },
    {
      name: 'AssayPartitionsWaiting',
      severity: 'ticket',
      when: gauge('assay.partitions.waiting').sum('service').above(0),
      holds: '30m',
      summary: '{{ $labels.service }} waits to be upgraded',
      description:
        'The log or the store has a newer version than this program knows. During an upgrade that is normal.',
      fires: [
        {
          title: 'a partition waits for 35 minutes',
          minutes: 35,
          series: [[waiting, steady(1)]],
          alerts: [{ labels: { service: 'classifier' } }],
        },
      ],
      quiet: [{ title: 'for 29 minutes', minutes: 29, series: [[waiting, steady(1)]] }],
    },
    {
      name: 'AssayCutOff',
      severity: 'page',
      when: gauge('assay.up', { what: oneOf('kafka', 'redis') })
        .min('service', 'what')
        .is(0),
      holds: '1m',
      summary: '{{ $labels.service }} does not reach {{ $labels.what }}',
      description:
        'Nothing goes on without it. The read API answers with the time up to which it knows, the gate `unknown`.',
      fires: [
        {
          title: 'Kafka is away for two minutes',
          minutes: 2,
          series: [
            [up('kafka'), steady(0)],
            [up('redis'), steady(1)],
          ],
          alerts: [{ labels: { service: 'ingestion', what: 'kafka' } }],
        },
      ],
      quiet: [
        { title: 'for half a minute', minutes: 2, series: [[up('kafka'), inTurn([1, steady(0)], [2, steady(1)])]] },
        { title: 'a registry is', minutes: 10, series: [[up('registry'), steady(0)]] },
      ],
    },
    {
      name: 'AssayRegistryAway',
      severity: 'ticket',
      when: gauge('assay.up', { what: 'registry' }).min('service').is(0),
      holds: '15m',
      summary: '{{ $labels.service }} does not reach a registry',
      description: 'Its pushes become undetermined at their deadline, and are assessed once it answers.',
      fires: [
        {
          title: 'the runner alone does not, for 20 minutes',
          minutes: 20,
          series: [
            [up('registry'), steady(1)],
            [up('registry', 'sandbox-runner'), steady(0)],
          ],
          alerts: [{ labels: { service: 'sandbox-runner' } }],
        },
        {
          title: 'nothing is pushed while it is away, so the runner does not know',
          minutes: 20,
          series: [[up('registry'), steady(0)]],
          alerts: [{ labels: { service: 'ingestion' } }],
        },
      ],
      quiet: [
        { title: 'for 14 minutes', minutes: 14, series: [[up('registry', 'sandbox-runner'), steady(0)]] },
        { title: 'it does', minutes: 20, series: [[up('registry', 'sandbox-runner'), steady(1)]] },
      ],
    },
    {
      name: 'AssayReadModelBehind',
      severity: 'page',
      when: gauge('assay.view.behind').min().above(10),
      holds: '2m',
      summary: 'Every read model is {{ $value | humanizeDuration }} behind the log, or more',
      description: 'Answers carry that age, and the gate answers unknown.',
      fires: [
        {
          title: '30 s for five minutes',
          minutes: 5,
          series: [[behind, steady(30)]],
          alerts: [{ value: '30s' }],
        },
      ],
      quiet: [
        { title: '10 s', minutes: 5, series: [[behind, steady(10)]] },
        {
          title: 'one replica is being filled, another has all',
          minutes: 5,
          series: [
            [replica('a'), steady(1)],
            [replica('b'), rising(60)],
          ],
        },
      ],
    },
    {
      name: 'AssayReplicaBehind',
      severity: 'ticket',
      when: gauge('assay.view.behind').max().above(10),
      holds: '30m',
      summary: 'A replica of the read model is {{ $value | humanizeDuration }} behind the log',
      description: 'What it answers is as old as that, or it answers nothing yet.',
      fires: [
        {
          title: 'one of two, for 35 minutes',
          minutes: 35,
          series: [
            [replica('a'), steady(1)],
            [replica('b'), steady(30)],
          ],
          alerts: [{ value: '30s' }],
        },
      ],
      quiet: [{ title: 'for 29 minutes', minutes: 29, series: [[behind, steady(30)]] }],
    },
    {
      name: 'AssayReadModelBroken',
      severity: 'page',
      when: gauge('assay.view.broken').max().above(0),
      holds: '1m',
      summary: 'A read model cannot be written or read',
      description: 'A replica of recommendation answers 503. It opens the file again, and ends if that does not help.',
      fires: [{ title: 'one is broken', minutes: 5, series: [[broken, steady(1)]], alerts: [{}] }],
      quiet: [{ title: 'none is', minutes: 5, series: [[broken, steady(0)]] }],
    },
    {
      name: 'AssayClockDiffers',
      severity: 'ticket',
      when: gauge('assay.clock.ahead').absolute().max('service').above(5),
      holds: '5m',
      summary: 'A clock of {{ $labels.service }} differs by {{ $value | humanizeDuration }}',
      description: 'Deadlines, sweeps and the order of timelines are wrong by as much.',
      fires: [
        {
          title: 'a clock is 20 s late',
          minutes: 10,
          series: [[clock, steady(-20)]],
          alerts: [{ labels: { service: 'billing' }, value: '20s' }],
        },
      ],
      quiet: [{ title: 'it is 5 s early', minutes: 10, series: [[clock, steady(5)]] }],
    },
    {
      name: 'AssaySilence',
      severity: 'page',
      when: services.map(silent).reduce((all, one) => all.or(one)),
      summary: 'Nothing is known of {{ $labels.service }}: no metrics for 15 minutes',
      description: 'No process of it runs, or its telemetry does not arrive. No other alert can fire for it.',
      fires: [
        {
          title: 'there is no metric of billing',
          minutes: 20,
          series: services.filter((service) => service !== 'billing').map((service) => [loopOf(service), steady(0.01)]),
          alerts: [{ labels: { service: 'billing' } }],
        },
      ],
      quiet: [
        {
          title: 'all services are there, and nothing happens',
          minutes: 20,
          series: services.map((service) => [loopOf(service), steady(0.01)]),
        },
        {
          title: 'Kafka is away, so the lag is unknown',
          minutes: 30,
          series: services.flatMap((service) => [
            [loopOf(service), steady(0.01)],
            [seriesOf('assay.consumer.lag', { service }), inTurn([5, steady(0)], [26, absent])],
          ]),
        },
      ],
    },
  ],
};
