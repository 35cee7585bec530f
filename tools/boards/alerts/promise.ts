import type { LabelsOf } from '@assay/telemetry';
import { counter, gauge, gaugeBefore, noneOf, oneOf, seriesOf } from '../expression.ts';
import { appears, rising, steady, inTurn, watched, type AlertGroup, type Values } from '../alert.ts';
import { burns } from '../slo.ts';

const service = 'recommendation';

/** Counters of pushes: in time and late. */
const pushes = (inTime: Values, late: Values) =>
  [
    [seriesOf('assay.pushes', { service, lane: 'push', in_time: 'true', outcome: 'healthy' }), inTime],
    [seriesOf('assay.pushes', { service, lane: 'push', in_time: 'false', outcome: 'overdue' }), late],
  ] as const;

const overdue = seriesOf('assay.pushes.overdue', { service });
const registry = 'registry.example.com';
const missing = seriesOf('assay.coverage.missing', { service, registry });
const job = (lane: string) => seriesOf('assay.jobs.age', { service: 'sandbox-runner', lane });
const notified = (outcome: LabelsOf<'notifications'>['outcome']) =>
  seriesOf('assay.notifications', { service: 'ingestion', outcome });
const found = seriesOf('assay.sweep.found', { service: 'ingestion', registry });
const sweepAge = seriesOf('assay.sweep.age', { service: 'ingestion', registry });
const sweepFailed = (code: string) => seriesOf('assay.sweep.failures', { service: 'ingestion', registry, code });
const discovery = 'prod';
const unlisted = seriesOf('assay.discovery.failing', { service: 'ingestion', discovery });
const held = seriesOf('assay.sweep.held', { service: 'ingestion', registry });

