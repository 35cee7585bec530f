import { lines, number, query, stack, upTo, zeroIsGood, type Board } from '../board.ts';
import { counter, gauge, quantile } from '../expression.ts';

const day = 86_400;

/** Whether images can be scanned, and results be relied on. */
export const sandbox: Board = {
  name: 'sandbox',
  title: 'Assay: the sandbox',
  description: 'Runners: their slots and scans, the walls around the scanner, its build and its database.',
  rows: [
    {
      title: 'Now',
      panels: [
        number(
          'Walls missing',
          'short',
          gauge('assay.sandbox.walls', { state: 'missing' }).sum(),
          'Walls of the sandbox that a runner lacks. It refuses to scan then. Good: 0.',
          zeroIsGood,
        ),
        number(
          'Slots used',
          'percentunit',
          gauge('assay.sandbox.slots', { state: 'used' }).sum().over(gauge('assay.sandbox.slots').sum()),
          'Share of the slots of all runners. At 100 % pushes wait.',
          upTo(0.8, 1),
        ),
        number(
          'Age of the database',
          's',
          gauge('assay.database.age').max(),
          'At seven days it makes no image healthy any more.',
          upTo(2 * day, 6 * day),
        ),
        number(
          'Demonstration database',
          'short',
          gauge('assay.database.demonstration').max(),
          '1 while images are assessed with the database for demonstrations. Good: 0.',
          zeroIsGood,
        ),
        number(
          'Recalled scanners in use',
          'short',
          gauge('assay.scanner.recalled').sum(),
          'Runners whose scanner was recalled. They scan nothing. Good: 0.',
          zeroIsGood,
        ),
        number(
          'Builds of the scanner',
          'short',
          gauge('assay.scanner.info').max('version', 'build'),
          'The scanners that run. Good: one.',
          [[null, 'green']],
          '{{version}} {{build}}',
        ),
      ],
    },
    {
      title: 'Scans',
      panels: [
        stack(
          'Scans by result',
          'short',
          [query('{{outcome}} {{reason}}', counter('assay.scans').increase('15m').sum('outcome', 'reason'))],
          'Scans in 15 minutes.',
        ),
        lines(
          'Ended by the sandbox',
          'short',
          [query('{{reason}}', counter('assay.scans', { outcome: 'failed' }).increase('1h').sum('reason'))],
          'Failed scans an hour by cause: memory, time, processes, a forbidden call.',
        ),
        lines(
          'Duration of a scan',
          's',
          [0.5, 0.95, 0.99].map((share) => query(`p${share * 100}`, quantile(share, 'assay.scan.duration', '1h'))),
          'The scanner in its sandbox.',
        ),
        lines(
          'Duration of a pull',
          's',
          [0.5, 0.95, 0.99].map((share) => query(`p${share * 100}`, quantile(share, 'assay.pull.duration', '1h'))),
          'From the registry to the disk of the runner.',
        ),
        stack(
          'Slots',
          'short',
          [query('{{state}}', gauge('assay.sandbox.slots').sum('state'))],
          'Slots of all runners.',
        ),
        stack(
          'Joined scans',
          'short',
          [query('joined {{joined}}', counter('assay.scans').increase('15m').sum('joined'))],
          'Scans whose result another push of the same digest had.',
        ),
      ],
    },
    {
      title: 'Walls',
      panels: [
        stack(
          'Walls by state',
          'short',
          [query('{{state}}', gauge('assay.sandbox.walls').sum('state'))],
          'Over all runners, as each tried them at its start.',
        ),
        lines(
          'Missing walls',
          'short',
          [query('{{wall}}', gauge('assay.sandbox.walls', { state: 'missing' }).sum('wall').above(0))],
          'Each missing wall, with the number of runners. Good: no line.',
        ),
        stack(
          'Bounds of scans',
          'short',
          [query('{{what}} by {{by}}', gauge('assay.sandbox.bounded_by').sum('what', 'by'))],
          'Runners by the means that bounds memory, processes, processor and end of a scan.',
        ),
      ],
    },
    {
      title: 'The database',
      panels: [
        lines(
          'Age',
          's',
          [
            query('age', gauge('assay.database.age').max()),
            query('failing for', gauge('assay.database.failing').max()),
            query('held for', gauge('assay.database.held').max()),
          ],
          'Time since the announced database was built, since updates fail, and since a newer one is held.',
        ),
        lines(
          'Until all images were assessed with it',
          's',
          [
            query('newest', gauge('assay.database.latency').max()),
            query('p95 {{scanner}}', quantile(0.95, 'assay.database.marked', '1d', {}, ['scanner'])),
          ],
          'From the build of a database to the last image.',
        ),
        lines(
          'Not covered',
          'short',
          [
            query('excepted {{scanner}}', counter('assay.database.excepted').increase('1h').sum('scanner')),
            query('held back {{scanner}}', counter('assay.database.unmarked').increase('1h').sum('scanner')),
          ],
          'Images and registries that a mark excepts, and looks at marks that are held back.',
        ),
      ],
    },
  ],
};
