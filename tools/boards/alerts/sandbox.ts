import { counter, gauge, oneOf, seriesOf, type Expression } from '../expression.ts';
import { absent, appears, rising, steady, inTurn, watched, type AlertGroup } from '../alert.ts';

const service = 'sandbox-runner';
const day = 86_400;

const failedScans = (): Expression<'reason'> =>
  counter('assay.scans', { outcome: oneOf('failed', 'timed-out'), joined: 'false' })
    .increase('30m')
    .sum('reason');
const allScans = (): Expression<never> => counter('assay.scans', { joined: 'false' }).increase('30m').sum();

const succeeded = seriesOf('assay.scans', { service, outcome: 'succeeded', joined: 'false' });
const failed = (reason: string) => seriesOf('assay.scans', { service, outcome: 'failed', joined: 'false', reason });
const timedOut = seriesOf('assay.scans', { service, outcome: 'timed-out', joined: 'false', reason: 'deadline' });
const joined = seriesOf('assay.scans', { service, outcome: 'succeeded', joined: 'true' });
const wall = (state: 'stands' | 'missing') =>
  seriesOf('assay.sandbox.walls', { service, wall: 'finds no file of the host', state });
const age = seriesOf('assay.database.age', { service: 'ingestion' });
const failing = seriesOf('assay.database.failing', { service: 'ingestion' });
const held = seriesOf('assay.database.held', { service: 'ingestion' });
const demonstration = seriesOf('assay.database.demonstration', { service: 'recommendation' });
const recalled = seriesOf('assay.scanner.recalled', { service });

