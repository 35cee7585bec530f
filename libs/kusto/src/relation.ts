import type { KustoType, TablePart, Shape } from './catalogue.ts';
import { columnsOf, movable, moved, raw, Sql, type Late, type Rendering } from './sql.ts';
import { held, json, literal, nothing, scalar, through, type Dynamic, type Value } from './value.ts';

/** A column of the identity or the order of rows. */
export interface Key {
  readonly sql: Sql;
  readonly type: KustoType;
}

export interface SortOrder extends Key {
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export const ascending = (key: Key): SortOrder => ({ ...key, descending: false, nullsFirst: true });

/** A source of rows. It is rendered after everything that requests columns of it. */
export interface Source {
  render(rendering: Rendering): string;
  /**
   * A source of at least the first matching rows of an order, and a conversion of SQL over this source to SQL over that
   * source.
   */
  first?(conditions: readonly Sql[], order: readonly SortOrder[], limit: bigint): Narrowed;
}

interface Narrowed {
  readonly source: Source;
  readonly wrap: (inner: Sql) => Sql;
}

interface Clauses {
  readonly where: readonly Sql[];
  readonly groupBy?: readonly Sql[];
  readonly order?: readonly SortOrder[];
  readonly limit?: bigint;
  readonly offset?: Sql;
  readonly qualify?: Sql;
}

/** A column of a select, seen from outside. Only requested columns are selected. */
class Reference implements Late {
  constructor(
    private readonly of: Select,
    private readonly inner: Sql,
  ) {}

  render(rendering: Rendering): string {
    return this.of.exported(this.inner, rendering);
  }
}

export const orderText = ({ sql: of, descending, nullsFirst }: SortOrder, rendering: Rendering): string =>
  `${rendering.of(of)} ${descending ? 'desc' : 'asc'} nulls ${nullsFirst ? 'first' : 'last'}`;

/**
 * Removes keys that follow from key columns: they are computed once per group, and need no comparison per row.
 */
const needed = (keys: readonly Sql[], rendering: Rendering): readonly string[] => {
  const all = keys.map((key) => ({
    text: rendering.of(key),
    from: columnsOf(key).map((column) => rendering.of(column)),
    isMovable: key.kind === 'movable',
  }));
  const columns = new Set(
    all.filter(({ text, from }) => from.length === 1 && from[0] === text).map(({ text }) => text),
  );
  return [
    ...new Set(
      all
        .filter(
          ({ text, from, isMovable }) =>
            columns.has(text) || !isMovable || from.length === 0 || !from.every((column) => columns.has(column)),
        )
        .map(({ text }) => text),
    ),
  ];
};

/** A subquery. */
export class Select implements Source {
  constructor(
    private readonly from: Source,
    private readonly clauses: Clauses,
  ) {}

  /** True if its rows are groups, which are far fewer than the rows they are made of. */
  get isGrouped(): boolean {
    return this.clauses.groupBy !== undefined || (this.from instanceof Select && this.from.isGrouped);
  }

  /** Makes inner SQL available outside. */
  reference(inner: Sql): Sql {
    return new Sql([new Reference(this, inner)], 'column');
  }

  exported(inner: Sql, rendering: Rendering): string {
    const { alias, columns } = rendering.source(this);
    const text = rendering.of(inner);
    let name = columns.get(text);
    if (name === undefined) columns.set(text, (name = `c${columns.size + 1}`));
    return `${alias}.${name}`;
  }

  render(rendering: Rendering): string {
    return `(${this.#statement(rendering)}) ${rendering.source(this).alias}`;
  }

