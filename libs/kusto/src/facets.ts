import type { KustoType } from './catalogue.ts';
import { itemAt, KustoError } from './errors.ts';
import { condition, translated } from './expression.ts';
import { automaticName } from './names.ts';
import { contextOf, type Query } from './operators/operator.ts';
import { keysOf, unliteral } from './operators/rows.ts';
import { countOf, pageOf, type Statement } from './page.ts';
import type { Key, Relation } from './relation.ts';
import { raw } from './sql.ts';
import { child, classOf, elements, parse, type Node, type Parsed } from './syntax.ts';
import { convert, scalar, sqlOf } from './value.ts';

/** A count of the query's rows by an expression. */
export interface Facet {
  readonly expression: string;
  readonly top: number;
  readonly filter?: string | undefined;
  readonly sortBy?: string | undefined;
  readonly sortOrder: 'asc' | 'desc';
}

/** The reason why a facet cannot be counted. */
export interface FacetFault {
  readonly code: string;
  readonly message: string;
}

export type FacetTranslation = { readonly expression: string } & (
  | {
      readonly columns: readonly { readonly name: string; readonly type: KustoType }[];
      readonly rows: Statement;
      readonly count: Statement;
    }
  | { readonly errors: readonly FacetFault[] }
);

/** Parses a text that must be exactly one expression. */
const alone = (text: string, operator: 'project' | 'where'): { readonly node: Node; readonly parsed: Parsed } => {
  const parsed = parse(`resources | ${operator} ${text}\n`, 'resources');
  const [statement, another] = elements(parsed.root, 'Statements');
  const pipe = statement && classOf(statement) === 'ExpressionStatement' ? child(statement, 'Expression') : undefined;
  const isOne =
    pipe && !another && classOf(pipe) === 'PipeExpression' && classOf(child(pipe, 'Expression')) === 'NameReference';
  const of = isOne ? child(pipe, 'Operator') : undefined;
  const [node, second] = of ? (operator === 'where' ? [child(of, 'Condition')] : elements(of, 'Expressions')) : [];
  if (!node || second || classOf(node) === 'SimpleNamedExpression')
    throw new KustoError('ParserFailure', 'One expression is expected.');
  return { node, parsed };
};

const filtered = (filter: string, relation: Relation, query: Query): Relation => {
  const { node, parsed } = alone(filter, 'where');
  return relation.where(condition(node, contextOf({ ...query, parsed }, relation.columns)).sql);
};

const grouped = (expression: string, rows: Relation, query: Query): Relation => {
  const { node, parsed } = alone(expression, 'project');
  const value = translated(node, contextOf({ ...query, parsed }, rows.columns));
  // A dynamic value is shown as its text.
  const key = unliteral(value.type === 'dynamic' ? convert(value, 'string') : value);
  const inner = rows.with([{ name: automaticName(node, parsed) ?? 'Column1', value: key }]).nested();
  const by = inner.columns.map(({ value: of }): Key => ({ sql: sqlOf(of), type: of.type }));
  return inner.grouped(inner.columns, by, [{ name: counted(inner), value: scalar('long', raw('count(*)'), false) }]);
};

/** Name of the count column, distinct from the facet's own column. */
const counted = ({ columns }: Relation): string => (columns.some(({ name }) => name === 'count') ? 'count1' : 'count');

/** As Resource Graph's specification has them in its example of a query with facets. */
const invalidColumns = (expression: string): readonly FacetFault[] => [
  { code: 'NoValidColumns', message: 'No valid columns in facet expression.' },
  { code: 'InvalidColumnNames', message: `Invalid column names: [${expression}].` },
];

export const facetOf = (facet: Facet, relation: Relation, query: Query): FacetTranslation => {
  const { expression, filter, sortBy, sortOrder, top } = facet;
  let part: keyof Facet = 'filter';
  try {
    const fit = filter === undefined ? relation : filtered(filter, relation, query);
    part = 'expression';
    const groups = grouped(expression, fit, query).nested();
    part = 'sortBy';
    const { node, parsed } = alone(sortBy ?? itemAt(groups.columns, -1).name, 'project');
    const descending = sortOrder === 'desc';
    const order = keysOf(translated(node, contextOf({ ...query, parsed }, groups.columns)), node, {
      ...query,
      parsed,
    }).map((key) => ({ ...key, descending, nullsFirst: !descending }));
    const rows = pageOf(groups.sorted(order), { limit: top, offset: 0, mostBytes: 1 << 24 });
    return {
      expression,
      columns: groups.columns.map(({ name, value }) => ({ name, type: value.type })),
      rows: rows.statement,
      count: countOf(groups),
    };
  } catch (error) {
    if (!(error instanceof KustoError)) throw error;
    const { code, message } = error;
    return {
      expression,
      errors: part === 'expression' ? invalidColumns(expression) : [{ code, message: `${part}: ${message}` }],
    };
  }
};
