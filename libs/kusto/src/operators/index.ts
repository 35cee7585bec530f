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
  ...rowOperators, ...columnOperators, SummarizeOperator: summarize, JoinOperator: join, UnionOperator: unionAfter, ParseOperator: parse, MvExpandOperator: expand,
};

export const piped = (node: Node, rows: Rows, query: Query): Rows => {
  const operator = operators[classOf(node)];
  if (operator) return operator(node, rows, query);
  const { parsed } = query;
  return parsed.fail('UnsupportedOperator', `The operator '${parsed.textOf(node).trim().split(/[\s(]/, 1)[0]}' is not supported.`, node.GetChild(0) ?? node);
};