  #statement(rendering: Rendering): string {
    const { where, groupBy, qualify, order, limit, offset } = this.clauses;
    const having = qualify === undefined ? [] : [`qualify ${rendering.of(qualify)}`];
    const tail = [
      ...(where.length > 0 ? [`where ${where.map((one) => `(${rendering.of(one)})`).join(' and ')}`] : []),
      ...(groupBy && groupBy.length > 0 ? [`group by ${needed(groupBy, rendering).join(', ')}`] : []),
      ...having,
      ...(order && order.length > 0 ? [`order by ${order.map((one) => orderText(one, rendering)).join(', ')}`] : []),
      ...(limit === undefined ? [] : [`limit ${limit}`]),
      ...(offset === undefined ? [] : [`offset ${rendering.of(offset)}`]),
    ];
    const columns = [...rendering.source(this).columns].map(([text, name]) => `${String(text)} as ${name}`);
    // Grouping without keys gives one row, also if no column of it is requested.
    if (groupBy?.length === 0) columns.push('count(*) as c0');
    const selected = columns.join(', ') || '1';
    return [`select ${selected}`, `from ${this.from.render(rendering)}`, ...tail].join(' ');
  }
}

export interface NamedValue {
  readonly name: string;
  readonly value: Value;
}

/** Rows with columns, at some point of the pipeline. */
export class Relation {
  constructor(
    private readonly source: Source,
    readonly columns: readonly NamedValue[],
    /** Together they order all rows, independent of the sort order. */
    readonly identity: readonly Key[],
    readonly order: readonly SortOrder[] = [],
    private readonly conditions: readonly Sql[] = [],
    /** Finds a row again in its table, as long as each row is one row of one table. */
    readonly lookup?: Sql,
  ) {}

  get isGrouped(): boolean {
    return this.source instanceof Select && this.source.isGrouped;
  }

  named(name: string): Value | undefined {
    return this.columns.find((column) => column.name === name)?.value;
  }

  with(columns: readonly NamedValue[]): Relation {
    return new Relation(this.source, columns, this.identity, this.order, this.conditions, this.lookup);
  }

  where(condition: Sql): Relation {
    return new Relation(
      this.source,
      this.columns,
      this.identity,
      this.order,
      [...this.conditions, condition],
      this.lookup,
    );
  }

  /** The same rows without the lookup, for rows that may occur several times. */
  repeated(): Relation {
    return new Relation(this.source, this.columns, this.identity, this.order, this.conditions);
  }

  sorted(order: readonly SortOrder[]): Relation {
    return new Relation(this.source, this.columns, this.identity, order, this.conditions, this.lookup);
  }

  /** The order of the rows, made total by the identity. */
  get total(): readonly SortOrder[] {
    return [...this.order, ...this.identity.map(ascending)];
  }

  /** The same rows within a subquery. */
  nested(clauses: Omit<Clauses, 'where' | 'groupBy'> = {}): Relation {
    const { select, wrap } = this.closed(clauses);
    return new Relation(
      select,
      this.outside(wrap),
      this.identity.map((key) => ({ ...key, sql: wrap(key.sql) })),
      this.order.map((one) => ({ ...one, sql: wrap(one.sql) })),
      [],
      this.lookup && wrap(this.lookup),
    );
  }

  /**
   * A subquery of these rows, and a conversion of their SQL for outside. Expressions are computed outside where
   * possible, so only for the rows that are left. With `moves` false, for the optional side of an outer join, they are
   * computed inside.
   */
  closed(
    clauses: Omit<Clauses, 'where'> = {},
    moves = true,
  ): { readonly select: Select; readonly wrap: (inner: Sql) => Sql } {
    const select = new Select(this.source, { where: this.conditions, ...clauses });
    const kind = clauses.groupBy ? 'grouped' : 'movable';
    const known = new Map<Sql, Sql>();
    const wrap = (inner: Sql): Sql => {
      let outer = known.get(inner);
      if (!outer)
        known.set(inner, (outer = moves && inner.kind === kind ? moved(inner, wrap) : select.reference(inner)));
      return outer;
    };
    return { select, wrap };
  }

  /** The columns, seen from outside a subquery. */
  outside(wrap: (inner: Sql) => Sql): readonly NamedValue[] {
    return this.columns.map(({ name, value }) => ({ name, value: through(value, wrap) }));
  }

