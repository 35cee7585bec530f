import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
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
  TextBoxVariableBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as NumberBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TracesBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as LinesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Board, Panel, TracePanel } from './board.ts';

/** The version of the JSON model that Grafana 10 reads; newer ones bring it up to date by themselves. */
const schemaVersion = 39;

/** The user of Grafana chooses which Prometheus a board asks. */
const datasource = { type: 'prometheus', uid: '${datasource}' };
/** And which Jaeger. */
const jaeger = { type: 'jaeger', uid: '${traces}' };

/** A push takes seconds, and has 15 minutes. The user of Grafana may enter another limit. */
const slowFrom = '1m';

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

const numberOf = ({ thresholds = [], unit }: Panel): NumberBuilder =>
  new NumberBuilder()
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(
      new ThresholdsConfigBuilder()
        .mode(ThresholdsMode.Absolute)
        .steps(thresholds.map(([value, color]) => ({ value, color }))),
    )
    .unit(unit);

const linesOf = ({ shows, unit }: Panel): LinesBuilder => {
  const made = new LinesBuilder().min(0);
  if (shows === 'stack')
    made.fillOpacity(30).stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  return made.unit(unit);
};

/** The builders know no query of Jaeger. */
const searchOf = ({ search }: TracePanel): Builder<Dataquery> => ({
  build: () => ({
    refId: 'A',
    datasource: jaeger,
    queryType: 'search',
    ...search,
    limit: 20,
    _implementsDataqueryVariant: () => undefined,
  }),
});

/** A board as the JSON that Grafana imports or is provisioned with. */
export const grafanaFile = ({ name, title, description, rows, traces = [] }: Board): string => {
  const board = new DashboardBuilder(title)
    .uid(`assay-${name}`)
    .description(description)
    .tags(['assay'])
    .refresh('1m')
    .time({ from: 'now-24h', to: 'now' })
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'));
  if (traces.length > 0)
    board
      .withVariable(new DatasourceVariableBuilder('traces').label('Jaeger').type('jaeger'))
      .withVariable(new TextBoxVariableBuilder('slow').label('Slow from').defaultValue(slowFrom));
  let id = 0;
  let y = 0;
  const all = traces.length > 0 ? [...rows, { title: 'Traces', panels: traces }] : rows;
  for (const row of all) {
    board.withRow(new RowBuilder(row.title).id((id += 1)).gridPos({ x: 0, y, w: grid, h: 1 }));
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of row.panels) {
      const { w, h } = sizes['search' in panel ? 'lines' : panel.shows];
      if (x + w > grid) {
        x = 0;
        y += height;
      }
      const isTraces = 'search' in panel;
      const made = isTraces ? new TracesBuilder() : panel.shows === 'number' ? numberOf(panel) : linesOf(panel);
      made
        .id((id += 1))
        .title(panel.title)
        .description(panel.description)
        .datasource(isTraces ? jaeger : datasource)
        .gridPos({ x, y, w, h });
      for (const each of isTraces ? [searchOf(panel)] : queriesOf(panel)) made.withTarget(each);
      board.withPanel(made);
      x += w;
      height = h;
    }
    y += height;
  }
  return `${JSON.stringify({ ...board.build(), schemaVersion }, null, 2)}\n`;
};
