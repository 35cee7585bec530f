import type { Node, Parsed } from './syntax.ts';
import type { NamedValue } from './relation.ts';
import type { Value } from './value.ts';
import type { ErrorPosition } from './errors.ts';

/** A regular expression of the query; only DuckDB's RE2 may judge it. */
export interface Regex {
  readonly pattern: string;
  readonly group: number;
  readonly position: ErrorPosition;
}

/** What an expression is translated in. */
export interface Context {
  readonly parsed: Parsed;
  /** What `now()` is, in ticks. */
  readonly now: bigint;
  readonly regexes: Regex[];
  readonly columns: readonly NamedValue[];
  /** Where aggregates may stand: the value of a call of one. */
  readonly aggregate?: (call: Node) => Value | undefined;
}

export const columnNamed = ({ columns }: Context, name: string): Value | undefined =>
  columns.find((column) => column.name === name)?.value;
