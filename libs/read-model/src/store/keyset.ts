import type { DuckDBValue } from '@duckdb/node-api';

/** An expression to sort by, never null, and its direction. */
export interface SortKey {
  readonly sql: string;
  readonly descending?: boolean;
}

export type KeyValue = string | number;

/** SQL parts of one page of a sorted list. */
export interface KeysetPage {
  /** Selects the keys as `key0`, `key1` … */
  readonly select: string;
  /** A condition: behind the position. */
  readonly where: string;
  readonly orderBy: string;
  readonly values: Readonly<Record<string, DuckDBValue>>;
}

/** The page behind a position, which is the values of all keys of the last row before. No two rows have equal keys. */
export const keysetPage = (keys: readonly SortKey[], after: readonly KeyValue[] | undefined): KeysetPage => {
  const isEqual = (count: number): string[] => keys.slice(0, count).map(({ sql }, at) => `${sql} = $after${at}`);
  const isBehind = ({ sql, descending }: SortKey, at: number): string =>
    `(${[...isEqual(at), `${sql} ${descending ? '<' : '>'} $after${at}`].join(' and ')})`;
  return {
    select: keys.map(({ sql }, at) => `${sql} as key${at}`).join(', '),
    where: after ? `(${keys.map(isBehind).join(' or ')})` : 'true',
    orderBy: keys.map(({ sql, descending }) => `${sql}${descending ? ' desc' : ''}`).join(', '),
    values: Object.fromEntries((after ?? []).map((value, at) => [`after${at}`, value])),
  };
};

/** The position of a row that `select` of the page gave. */
export const positionIn = (row: Readonly<Record<string, unknown>>, keys: readonly SortKey[]): KeyValue[] =>
  keys.map((_, at) => {
    const value = row[`key${at}`];
    return typeof value === 'bigint' ? Number(value) : (value as KeyValue);
  });
