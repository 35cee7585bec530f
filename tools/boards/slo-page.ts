import { promiseAlerts } from './alerts/promise.ts';
import { promise } from './boards/promise.ts';
import type { Panel } from './board.ts';

/** Panels of the board of the promise that make up the SLO. */
const titles = ['In time, 30 days', 'Budget left', 'Pushes, a day', 'From the push to its result', 'Late, share'];
const alertNames = ['AssayResultsLateFast', 'AssayResultsLateSlow'];

const code = (promql: string): string => `\`${promql.replaceAll('|', String.raw`\|`)}\``;

const panelOf = (title: string): Panel => {
  const panel = promise.rows.flatMap(({ panels }) => panels).find((each) => each.title === title);
  if (!panel) throw new Error(`the board of the promise has no panel '${title}'`);
  return panel;
};

/**
 * The queries of the SLO as Markdown: those of the board of the promise and of its alerts, so that none can differ.
 *
 * @throws Error if the board or an alert of them is gone
 */
export const sloTable = (): string =>
  [
    '| figure | query |',
    '| --- | --- |',
    ...titles.flatMap((title) =>
      panelOf(title).queries.map(({ legend, expression }) => {
        const name = legend.replaceAll(/ *\{\{.*?\}\}/g, '');
        return `| ${name === title ? title : `${title}: ${name}`} | ${code(expression.promql)} |`;
      }),
    ),
    '',
    '| alert | to | while |',
    '| --- | --- | --- |',
    ...alertNames.map((name) => {
      const alert = promiseAlerts.alerts.find((each) => each.name === name);
      if (!alert) throw new Error(`there is no alert ${name}`);
      return `| [${name}](runbooks.md#${name.toLowerCase()}) | ${alert.severity} | ${code(alert.when.promql)} |`;
    }),
  ].join('\n');
