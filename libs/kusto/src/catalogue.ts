/** Types of columns and values. A decimal is a whole number of up to 38 digits, which is what `parse_version` gives. */
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
  /** `dynamic` where the SQL gives JSON. */
  readonly type: KustoType;
  /** Over the columns of the part's `from`. Its result has DuckDB's type for the Kusto type: ticks for datetime. */
  readonly sql: string;
  /** The SQL may give null: then the member is missing. */
  readonly optional?: boolean;
}

/**
 * What is known of a dynamic column: bags by their members, in the order in which they are shown, down to typed SQL.
 */
export type Shape =
  | Leaf
  | {
      readonly members: { readonly [name: string]: Shape };
      /** Without any member it is missing itself. */ readonly optional?: boolean;
    };

/**
 * A text made of pieces: constants, and SQL whose result has no slash in it. What `split`, `extract` and `parse` ask of
 * it is answered from the pieces, without looking at the text.
 */
export interface Template {
  readonly pieces: readonly (string | { readonly sql: string })[];
  /** Cheaper SQL for all pieces before the given one. */
  readonly prefixes?: readonly { readonly pieces: number; readonly sql: string }[];
}

export type Column = { readonly type: KustoType } & (
  | { readonly constant: string }
  | { readonly template: Template; readonly sql: string }
  | { readonly shape: Shape }
  | { readonly sql: string }
  | { readonly missing: true }
);

/** Rows of one kind within a table. Those whose constants a query rules out are not read. */
export interface Part {
  readonly name: string;
  /** What is selected from. It restricts itself to the caller's scope. */
  readonly from: string;
  /** What `from` calls it: columns are `alias.column` in all SQL over it. */
  readonly alias: string;
  readonly columns: { readonly [name: string]: Column };
  /**
   * SQL over `from`, a text that no row of another part has, by which a row can be found again at once: for parts of
   * which to read a row whole costs much more than to choose it.
   */
  readonly lookup?: string;
  /** Orders all rows of the part: SQL over `from`, never null. */
  readonly identity: readonly string[];
}

export interface Table {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: KustoType }[];
  readonly parts: readonly Part[];
}

export interface Catalogue {
  /** Tables by their names in lower case. */
  readonly tables: readonly Table[];
  /** What a query reads that names no table. */
  readonly defaultTable: string;
}
