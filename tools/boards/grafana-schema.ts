const text = { type: 'string', minLength: 1 } as const;
const whole = { type: 'integer', minimum: 0 } as const;

/** A closed object: every field is known, and all but the optional ones are there. */
const record = (fields: Readonly<Record<string, object>>, optional: readonly string[] = []) => ({
  type: 'object',
  properties: fields,
  required: Object.keys(fields).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});

const datasource = record({ type: { const: 'prometheus' }, uid: { const: '${datasource}' } });
const jaeger = record({ type: { const: 'jaeger' }, uid: { const: '${traces}' } });
const gridPos = (width: object) =>
  record({ x: { ...whole, maximum: 23 }, y: whole, w: width, h: { ...whole, minimum: 1 } });

const row = record({
  type: { const: 'row' },
  id: { type: 'integer', minimum: 1 },
  title: text,
  collapsed: { const: false },
  panels: { type: 'array', maxItems: 0 },
  gridPos: gridPos({ const: 24 }),
});

const target = record({
  expr: text,
  refId: { type: 'string', pattern: '^[A-Z]$' },
  datasource,
  legendFormat: text,
  instant: { type: 'boolean' },
  range: { type: 'boolean' },
});

/** The fields that Grafana's data source of Jaeger reads (`JaegerQuery` in its source). */
const search = record(
  {
    refId: { const: 'A' },
    datasource: jaeger,
    queryType: { const: 'search' },
    service: { type: 'string', pattern: '^assay-[a-z-]+$' },
    operation: text,
    minDuration: { const: '${slow}' },
    tags: { type: 'string', pattern: '^[a-z.]+=\\S+$' },
    limit: { type: 'integer', minimum: 1 },
  },
  ['minDuration', 'tags'],
);

const shared = {
  id: { type: 'integer', minimum: 1 },
  title: text,
  description: text,
  transparent: { const: false },
  repeatDirection: { const: 'h' },
  gridPos: gridPos({ type: 'integer', minimum: 4, maximum: 24 }),
  options: { type: 'object' },
};

const panel = record({
  ...shared,
  type: { enum: ['stat', 'timeseries'] },
  datasource,
  fieldConfig: record({
    defaults: {
      type: 'object',
      required: ['unit'],
      properties: { unit: { enum: ['s', 'bytes', 'percentunit', 'short', 'ops'] } },
    },
    overrides: { type: 'array' },
  }),
  targets: { type: 'array', minItems: 1, items: target },
});

const traces = record({
  ...shared,
  type: { const: 'table' },
  datasource: jaeger,
  fieldConfig: { type: 'object' },
  targets: { type: 'array', minItems: 1, maxItems: 1, items: search },
});

const variableOf = (type: string, name: string, query: string) => ({
  type: 'object',
  required: ['type', 'name', 'query'],
  properties: { type: { const: type }, name: { const: name }, query: { const: query } },
});
const variables = [
  variableOf('datasource', 'datasource', 'prometheus'),
  variableOf('datasource', 'traces', 'jaeger'),
  variableOf('textbox', 'slow', '1m'),
];

/**
 * The part of Grafana's dashboard model (version 39, of Grafana 10) that the boards use, as JSON Schema. It is closed,
 * so a field that another version of the builders adds is seen.
 * Source: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
 */
export const dashboardSchema = record({
  uid: { type: 'string', pattern: '^assay-[a-z]+$', maxLength: 40 },
  title: text,
  description: text,
  tags: { const: ['assay'] },
  timezone: { const: 'browser' },
  editable: { type: 'boolean' },
  graphTooltip: { enum: [0, 1, 2] },
  fiscalYearStartMonth: { const: 0 },
  schemaVersion: { const: 39 },
  refresh: text,
  time: record({ from: text, to: text }),
  templating: record({ list: { type: 'array', minItems: 1, items: { oneOf: variables } } }),
  annotations: { type: 'object' },
  panels: {
    type: 'array',
    minItems: 2,
    items: { oneOf: [row, panel, traces] },
  },
});

/** The custom dashboards of VictoriaMetrics' interface, as its source reads them. */
export const vmuiSchema = record({
  title: text,
  rows: {
    type: 'array',
    minItems: 1,
    items: record({
      title: text,
      panels: {
        type: 'array',
        minItems: 1,
        items: record({
          title: text,
          description: text,
          unit: { type: 'string' },
          expr: { type: 'array', minItems: 1, items: text },
          alias: { type: 'array', minItems: 1, items: text },
          showLegend: { type: 'boolean' },
          width: { type: 'integer', minimum: 1, maximum: 12 },
        }),
      },
    }),
  },
});
