import type { DatabaseSync, StatementSync } from 'node:sqlite';

export type Statements = (sql: string) => StatementSync;

/** Prepares each statement only once: that costs more than running most of them. */
export const statementsOf = (database: DatabaseSync): Statements => {
  const prepared = new Map<string, StatementSync>();
  return (sql) => {
    const known = prepared.get(sql);
    if (known) return known;
    const made = database.prepare(sql);
    prepared.set(sql, made);
    return made;
  };
};
