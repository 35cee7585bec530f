import type { Catalogue } from '../catalogue.ts';
import type { Context, Regex } from '../context.ts';
import { isHeavy, type NamedValue, type Relation } from '../relation.ts';
import { child, elements, type Node, type Parsed } from '../syntax.ts';
import { united } from '../union.ts';
import { declaredName } from '../names.ts';
import { itemAt } from '../errors.ts';

/** The context in which a whole query is translated. */
export interface Query {
  readonly parsed: Parsed;
  readonly catalogue: Catalogue;
  readonly now: bigint;
  readonly regexes: Regex[];
  /** Names of the table parts that the query reads. */
  readonly used: Set<string>;
  readonly counts: { joins: number; expansions: number; unions: number; gatherings: number };
  /** Translates a source: a table or a bracketed pipeline. */
  readonly rows: (node: Node) => OperatorRows;
}

/**
 * Rows at a point of a pipeline. An operator on single rows applies to each leg; an operator on all rows unites the
 * legs first.
 */
export class OperatorRows {
  constructor(
    readonly legs: readonly Relation[],
    /** True after `take`, which limits the result. */ readonly isCut = false,
  ) {}

  get columns(): readonly NamedValue[] {
    return itemAt(this.legs, 0).columns;
  }

  get one(): Relation {
    return united(this.legs);
  }

  each(change: (leg: Relation) => Relation | undefined): OperatorRows {
    const changed = this.legs.map(change).filter((leg) => leg !== undefined);
    return new OperatorRows(changed, this.isCut);
  }

  all(change: (relation: Relation) => Relation): OperatorRows {
    return new OperatorRows([change(this.one)], this.isCut);
  }
}

type TabularOperator = (node: Node, rows: OperatorRows, query: Query) => OperatorRows;
export type TabularOperators = Readonly<Record<string, TabularOperator>>;

export const contextOf = ({ parsed, now, regexes }: Query, columns: readonly NamedValue[]): Context => ({
  parsed,
  now,
  regexes,
  columns,
});

/** Nests rows in a subquery if an expression is so long that it should not be computed again at each use. */
export const settled = (relation: Relation): Relation =>
  relation.columns.some(({ value }) => isHeavy(value)) ? relation.nested() : relation;

/**
 * Reads parameters such as `kind=inner`. Unknown parameters are refused, performance hints included: Resource Graph has
 * none.
 */
export const parametersOf = (
  node: Node,
  { parsed }: Query,
  known: readonly string[],
): Readonly<Record<string, { readonly value: string; readonly node: Node }>> => {
  const found: Record<string, { value: string; node: Node }> = {};
  for (const parameter of elements(node, 'Parameters')) {
    const name = declaredName(child(parameter, 'Name'), parsed);
    if (!known.includes(name))
      return parsed.fail('UnsupportedOperator', `The parameter '${name}' is not supported here.`, parameter);
    found[name] = { value: parsed.textOf(child(parameter, 'Expression')), node: parameter };
  }
  return found;
};
