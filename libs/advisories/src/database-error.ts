/** Reasons why a database is not put to use. */
export type DatabaseErrorCode =
  /** The archive is cut, damaged, too large, or holds something else than a database. */
  | 'database-archive'
  /** A page of the database cannot be read, or contradicts another. */
  | 'database-damaged'
  /** Its schema, or its metadata, is not the one that scanners read. */
  | 'database-schema'
  /** It is of the future, or older than the present one. */
  | 'database-age'
  /** It lacks much of what the present one has. */
  | 'database-implausible'
  /** A scan with it does not find what is known. */
  | 'database-canary'
  /** No source answers with a database. */
  | 'database-unreachable'
  /** No such database was announced, or its archive is gone. */
  | 'database-unknown'
  /** An operator recalled it. */
  | 'database-recalled';

/** A database that is not put to use. The database that is in use stays. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';

  constructor(
    readonly code: DatabaseErrorCode,
    message: string,
    /** The steps of an operator. */
    readonly remedy: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options);
  }
}
