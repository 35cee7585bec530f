import { lines, number, query, stack, upTo, zeroIsGood, type Board } from '../board.ts';
import { counter, countOf, gauge, quantile } from '../expression.ts';

const images = () => gauge('assay.images').max('status', 'registry');

/** The images by status, and the answers about them. */
export const estate: Board = {
  name: 'estate',
  title: 'Assay: the estate',
  description: 'Images by status, what changed them, and the answers that pipelines and users get.',
  rows: [
    {
      title: 'Now',
      panels: [
        number('Images', 'short', images().sum(), 'Placements of images that Assay knows.'),
        number(
          'Unhealthy',
          'percentunit',
          gauge('assay.images', { status: 'unhealthy' }).max('status', 'registry').sum().over(images().sum()),
          'Share of the images with findings that count.',
        ),
        number(
          'Undetermined',
          'percentunit',
          gauge('assay.images', { status: 'undetermined' }).max('status', 'registry').sum().over(images().sum()),
          'Share of the images about which Assay cannot decide. Good: below 1 %.',
          upTo(0.01, 0.05),
        ),
        number(
          'Undetermined by a recall',
          'short',
          gauge('assay.images.recalled').max(),
          'Images that wait for another scanner or database. Good: 0.',
          zeroIsGood,
        ),
        number(
          'Gate answers unknown',
          'percentunit',
          counter('assay.gate', { decision: 'unknown' })
            .increase('1h')
            .sum()
            .orZero()
            .over(counter('assay.gate').increase('1h').sum()),
          'Share of the decisions of an hour. Pipelines stop at it.',
          upTo(0.05, 0.1),
        ),
      ],
    },
    {
      title: 'Images',
      panels: [
        stack('By status', 'short', [query('{{status}}', images().sum('status'))], 'Placements of images.'),
        stack('By registry', 'short', [query('{{registry}}', images().sum('registry'))], 'Placements of images.'),
        lines(
          'Unhealthy by registry',
          'short',
          [query('{{registry}}', gauge('assay.images', { status: 'unhealthy' }).max('registry'))],
          'Images with findings that count.',
        ),
        stack(
          'Changed recommendations',
          'short',
          [query('{{status}}', counter('assay.recommendations').increase('1h').sum('status'))],
          'An hour, by the new status.',
        ),
        stack(
          'Not scanned',
          'short',
          [query('{{status}} {{reason}}', counter('assay.declined').increase('1h').sum('status', 'reason'))],
          'Images that were declined, an hour, by reason.',
        ),
        lines(
          'Changes by cause',
          'short',
          [query('{{cause}}', countOf('assay.change.duration').increase('1h').sum('cause'))],
          'Later changes of recommendations, an hour: newer databases, rules, recalls, time.',
        ),
      ],
    },
    {
      title: 'Answers',
      panels: [
        stack(
          'Decisions of the gate',
          'short',
          [query('{{decision}} {{reason}}', counter('assay.gate').increase('1h').sum('decision', 'reason'))],
          'An hour, with the reason.',
        ),
        lines(
          'Queries',
          's',
          [query('p95 {{outcome}}', quantile(0.95, 'assay.query.duration', '15m', {}, ['outcome']))],
          'Duration of queries in KQL by outcome.',
        ),
        lines(
          'Exports of restricted data',
          'short',
          [query('{{service}}', counter('assay.accesses').increase('1h').sum('service'))],
          'An hour. Each is a line of the log, with its user.',
        ),
      ],
    },
  ],
};
