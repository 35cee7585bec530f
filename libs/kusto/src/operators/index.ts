import { classOf, type Node } from '../syntax.ts';
import { columnOperators } from './columns.ts';
import { expand } from './expand.ts';
import { join } from './join.ts';
import type { Query, Rows, TabularOperators } from './operator.ts';
import { parse } from './parse.ts';
import { rowOperators } from './rows.ts';
import { summarize } from './summarize.ts';
import { unionAfter } from './union.ts';

/** Every operator behind a pipe. A new one is a row. */
const operators: TabularOperators = {
  ...rowOperators,
  ...columnOperators,
  SummarizeOperator: summarize,
  JoinOperator: join,
  UnionOperator: unionAfter,
  ParseOperator: parse,
  MvExpandOperator: expand,
};

/**
 * What needs all rows at once, and how much of it a query may have: the time to plan one of these in another doubles
 * with each.
 */
const gathering = new Set(['SummarizeOperator', 'DistinctOperator', 'CountOperator', 'TakeOperator', 'TopOperator']);
const mostGatherings = 10;

export const piped = (node: Node, rows: Rows, query: Query): Rows => {
  const { parsed, counts } = query;
  if (gathering.has(classOf(node))) counts.gatherings += 1;
  if (counts.gatherings > mostGatherings)
    return parsed.fail(
      'QueryTooComplex',
      `A query may summarize, count, take or tell apart its rows at most ${mostGatherings} times.`,
      node.GetChild(0) ?? node,
    );
  const operator = operators[classOf(node)];
  if (operator) return operator(node, rows, query);
  return parsed.fail(
    'UnsupportedOperator',
    `The operator '${parsed.textOf(node).trim().split(/[\s(]/, 1)[0]}' is not supported.`,
    node.GetChild(0) ?? node,
  );
};
