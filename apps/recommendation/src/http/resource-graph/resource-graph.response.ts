import { columnTypeOf } from './output.ts';
import type { FacetAnswer, GraphAnswer, GraphRows } from './graph.ts';

const data = ({ columns, rows }: GraphRows, isTable: boolean): object =>
  isTable
    ? { columns: columns.map(({ name, type }) => ({ name, type: columnTypeOf(type) })), rows }
    : rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])));

const facet = (answer: FacetAnswer, isTable: boolean): object => {
  const { expression } = answer;
  if ('errors' in answer) return { expression, resultType: 'FacetError', errors: answer.errors };
  return {
    expression,
    resultType: 'FacetResult',
    totalRecords: answer.total,
    count: answer.rows.length,
    data: data(answer, isTable),
  };
};

/** An answer in the form of Resource Graph. Offers a next page only if that page can start after the last row. */
export const graphResponse = (
  answer: GraphAnswer,
  isTable: boolean,
  token: (last: readonly (string | null)[]) => string,
): object => {
  const { columns, rows, total, hasMore, isCut, last, facets } = answer;
  const isPaged = !isCut && columns.some(({ type }) => type !== 'dynamic');
  return {
    totalRecords: total,
    count: rows.length,
    resultTruncated: String(hasMore && !isPaged),
    ...(hasMore && isPaged && last ? { $skipToken: token(last) } : {}),
    data: data(answer, isTable),
    facets: facets.map((one) => facet(one, isTable)),
  };
};
