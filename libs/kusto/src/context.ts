import type { Node, Parsed } from './syntax.ts';
import type { NamedValue } from './relation.ts';
import type { Value } from './value.ts';
import type { ErrorPosition } from './errors.ts';

/** A regular expression of the query. Only DuckDB's RE2 can validate it. */
export interface Regex {
  readonly pattern: string;
  readonly group: number;
  readonly position: ErrorPosition;
}

/** The context in which an expression is translated. */
export interface Context {
  readonly parsed: Parsed;
  /** The value of `now()`, in ticks. */
  readonly now: bigint;
  readonly regexes: Regex[];
  readonly columns: readonly NamedValue[];
  /** Translates a call of an aggregate; undefined where aggregates are not allowed. */
  readonly aggregate?: (call: Node) => Value | undefined;
}

export const columnNamed = ({ columns }: Context, name: string): Value | undefined =>
  columns.find((column) => column.name === name)?.value;
