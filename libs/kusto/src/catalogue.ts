/** Types of columns and values. A decimal is an integer of up to 38 digits, the result of `parse_version`. */
export type KustoType =
  | 'string'
  | 'int'
  | 'long'
  | 'real'
  | 'decimal'
  | 'bool'
  | 'datetime'
  | 'timespan'
  | 'guid'
  | 'dynamic';

export interface Leaf {
  /** `dynamic` if the SQL returns JSON. */
  readonly type: KustoType;
  /** SQL over the columns of the part's `from`. Its result has DuckDB's type for the Kusto type: ticks for datetime. */
  readonly sql: string;
  /** True if the SQL may return null; the member is missing then. */
  readonly optional?: boolean;
}

/** The static shape of a dynamic column: bags with their members in output order, down to typed SQL. */
export type Shape =
  | Leaf
  | {
      readonly members: { readonly [name: string]: Shape };
      /** True if the bag is missing when it has no members. */ readonly optional?: boolean;
    };

/**
 * A text as a sequence of pieces: constants, and SQL whose result contains no slash. `split`, `extract` and `parse` can
 * then be answered from the pieces, without reading the text.
 */
export interface Template {
  readonly pieces: readonly (string | { readonly sql: string })[];
  /** Cheaper SQL for the concatenation of the first pieces. */
  readonly prefixes?: readonly { readonly pieces: number; readonly sql: string }[];
}

export type Column = { readonly type: KustoType } & (
  | { readonly constant: string }
  | { readonly template: Template; readonly sql: string }
  | { readonly shape: Shape }
  | { readonly sql: string }
  | { readonly missing: true }
);

/** Rows of one kind within a table. Parts whose constants a query rules out are not read. */
export interface TablePart {
  readonly name: string;
  /** SQL of the source. It restricts itself to the caller's scope. */
  readonly from: string;
  /** Alias of `from`: columns are `alias.column` in all SQL over it. */
  readonly alias: string;
  readonly columns: { readonly [name: string]: Column };
  /**
   * SQL over `from`: a text, unique across all parts, by which a row can be found again at once. For parts with rows
   * that cost much more to read than to select.
   */
  readonly lookup?: string;
  /** Orders all rows of the part: SQL over `from`, never null. */
  readonly identity: readonly string[];
}

export interface Table {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: KustoType }[];
  readonly parts: readonly TablePart[];
}

export interface Catalogue {
  /** Tables, with names in lower case. */
  readonly tables: readonly Table[];
  /** Table of a query that names none. */
  readonly defaultTable: string;
}
