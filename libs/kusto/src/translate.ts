import type { Catalogue, KustoType } from './catalogue.ts';
import type { Regex } from './context.ts';
import { KustoError } from './errors.ts';
import { facetOf, type Facet, type FacetTranslation } from './facets.ts';
import { piped } from './operators/index.ts';
import { OperatorRows, type Query } from './operators/operator.ts';
import { unionFirst } from './operators/union.ts';
import { nameIn } from './names.ts';
import { pageOf, countOf, type ResultPage, type Statement } from './page.ts';
import { relationOf } from './relation.ts';
import { child, classOf, elements, firstToken, parse, type Node } from './syntax.ts';

export interface TranslateOptions {
  /** The value of `now()`, in ticks. */
  readonly now: bigint;
  readonly page: ResultPage;
  readonly facets?: readonly Facet[];
}

/** A query as SQL for DuckDB. All values from its text are parameters. */
export interface Translation {
  readonly columns: readonly { readonly name: string; readonly type: KustoType }[];
  /**
   * One page of rows: the columns as `o1`, `o2`, …, the sort keys as text in `k1`, `k2`, …, and for groups the number
   * of groups on all pages as `total`.
   */
  readonly rows: Statement;
  /**
   * Selects the rows of the page as `lookup`, null for rows of other sources; if present, run `rows` over these rows
   * and all of other sources. Those before the page come too, as `skipped`: `rows` takes their number as `$skipped`.
   */
  readonly lookups?: Statement;
  /** Counts the rows on all pages, as `n`. */
  readonly count: Statement;
  readonly keys: number;
  /** True if the query limits its own result, so there is no next page. */
  readonly isCut: boolean;
  /** Names of the table parts that are read. */
  readonly parts: readonly string[];
  /** Regular expressions of the query. Only RE2 can validate them. */
  readonly regexes: readonly Regex[];
  readonly facets: readonly FacetTranslation[];
}

const table = (node: Node, query: Query): OperatorRows => {
  const { parsed, catalogue, used } = query;
  const name = nameIn(child(node, 'Name'), parsed);
  const found = catalogue.tables.find((one) => one.name === name.toLowerCase());
  if (!found)
    return parsed.fail('DisallowedLogicalTableName', `Table ${name} is invalid, unsupported or disallowed.`, node);
  return new OperatorRows(found.parts.map((part) => relationOf(part, found.columns, used)));
};

/** Every source of rows. */
const sources: Readonly<Record<string, (node: Node, query: Query) => OperatorRows>> = {
  NameReference: table,
  ParenthesizedExpression: (node, query) => rowsOf(child(node, 'Expression'), query),
  PipeExpression: (node, query) => piped(child(node, 'Operator'), rowsOf(child(node, 'Expression'), query), query),
  UnionOperator: unionFirst,
};

const rowsOf = (node: Node, query: Query): OperatorRows => {
  const source = sources[classOf(node)];
  if (source) return source(node, query);
  const { parsed } = query;
  const word = parsed
    .textOf(node)
    .trim()
    .replace(/[\s(].*/s, '');
  return classOf(node) === 'FunctionCallExpression'
    ? parsed.fail('UnsupportedFunction', `The function '${word}' is not supported here.`, node)
    : parsed.fail('UnsupportedOperator', `'${word}' is not supported.`, firstToken(node));
};

/** The single expression of a query. */
const expressionOf = (root: Node, query: Omit<Query, 'rows'>): Node => {
  const { parsed } = query;
  const statements = elements(root, 'Statements').filter((statement) => classOf(statement) !== 'EmptyStatement');
  const other = statements.find((statement) => classOf(statement) !== 'ExpressionStatement');
  if (other)
    return parsed.fail(
      'UnsupportedOperator',
      `'${parsed.textOf(other).trim().split(/[\s(]/, 1)[0]}' is not supported.`,
      firstToken(other),
    );
  const [statement, another] = statements;
  if (another) return parsed.fail('ParserFailure', 'A query is one statement.', another);
  return statement ? child(statement, 'Expression') : parsed.fail('ParserFailure', 'The query is empty.', root);
};

const translation = (text: string, catalogue: Catalogue, { now, page, facets = [] }: TranslateOptions): Translation => {
  const parsed = parse(text, catalogue.defaultTable);
  const used = new Set<string>();
  const query: Query = {
    parsed,
    catalogue,
    now,
    regexes: [],
    used,
    counts: { joins: 0, expansions: 0, unions: 0, gatherings: 0 },
    rows: (node) => rowsOf(node, query),
  };
  const { one, isCut } = rowsOf(expressionOf(parsed.root, query), query);
  // A query with `take` sets its own limit, so the page's offset does not apply.
  const rows = pageOf(one, isCut ? { ...page, offset: 0 } : page);
  const count = countOf(one);
  return {
    columns: one.columns.map(({ name, value }) => ({ name, type: value.type })),
    rows: rows.statement,
    ...(rows.lookups ? { lookups: rows.lookups } : {}),
    keys: rows.keys,
    count,
    isCut,
    facets: facets.map((facet) => facetOf(facet, one, query)),
    parts: [...used],
    regexes: query.regexes,
  };
};

/** Translates a query, or throws a `KustoError` with the reason and the position. */
export const translate = (text: string, catalogue: Catalogue, options: TranslateOptions): Translation => {
  try {
    return translation(text, catalogue, options);
  } catch (error) {
    if (error instanceof RangeError) throw new KustoError('QueryTooComplex', 'The query is nested too deeply.');
    throw error;
  }
};
