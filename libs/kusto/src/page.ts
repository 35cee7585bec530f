import type { KustoType } from './catalogue.ts';
import type { SortOrder, Relation } from './relation.ts';
import { ascending, orderText } from './relation.ts';
import { bound, list, raw, Rendering, sql, type BoundParameter, type Sql } from './sql.ts';
import { scalar, sqlOf, sqlTypeOf } from './value.ts';
import { itemAt } from './errors.ts';

export interface Statement {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, BoundParameter>>;
}

export interface ResultPage {
  readonly limit: number;
  readonly offset: number;
  /** Sort keys of the last row of the previous page. */
  readonly after?: readonly (string | null)[] | undefined;
  /** A larger answer is refused, bytes. */
  readonly mostBytes: number;
}

/** The total order: by `id` unless sorted. If ids consist of the identity of a row, the identity orders by id too. */
const totalOf = (relation: Relation): readonly SortOrder[] => {
  const id = relation.named('id');
  const isOrdered =
    relation.order.length > 0 ||
    id?.kind !== 'scalar' ||
    id.type !== 'string' ||
    id.literal !== undefined ||
    id.pieces !== undefined;
  return isOrdered ? relation.total : [ascending({ sql: id.sql, type: 'string' }), ...relation.total];
};

/** A decimal is sent as text, because DuckDB's client would convert it to a double. */
const shownText = (text: string, type: KustoType): string => (type === 'decimal' ? `(${text})::varchar` : text);

const given = (value: string, type: KustoType): Sql => sql`(${bound(value)})::${raw(sqlTypeOf(type))}`;

/** A condition for the values after the given one. */
const afterValue = (of: Sql, value: Sql, descending: boolean, nullsFirst: boolean): Sql => {
  const end = nullsFirst ? raw('') : sql`${of} is null`;
  return sql`(${of} ${raw(descending ? '<' : '>')} ${value}${raw(nullsFirst ? '' : ' or ')}${end})`;
};

/** A condition for the rows after the given one, in a total order. */
const behind = (order: readonly SortOrder[], after: readonly (string | null)[]): Sql => {
  const steps = order.map(({ sql: of, type, descending, nullsFirst }, index) => {
    const value = after[index] ?? null;
    const same = order.slice(0, index).map((one, before) => {
      const known = after[before] ?? null;
      return known === null ? sql`${one.sql} is null` : sql`${one.sql} = ${given(known, one.type)}`;
    });
    const next =
      value === null
        ? nullsFirst
          ? sql`${of} is not null`
          : raw('false')
        : afterValue(of, given(value, type), descending, nullsFirst);
    return sql`(${list([...same, next], ' and ')})`;
  });
  return steps.length === 0 ? raw('false') : sql`(${list(steps, ' or ')})`;
};

/** SQL of the number of a row in an order, from 1. */
const numberIn = (order: readonly SortOrder[], wrap: (inner: Sql) => Sql, rendering: Rendering): string => {
  const keys = order.map((key) => orderText({ ...key, sql: wrap(key.sql) }, rendering));
  return keys.length === 0 ? '1' : `row_number() over (order by ${keys.join(', ')})`;
};

/** One page of rows. Rows are selected first; columns are computed for these rows only. */
export const pageOf = (
  relation: Relation,
  { limit, offset, after, mostBytes }: ResultPage,
): { readonly statement: Statement; readonly keys: number; readonly lookups?: Statement } => {
  const order = totalOf(relation);
  const rest = after === undefined ? relation : relation.where(behind(order, after));
  // Groups are counted together with the page: grouping again only to count would take as long as the page.
  const total = relation.isGrouped && after === undefined ? raw('count(*) over ()') : undefined;
  const few = rest.first(order, BigInt(limit + offset));
  const { lookup } = few.relation;
  const sorted = order.map((key) => ({ ...key, sql: few.wrap(key.sql) }));
  // The rows of other sources are still there beside those found by `lookup`, so only they are skipped.
  const { select, wrap } = few.relation.closed({
    order: sorted,
    limit: BigInt(limit),
    offset: raw(lookup ? '$skipped' : String(offset)),
  });
  const rendering = new Rendering();
  const page = few.relation.outside(wrap);
  const shown = page.map(({ value }, index) => `${shownText(rendering.of(sqlOf(value)), value.type)} as o${index + 1}`);
  const keys = sorted.map((key, index) => `(${rendering.of(wrap(key.sql))})::varchar as k${index + 1}`);
  const texts = page.flatMap(({ value }, index) =>
    value.type === 'string' || value.type === 'dynamic' ? [`coalesce(strlen((o${index + 1})::varchar), 0)`] : [],
  );
  const columns = [...shown, ...keys, ...(total ? [`${rendering.of(wrap(few.wrap(total)))} as total`] : [])];
  const number = numberIn(sorted, wrap, rendering);
  const inner = `select ${columns.join(', ') || '1 as o0'}, ${number} as n from ${select.render(rendering)}`;
  const guard =
    texts.length === 0
      ? ''
      : `, case when sum(${texts.join(' + ')}) over () > ${mostBytes}` +
        ` then error('assay:ResponsePayloadTooLarge') end as g`;
  const statement = { sql: `select *${guard} from (${inner}) order by n`, parameters: rendering.parameters };
  if (!lookup) return { statement, keys: order.length };
  const choosing = new Rendering();
  const chosen = few.relation.closed({ order: sorted, limit: BigInt(limit + offset) });
  const found = `${choosing.of(chosen.wrap(lookup))} as lookup, ${numberIn(sorted, chosen.wrap, choosing)} as n`;
  return {
    statement,
    keys: order.length,
    lookups: {
      sql:
        `select lookup, n <= ${offset} as skipped from (select ${found} from ${chosen.select.render(choosing)}) ` +
        `where n > ${offset} or lookup is null`,
      parameters: choosing.parameters,
    },
  };
};

export const countOf = (relation: Relation): Statement => {
  const counted = relation.grouped([], [], [{ name: 'n', value: scalar('long', raw('count(*)'), false) }]);
  const rendering = new Rendering();
  const { select, wrap } = counted.closed();
  const n = rendering.of(wrap(sqlOf(itemAt(counted.columns, 0).value)));
  return { sql: `select ${n} as n from ${select.render(rendering)}`, parameters: rendering.parameters };
};
