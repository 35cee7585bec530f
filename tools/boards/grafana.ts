import {
  BigValueGraphMode,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as NumberBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as LinesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Board, Panel } from './board.ts';

/** The version of the JSON model that Grafana 10 reads; newer ones bring it up to date by themselves. */
const schemaVersion = 39;

/** The user of Grafana chooses which Prometheus a board asks. */
const datasource = { type: 'prometheus', uid: '${datasource}' };

/** Columns of Grafana's grid, and the height of a panel in its rows. */
const grid = 24;
const sizes = { number: { w: 4, h: 5 }, lines: { w: 12, h: 8 }, stack: { w: 12, h: 8 } } as const;

const queriesOf = ({ queries, shows }: Panel): DataqueryBuilder[] =>
  queries.map(({ expression, legend }, index) => {
    const made = new DataqueryBuilder()
      .refId(String.fromCodePoint(65 + index))
      .datasource(datasource)
      .expr(expression.promql)
      .legendFormat(legend);
    return shows === 'number' ? made.instant() : made.range();
  });

const numberOf = ({ thresholds = [] }: Panel): NumberBuilder =>
  new NumberBuilder()
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(
      new ThresholdsConfigBuilder()
        .mode(ThresholdsMode.Absolute)
        .steps(thresholds.map(([value, color]) => ({ value, color }))),
    );

const linesOf = ({ shows }: Panel): LinesBuilder => {
  const made = new LinesBuilder().min(0);
  return shows === 'stack'
    ? made.fillOpacity(30).stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
    : made;
};

/** A board as the JSON that Grafana imports or is provisioned with. */
export const grafanaFile = ({ name, title, description, rows }: Board): string => {
  const board = new DashboardBuilder(title)
    .uid(`assay-${name}`)
    .description(description)
    .tags(['assay'])
    .refresh('1m')
    .time({ from: 'now-24h', to: 'now' })
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'));
  let id = 0;
  let y = 0;
  for (const row of rows) {
    board.withRow(new RowBuilder(row.title).id((id += 1)).gridPos({ x: 0, y, w: grid, h: 1 }));
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of row.panels) {
      const { w, h } = sizes[panel.shows];
      if (x + w > grid) {
        x = 0;
        y += height;
      }
      const made = panel.shows === 'number' ? numberOf(panel) : linesOf(panel);
      made
        .id((id += 1))
        .title(panel.title)
        .description(panel.description)
        .unit(panel.unit)
        .datasource(datasource)
        .gridPos({ x, y, w, h });
      for (const each of queriesOf(panel)) made.withTarget(each);
      board.withPanel(made);
      x += w;
      height = h;
    }
    y += height;
  }
  return `${JSON.stringify({ ...board.build(), schemaVersion }, null, 2)}\n`;
};