/** Whether the promise is kept, and whether every push is known. */
export const promiseAlerts: AlertGroup = {
  name: 'assay-promise',
  alerts: [
    {
      name: 'AssayResultsLateFast',
      severity: 'page',
      when: burns(14.4, '1h', '5m').or(burns(6, '6h', '30m')),
      summary: '{{ $value | humanizePercentage }} of the fresh pushes have no result within 15 minutes',
      description: 'The promise is 99.9 % over 30 days. At this rate the month is spent within five days, at the most.',
      fires: [
        {
          title: '1.5 % late for an hour, after a busy one without any',
          minutes: 120,
          series: pushes(
            inTurn([60, rising(1_000)], [61, rising(98.5, 60_000)]),
            inTurn([60, steady(0)], [61, rising(1.5)]),
          ),
          alerts: [{ value: '1.5%' }],
        },
        {
          title: '0.7 % late all the time',
          minutes: 70,
          series: pushes(rising(99.3), rising(0.7)),
          alerts: [{ value: '0.7%' }],
        },
      ],
      quiet: [
        {
          title: '1.4 % late for an hour, after a busy one without any',
          minutes: 120,
          series: pushes(
            inTurn([60, rising(1_000)], [61, rising(98.6, 60_000)]),
            inTurn([60, steady(0)], [61, rising(1.4)]),
          ),
        },
        { title: '0.59 % late all the time', minutes: 70, series: pushes(rising(99.41), rising(0.59)) },
        {
          title: '10 % late for half an hour that is over for 40 minutes',
          minutes: 70,
          series: pushes(
            inTurn([30, rising(90)], [41, rising(100, 2_700)]),
            inTurn([30, rising(10)], [41, steady(300)]),
          ),
        },
        { title: '18 pushes in an hour, all late', minutes: 60, series: pushes(steady(0), rising(0.3)) },
      ],
    },
    {
      name: 'AssayResultsLateSlow',
      severity: 'ticket',
      when: burns(1, '3d', '6h'),
      summary: '{{ $value | humanizePercentage }} of the fresh pushes of three days have no result within 15 minutes',
      description: 'The promise is 99.9 % over 30 days. At this rate it is broken at the end of the month.',
      fires: [
        {
          title: '0.11 % late all the time',
          minutes: 70,
          series: pushes(rising(99.89), rising(0.11)),
          alerts: [{ value: '0.11%' }],
        },
      ],
      quiet: [{ title: '0.09 % late all the time', minutes: 70, series: pushes(rising(99.91), rising(0.09)) }],
    },
    {
      name: 'AssayPushWaiting',
      severity: 'page',
      when: gauge('assay.jobs.age', { lane: oneOf('push', 'inspect/.*') })
        .max('service')
        .above(600),
      holds: '2m',
      summary: 'A fresh push has waited for {{ $value | humanizeDuration }} in {{ $labels.service }}',
      description: 'Its result is promised within 15 minutes. Five minutes are left, or less.',
      fires: [
        {
          title: 'a job of a fresh push is eleven minutes old',
          minutes: 5,
          series: [[job('push'), steady(660)]],
          alerts: [{ labels: { service: 'sandbox-runner' }, value: '11m 0s' }],
        },
        {
          title: 'a manifest was not read for eleven minutes',
          minutes: 5,
          series: [[seriesOf('assay.jobs.age', { service: 'ingestion', lane: `inspect/${registry}` }), steady(660)]],
          alerts: [{ labels: { service: 'ingestion' }, value: '11m 0s' }],
        },
      ],
      quiet: [
        { title: 'it is ten minutes old', minutes: 5, series: [[job('push'), steady(600)]] },
        { title: 'a backfill is an hour old', minutes: 5, series: [[job('backfill'), steady(3600)]] },
        {
          title: 'it has been eleven minutes old for one minute',
          minutes: 5,
          series: [[job('push'), inTurn([4, steady(590)], [2, steady(660)])]],
        },
      ],
    },
    {
      name: 'AssayPushOverdue',
      severity: 'page',
      when: gauge('assay.pushes.overdue').max().above(0),
      holds: '5m',
      summary: '{{ $value }} images have no result for a push, and its 15 minutes are over',
      description: 'They are undetermined/overdue: the gate answers unknown.',
      fires: [
        {
          title: 'one push is overdue',
          minutes: 10,
          series: [[overdue, steady(1)]],
          alerts: [{ value: '1' }],
        },
      ],
      quiet: [
        { title: 'none is', minutes: 10, series: [[overdue, steady(0)]] },
        {
          title: 'one was, for four minutes',
          minutes: 10,
          series: [[overdue, inTurn([3, steady(0)], [4, steady(1)], [4, steady(0)])]],
        },
      ],
    },
    {
      name: 'AssayCoverageImbalance',
      severity: 'page',
      when: gauge('assay.coverage.missing').max('registry').above(0),
      holds: '30m',
      summary: '{{ $value }} pushes to {{ $labels.registry }} have no answer, by the ledger',
      description: 'They are neither assessed, declined, undetermined nor on their way, and not known as overdue.',
      fires: [
        {
          title: 'one is missing for 35 minutes',
          minutes: 35,
          series: [[missing, steady(1)]],
          alerts: [{ labels: { registry }, value: '1' }],
        },
      ],
      quiet: [
        { title: 'for 29 minutes', minutes: 29, series: [[missing, steady(1)]] },
        { title: 'none is', minutes: 35, series: [[missing, steady(0)]] },
      ],
    },
    {
      name: 'AssayNotificationsRefused',
      severity: 'ticket',
      when: counter('assay.notifications', { outcome: noneOf('accepted', 'ignored') })
        .grew('15m')
        .sum('outcome'),
      summary: 'Notifications are refused: {{ $labels.outcome }}',
      description: 'Pushes behind them are found by the next sweep only, if at all.',
      fires: [
        {
          title: 'a notification of a registry that is not onboarded',
          minutes: 20,
          series: [watched, [notified('unknown-registry'), appears(15, 1)]],
          alerts: [{ labels: { outcome: 'unknown-registry' } }],
        },
        {
          title: 'a webhook that shows a secret of before',
          minutes: 20,
          series: [[notified('unauthenticated'), rising(1)]],
          alerts: [{ labels: { outcome: 'unauthenticated' } }],
        },
      ],
      quiet: [
        {
          title: 'others are accepted, and kinds ignored that are no pushes, such as pulls and blobs',
          minutes: 20,
          series: [
            [notified('accepted'), rising(10)],
            [notified('ignored'), rising(20)],
            [notified('unknown-registry'), steady(4)],
          ],
        },
      ],
    },
    {
      name: 'AssayNotificationsLost',
      severity: 'ticket',
      when: counter('assay.sweep.found')
        .grew('1h')
        .sum('registry')
        .and(gaugeBefore('assay.sweep.age', '2h').max('registry')),
      summary: 'A sweep of {{ $labels.registry }} found pushes or deletions without a notification',
      description: 'Nothing is lost, but each was late by up to the interval of the sweeps.',
      fires: [
        {
          title: 'a sweep finds one, in a registry that is swept for hours',
          minutes: 180,
          series: [watched, [sweepAge, steady(300)], [found, appears(160, 1)]],
          alerts: [{ labels: { registry } }],
        },
      ],
      quiet: [
        {
          title: 'the first sweep takes a registry in',
          minutes: 180,
          series: [watched, [sweepAge, appears(150, 300)], [found, appears(150, 4000)]],
        },
        {
          title: 'what was found was found two hours ago',
          minutes: 300,
          series: [
            [sweepAge, steady(300)],
            [found, inTurn([180, steady(1)], [121, steady(2)])],
          ],
        },
      ],
    },
    {
      name: 'AssaySweepFailing',
      severity: 'ticket',
      when: gauge('assay.sweep.age').max('registry').above(2_700),
      holds: '5m',
      summary: '{{ $labels.registry }} was not swept completely for {{ $value | humanizeDuration }}',
      // The age has no code: a sweep that hangs has none, and codes that change would make several tickets of one.
      description:
        'That is three intervals of sweeps. A push whose notification was lost is not found. The panel ' +
        '"Failed sweeps" of the board The promise has the codes of this registry.',
      fires: [
        {
          title: 'no complete sweep for 46 minutes',
          minutes: 10,
          series: [[sweepAge, steady(2_760)]],
          alerts: [{ labels: { registry }, value: '46m 0s' }],
        },
      ],
      quiet: [{ title: 'for 45 minutes', minutes: 10, series: [[sweepAge, steady(2_700)]] }],
    },
    {
      name: 'AssaySweepUnauthorized',
      severity: 'page',
      when: counter('assay.sweep.failures', { code: 'unauthorized' }).grew('1h').sum('registry'),
      summary: '{{ $labels.registry }} refuses the credentials of Assay',
      description: 'Neither sweeps nor scans of this registry work before its credentials are right.',
      fires: [
        {
          title: 'a sweep is refused',
          minutes: 70,
          series: [watched, [sweepFailed('unauthorized'), appears(65, 1)]],
          alerts: [{ labels: { registry } }],
        },
      ],
      quiet: [
        { title: 'a sweep fails otherwise', minutes: 70, series: [[sweepFailed('unreachable'), rising(1)]] },
        {
          title: 'it was refused two hours ago',
          minutes: 130,
          series: [watched, [sweepFailed('unauthorized'), steady(1)]],
        },
      ],
    },
    {
      name: 'AssayDiscoveryFailing',
      severity: 'ticket',
      when: gauge('assay.discovery.failing').max('discovery').above(0),
      holds: '1h',
      summary: 'The discovery {{ $labels.discovery }} cannot list {{ $value }} subscriptions',
      description: 'New registries there are not found, and those that closed or are gone stay as they were.',
      fires: [
        {
          title: 'two cannot be listed for an hour',
          minutes: 65,
          series: [[unlisted, steady(2)]],
          alerts: [{ labels: { discovery }, value: '2' }],
        },
      ],
      quiet: [{ title: 'for 50 minutes', minutes: 50, series: [[unlisted, steady(2)]] }],
    },
    {
      name: 'AssaySweepHeld',
      severity: 'ticket',
      when: gauge('assay.sweep.held').max('registry').above(0),
      holds: '5m',
      summary: '{{ $labels.registry }} seems to have lost {{ $value }} images',
      description: 'So many are gone at once that no sweep publishes it. It needs an order.',
      fires: [
        {
          title: '40 images are held',
          minutes: 10,
          series: [[held, steady(40)]],
          alerts: [{ labels: { registry }, value: '40' }],
        },
      ],
      quiet: [{ title: 'none is', minutes: 10, series: [[held, steady(0)]] }],
    },
  ],
};
