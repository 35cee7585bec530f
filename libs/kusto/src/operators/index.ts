import { classOf, firstToken, type Node } from '../syntax.ts';
import { columnOperators } from './columns.ts';
import { expand } from './expand.ts';
import { join } from './join.ts';
import type { Query, OperatorRows, TabularOperators } from './operator.ts';
import { parse } from './parse.ts';
import { rowOperators } from './rows.ts';
import { summarize } from './summarize.ts';
import { unionAfter } from './union.ts';

/** Every operator after a pipe. To add an operator, add a row. */
const operators: TabularOperators = {
  ...rowOperators,
  ...columnOperators,
  SummarizeOperator: summarize,
  JoinOperator: join,
  UnionOperator: unionAfter,
  ParseOperator: parse,
  MvExpandOperator: expand,
};

/** Words of operators that are not the name of their node of the syntax. */
const otherWords: Readonly<Record<string, readonly string[]>> = {
  FilterOperator: ['where'],
  SortOperator: ['order by', 'sort by'],
  TakeOperator: ['take', 'limit'],
};

/** `project-away` of `ProjectAwayOperator`. */
const wordOf = (node: string): string =>
  node
    .replace(/Operator$/, '')
    .replaceAll(/\B[A-Z]/g, '-$&')
    .toLowerCase();

/** The words of all operators. */
export const operatorWords: readonly string[] = Object.keys(operators).flatMap(
  (node) => otherWords[node] ?? [wordOf(node)],
);

/** Operators that need all rows at once. Their number is limited: DuckDB's planning time doubles with each nesting. */
const gathering = new Set(['SummarizeOperator', 'DistinctOperator', 'CountOperator', 'TakeOperator', 'TopOperator']);
const mostGatherings = 10;

export const piped = (node: Node, rows: OperatorRows, query: Query): OperatorRows => {
  const { parsed, counts } = query;
  if (gathering.has(classOf(node))) counts.gatherings += 1;
  if (counts.gatherings > mostGatherings)
    return parsed.fail(
      'QueryTooComplex',
      `A query may summarize, count, take or tell apart its rows at most ${mostGatherings} times.`,
      firstToken(node),
    );
  const operator = operators[classOf(node)];
  if (operator) return operator(node, rows, query);
  return parsed.fail(
    'UnsupportedOperator',
    `The operator '${parsed.textOf(node).trim().split(/[\s(]/, 1)[0]}' is not supported.`,
    firstToken(node),
  );
};