  limited(limit: bigint): Relation {
    const { relation } = this.first(this.total, limit);
    return relation.nested({ order: relation.total, limit });
  }

  /**
   * The rows that may be among the first of an order. In a union each leg contributes no more than the limit.
   */
  first(
    order: readonly SortOrder[],
    limit: bigint,
  ): { readonly relation: Relation; readonly wrap: (inner: Sql) => Sql } {
    const narrowed = this.source.first?.(this.conditions, order, limit);
    if (!narrowed) return { relation: this, wrap: (inner) => inner };
    const { source, wrap } = narrowed;
    const keys = <K extends Key>(of: readonly K[]): readonly K[] => of.map((key) => ({ ...key, sql: wrap(key.sql) }));
    return {
      relation: new Relation(
        source,
        this.outside(wrap),
        keys(this.identity),
        keys(this.order),
        [],
        this.lookup && wrap(this.lookup),
      ),
      wrap,
    };
  }

  /** Groups by keys; `aggregates` are SQL over the rows. Without keys the result is one row, even of no rows. */
  grouped(keys: readonly NamedValue[], by: readonly Key[], aggregates: readonly NamedValue[]): Relation {
    const { select, wrap } = this.closed({ groupBy: by.map((key) => key.sql) });
    const columns = [...keys, ...aggregates].map(({ name, value }) => ({ name, value: through(value, wrap) }));
    return new Relation(
      select,
      columns,
      by.map((key) => ({ ...key, sql: wrap(key.sql) })),
    );
  }
}

/** Above this weight an expression is computed once, in a subquery, instead of at each use. */
const heavy = 400;

export const isHeavy = (value: Value): boolean =>
  value.kind === 'scalar' || value.kind === 'json'
    ? value.sql.weight > heavy
    : value.kind === 'held'
      ? value.of.sql.weight > heavy
      : false;

export const valueOf = (shape: Shape, alias: string): Dynamic => {
  if ('members' in shape)
    return {
      kind: 'bag',
      type: 'dynamic',
      optional: shape.optional ?? false,
      members: new Map(Object.entries(shape.members).map(([name, member]) => [name, valueOf(member, alias)])),
    };
  const of = movable(shape.sql, alias);
  const constant = shape.type === 'string' ? /^'((?:[^']|'')*)'$/.exec(shape.sql)?.[1] : undefined;
  if (constant !== undefined) return held(literal('string', constant.replaceAll("''", "'")));
  return shape.type === 'dynamic' ? json(of) : held(scalar(shape.type, of, shape.optional ?? false));
};

const partValue = (part: TablePart, name: string, type: KustoType): Value => {
  const column = part.columns[name];
  const { alias } = part;
  if (!column || 'missing' in column) return nothing(type);
  if ('constant' in column) return literal('string', column.constant);
  if ('shape' in column) return valueOf(column.shape, alias);
  const of = movable(column.sql, alias);
  if ('template' in column) {
    const { pieces, prefixes = [] } = column.template;
    return {
      ...scalar('string', of),
      pieces: {
        all: pieces.map((piece) => (typeof piece === 'string' ? piece : movable(piece.sql, alias))),
        prefixes: prefixes.map((prefix) => ({ pieces: prefix.pieces, sql: movable(prefix.sql, alias) })),
      },
    };
  }
  return column.type === 'dynamic' ? json(of) : scalar(column.type, of);
};

/** The rows of a part of a table. */
export const relationOf = (
  part: TablePart,
  columns: readonly { readonly name: string; readonly type: KustoType }[],
  used: Set<string>,
): Relation => {
  const source: Source = {
    render: () => {
      used.add(part.name);
      return part.from;
    },
  };
  return new Relation(
    source,
    columns.map(({ name, type }) => ({ name, value: partValue(part, name, type) })),
    part.identity.map((key) => ({ sql: raw(key), type: 'string' as const })),
    [],
    [],
    part.lookup === undefined ? undefined : movable(part.lookup, part.alias),
  );
};
