import type { RunQuery, StreamRows } from './duckdb.ts';

/** The sources of a writer, within one snapshot, and its file. */
export interface WriterTools {
  readonly query: RunQuery;
  /** The rows of a statement in groups, as they are read; no other statement meanwhile. */
  readonly rows: StreamRows;
  /** Takes a piece of the file. Resolves when the next one is wanted. */
  readonly out: (piece: string) => Promise<void>;
}

/** The name by which the process of queries finds a writer. */
export interface WriterName {
  /** URL of the module that exports it. */
  readonly module: string;
  /** Name of the export. */
  readonly name: string;
}

/**
 * Makes a file from a copy of the read model, in the process of queries: no long answer takes time or memory of the
 * service. That process imports the module, so it must not import what only the service needs.
 */
export interface Writer<Input> extends WriterName {
  write(tools: WriterTools, input: Input): Promise<void>;
}
