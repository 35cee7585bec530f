import type { Board, Unit } from './board.ts';

/** VictoriaMetrics' own interface appends a unit as text. */
const units: Readonly<Record<Unit, string>> = { s: 's', bytes: 'B', percentunit: '', short: '', ops: '/s' };

/** Twelve columns. */
const widths = { number: 4, lines: 6, stack: 6 } as const;

/**
 * The boards for the interface of VictoriaMetrics (`-vmui.customDashboardsPath`), as JSON: one page, with a row for
 * each row of each board. The interface draws lines only.
 */
export const vmuiFile = (boards: readonly Board[]): string =>
  `${JSON.stringify(
    {
      title: 'Assay',
      rows: boards.flatMap(({ title: board, rows }) =>
        rows.map(({ title, panels }) => ({
          title: `${board} - ${title}`,
          panels: panels.map((panel) => ({
            title: panel.title,
            description: panel.description,
            unit: units[panel.unit],
            expr: panel.queries.map(({ expression }) => expression.promql),
            alias: panel.queries.map(({ legend }) => legend),
            showLegend: true,
            width: widths[panel.shows],
          })),
        })),
      ),
    },
    null,
    2,
  )}\n`;
