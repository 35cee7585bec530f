import { ascending, Relation, type Key, type NamedValue, type SortOrder, type Source } from './relation.ts';
import { raw, replaced, Sql, sql, type Rendering } from './sql.ts';
import { held, json, jsonOf, missing, nothing, scalar, type Dynamic, type Scalar, type Value } from './value.ts';
import { itemAt } from './errors.ts';

interface Leg {
  readonly select: Source;
  readonly wrap: (inner: Sql) => Sql;
}

/** True for a constant: it orders nothing, and DuckDB rejects it in `order by`. */
const isConstant = ({ parts }: Sql): boolean =>
  parts.length === 1 && typeof parts[0] === 'string' && /^(?:\d+|'[^']*'|true|false|null(?:::\w+)?)$/.test(parts[0]);

/** The order within one leg. Ids consist of the identity of its rows, so an order by id becomes one by identity. */
const inLeg = (leg: Relation, order: readonly SortOrder[]): readonly SortOrder[] => {
  const id = leg.named('id');
  const [first] = order;
  const isById =
    first !== undefined &&
    id?.kind === 'scalar' &&
    id.pieces !== undefined &&
    id.sql === first.sql &&
    !first.descending;
  return isById ? leg.identity.map(ascending) : order.filter((key) => !isConstant(key.sql));
};

/** Rows of several relations with the same columns, one after the other. */
class Union implements Source {
  /** Pieces seen from outside, and the piece of each leg. */
  readonly #known = new Map<Sql, readonly Sql[]>();

  private constructor(
    private readonly relations: readonly Relation[],
    private readonly legs: readonly Leg[],
  ) {}

  static of(legs: readonly Relation[]): Union {
    return new Union(
      legs,
      legs.map((leg) => leg.closed()),
    );
  }

  first(
    conditions: readonly Sql[],
    order: readonly SortOrder[],
    limit: bigint,
  ): { readonly source: Source; readonly wrap: (inner: Sql) => Sql } {
    const within = (of: Sql, index: number): Sql => replaced(of, (piece) => this.#known.get(piece)?.[index]);
    const legs = this.relations.map((leg, index): Leg => {
      const fit = conditions.reduce((rows, condition) => rows.where(within(condition, index)), leg);
      const own = inLeg(
        leg,
        order.map((key) => ({ ...key, sql: within(key.sql, index) })),
      );
      const { relation, wrap } = fit.first(own, limit);
      const closed = relation.closed({ order: own.map((key) => ({ ...key, sql: wrap(key.sql) })), limit });
      return { select: closed.select, wrap: (inner) => closed.wrap(wrap(inner)) };
    });
    const source = new Union(this.relations, legs);
    return {
      source,
      wrap: (inner) =>
        replaced(inner, (piece) => {
          const known = this.#known.get(piece);
          return known && source.reference(known);
        }),
    };
  }

  /** One piece of SQL for outside, made of one piece of each leg. */
  reference(legs: readonly Sql[]): Sql {
    for (const [made, known] of this.#known) if (known.every((leg, index) => leg === legs[index])) return made;
    const made = new Sql([{ render: (rendering: Rendering) => this.#exported(legs, rendering) }]);
    this.#known.set(made, legs);
    return made;
  }

  #exported(legs: readonly Sql[], rendering: Rendering): string {
    const { alias, columns } = rendering.source(this);
    let name = columns.get(legs);
    if (name === undefined) columns.set(legs, (name = `c${columns.size + 1}`));
    return `${alias}.${name}`;
  }

  render(rendering: Rendering): string {
    const { alias, columns } = rendering.source(this);
    const statements = this.legs.map(({ select, wrap }, index) => {
      const selected = [...columns].map(
        ([legs, name]) => `${rendering.of(wrap(itemAt(legs as readonly Sql[], index)))} as ${name}`,
      );
      return `select ${selected.join(', ') || '1'} from ${select.render(rendering)}`;
    });
    return `(${statements.join(' union all ')}) ${alias}`;
  }
}

const isBag = (value: Value): value is Extract<Dynamic, { kind: 'bag' }> => value.kind === 'bag';

/** Merges lists of names, keeping the order of each list where possible. */
const inOrder = (lists: readonly (readonly string[])[]): readonly string[] => {
  const all: string[] = [];
  for (const list of lists) {
    let at = -1;
    for (const name of list) {
      const found = all.indexOf(name);
      if (found < 0) all.splice((at += 1), 0, name);
      else at = found;
    }
  }
  return all;
};

/** One value for outside, made of one value of each leg. The values have the same type. */
const merged = (union: Union, values: readonly Value[]): Value => {
  const [first] = values as [Value];
  const there = values.filter((value) => value !== missing);
  if (there.length === 0) return missing;
  if (first.kind === 'scalar')
    return scalar(
      first.type,
      union.reference(values.map((value) => (value as Scalar).sql)),
      values.some((value) => (value as Scalar).nullable),
    );
  if (there.every(isBag)) {
    const members = inOrder(there.map((bag) => [...bag.members.keys()])).map((name): [string, Dynamic] => [
      name,
      merged(
        union,
        values.map((value) => (isBag(value) ? (value.members.get(name) ?? missing) : missing)),
      ) as Dynamic,
    ]);
    const isAlways = there.every((bag) => !bag.optional);
    if (isAlways && there.length === values.length) return { kind: 'bag', type: 'dynamic', members: new Map(members) };
    // A bag that is always present may be empty, which does not make it missing.
    const present = isAlways ? { present: union.reference(values.map((value) => raw(String(isBag(value))))) } : {};
    return { kind: 'bag', type: 'dynamic', members: new Map(members), optional: true, ...present };
  }
  const types = new Set(there.map((value) => (value.kind === 'held' ? value.of.type : undefined)));
  const [type] = types;
  if (types.size === 1 && type !== undefined) {
    const of = values.map((value) =>
      value.kind === 'held'
        ? value.of
        : type === 'string'
          ? scalar('string', raw('null::varchar'), true)
          : (nothing(type) as Scalar),
    );
    return held(scalar(type, union.reference(of.map((one) => one.sql)), true));
  }
  return json(union.reference(values.map(jsonOf)));
};

/** Unites relations. Each leg has the same columns, of the same types. */
export const united = (legs: readonly Relation[]): Relation => {
  const first = itemAt(legs, 0);
  if (legs.length === 1) return first;
  const union = Union.of(legs);
  const columns = first.columns.map(({ name }, index): NamedValue => ({
    name,
    value: merged(
      union,
      legs.map((leg) => itemAt(leg.columns, index).value),
    ),
  }));
  const longest = Math.max(...legs.map(({ identity }) => identity.length));
  const identity: Key[] = [{ type: 'long', sql: union.reference(legs.map((_, index) => raw(`${index}`))) }];
  for (let index = 0; index < longest; index += 1) {
    identity.push({
      type: 'string',
      sql: union.reference(
        legs.map(({ identity: own }) => {
          const key = own[index];
          return key ? sql`coalesce((${key.sql})::varchar, '')` : raw("''");
        }),
      ),
    });
  }
  const lookup = legs.some((leg) => leg.lookup)
    ? union.reference(legs.map((leg) => leg.lookup ?? raw('null')))
    : undefined;
  return new Relation(union, columns, identity, [], [], lookup);
};