/** Whether images can be scanned, and results be relied on. */
export const sandboxAlerts: AlertGroup = {
  name: 'assay-sandbox',
  alerts: [
    {
      name: 'AssayScansFailing',
      severity: 'ticket',
      when: failedScans().shareOf(allScans()).above(0.05).while(allScans().atLeast(20)),
      summary: '{{ $value | humanizePercentage }} of the scans fail: {{ $labels.reason }}',
      description: 'Their images are undetermined/failed with this reason.',
      fires: [
        {
          title: '6 % by a scanner that crashes',
          minutes: 35,
          series: [
            [succeeded, rising(9.4)],
            [failed('scanner-crashed'), rising(0.6)],
          ],
          alerts: [{ labels: { reason: 'scanner-crashed' }, value: '6%' }],
        },
        {
          title: '6 % that are not ready in time',
          minutes: 35,
          series: [
            [succeeded, rising(9.4)],
            [timedOut, rising(0.6)],
          ],
          alerts: [{ labels: { reason: 'deadline' }, value: '6%' }],
        },
        {
          title: '6 %, and as many results are joined',
          minutes: 35,
          series: [
            [succeeded, rising(9.4)],
            [joined, rising(10)],
            [failed('scanner-crashed'), rising(0.6)],
          ],
          alerts: [{ labels: { reason: 'scanner-crashed' }, value: '6%' }],
        },
      ],
      quiet: [
        {
          title: '5 %',
          minutes: 35,
          series: [
            [succeeded, rising(9.5)],
            [failed('scanner-crashed'), rising(0.5)],
          ],
        },
        { title: '15 scans in half an hour, all failed', minutes: 35, series: [[failed('not-json'), rising(0.5)]] },
      ],
    },
    {
      name: 'AssayScanOutOfMemory',
      severity: 'ticket',
      when: counter('assay.scans', { reason: 'out-of-memory' }).grew('30m').sum(),
      summary: 'A scan was stopped because it needed more memory than it may use',
      description: 'Its image is undetermined/failed/out-of-memory until it is scanned with more.',
      fires: [
        {
          title: 'one scan is stopped',
          minutes: 40,
          series: [watched, [failed('out-of-memory'), appears(35, 1)]],
          alerts: [{}],
        },
      ],
      quiet: [{ title: 'one was, an hour ago', minutes: 60, series: [watched, [failed('out-of-memory'), steady(1)]] }],
    },
    {
      name: 'AssayScanForbiddenCall',
      severity: 'page',
      when: counter('assay.scans', { reason: 'security-violation' }).grew('1h').sum(),
      summary: 'A scan was stopped because it made a forbidden system call',
      description: 'The scanner has a fault, or an image took it over and tried to leave the sandbox.',
      fires: [
        {
          title: 'one scan is stopped',
          minutes: 70,
          series: [watched, [failed('security-violation'), appears(65, 1)]],
          alerts: [{}],
        },
      ],
      quiet: [
        { title: 'one was, two hours ago', minutes: 120, series: [watched, [failed('security-violation'), steady(1)]] },
        { title: 'a scan fails otherwise', minutes: 70, series: [[failed('timeout'), rising(1)]] },
      ],
    },
    {
      name: 'AssayWallMissing',
      severity: 'page',
      // A runner that lacks a wall reports it once, and ends: it may be a while until it tries again.
      when: gauge('assay.sandbox.walls', { state: 'missing' }).mostOf('15m').max('wall').above(0),
      summary: 'A wall of a sandbox is missing: "{{ $labels.wall }}" does not hold',
      description: 'It refuses to scan. An image that takes the scanner over would meet one wall less.',
      fires: [
        {
          title: 'a runner reports it, ends, and has not come back for ten minutes',
          minutes: 15,
          series: [[wall('missing'), inTurn([5, steady(1)], [11, absent])]],
          alerts: [{ labels: { wall: 'finds no file of the host' } }],
        },
      ],
      quiet: [
        {
          title: 'it stands',
          minutes: 15,
          series: [
            [wall('missing'), steady(0)],
            [wall('stands'), steady(1)],
          ],
        },
        {
          title: 'it was missing 20 minutes ago',
          minutes: 30,
          series: [[wall('missing'), inTurn([10, steady(1)], [21, steady(0)])]],
        },
      ],
    },
    {
      name: 'AssayDatabaseOld',
      severity: 'ticket',
      when: gauge('assay.database.age')
        .max()
        .above(2 * day),
      holds: '15m',
      summary: 'The vulnerability database is {{ $value | humanizeDuration }} old',
      description: 'From seven days on it makes no image healthy.',
      fires: [
        { title: '49 hours', minutes: 20, series: [[age, steady(49 * 3_600)]], alerts: [{ value: '2d 1h 0m 0s' }] },
      ],
      quiet: [{ title: '48 hours', minutes: 20, series: [[age, steady(48 * 3_600)]] }],
    },
    {
      name: 'AssayDatabaseVeryOld',
      severity: 'page',
      when: gauge('assay.database.age')
        .max()
        .above(6 * day),
      holds: '15m',
      summary: 'The vulnerability database is {{ $value | humanizeDuration }} old',
      description: 'At seven days images become undetermined/advisories-too-old.',
      fires: [
        { title: '145 hours', minutes: 20, series: [[age, steady(145 * 3_600)]], alerts: [{ value: '6d 1h 0m 0s' }] },
      ],
      quiet: [{ title: '144 hours', minutes: 20, series: [[age, steady(144 * 3_600)]] }],
    },
    {
      name: 'AssayDatabaseFailing',
      severity: 'ticket',
      when: gauge('assay.database.failing').max().above(day),
      holds: '15m',
      summary: 'No vulnerability database could be fetched for {{ $value | humanizeDuration }}',
      description: 'The one in use grows old.',
      fires: [
        {
          title: 'for 25 hours',
          minutes: 20,
          series: [[failing, steady(25 * 3_600)]],
          alerts: [{ value: '1d 1h 0m 0s' }],
        },
      ],
      quiet: [{ title: 'for 24 hours', minutes: 20, series: [[failing, steady(24 * 3_600)]] }],
    },
    {
      name: 'AssayDatabaseHeld',
      severity: 'ticket',
      when: gauge('assay.database.held').max().above(0),
      holds: '5m',
      summary: 'A newer vulnerability database waits for an order',
      description: 'It takes too much away, or the runners did not answer. Until then the one in use grows old.',
      fires: [{ title: 'for ten minutes', minutes: 10, series: [[held, rising(60)]], alerts: [{}] }],
      quiet: [
        { title: 'none is', minutes: 20, series: [[held, steady(0)]] },
        { title: 'for four minutes', minutes: 20, series: [[held, inTurn([5, rising(60)], [16, steady(0)])]] },
      ],
    },
    {
      name: 'AssayDemonstrationDatabase',
      severity: 'page',
      when: gauge('assay.database.demonstration').max().above(0),
      holds: '1h',
      summary: 'Images are assessed with the demonstration database',
      description: 'It knows a handful of vulnerabilities: images look better than they are.',
      fires: [{ title: 'for 70 minutes', minutes: 70, series: [[demonstration, steady(1)]], alerts: [{}] }],
      quiet: [
        { title: 'for 59 minutes, until the first real one', minutes: 59, series: [[demonstration, steady(1)]] },
        { title: 'a real one', minutes: 70, series: [[demonstration, steady(0)]] },
      ],
    },
    {
      name: 'AssayRunnerHasRecalledScanner',
      severity: 'page',
      when: gauge('assay.scanner.recalled').max().above(0),
      holds: '5m',
      summary: 'A runner has a scanner that was recalled, and scans nothing',
      description: 'Pushes wait for runners that have another one.',
      fires: [{ title: 'one has', minutes: 10, series: [[recalled, steady(1)]], alerts: [{}] }],
      quiet: [{ title: 'none has', minutes: 10, series: [[recalled, steady(0)]] }],
    },
  ],
};
