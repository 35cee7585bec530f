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
  /** It takes so much away that it waits for an order. */
  | 'database-held'
  /** An operator refused it. */
  | 'database-refused'
  /** Another one is held by now, or it would do something else than what was ordered. */
  | 'database-changed'
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

const stays = 'the database in use stays';
const room = `make room on the disk; ${stays}`;
const store = `check ASSAY_BLOBS, and whether its store answers; ${stays}`;
const again = `run \`assay database update\` or \`assay database import\` again; ${stays}`;

/** Steps for failures of other parts, by their code. */
const remedies: Readonly<Record<string, string>> = {
  ENOSPC: room,
  EDQUOT: room,
  'blobs-unreachable': store,
  'blobs-unauthorized': store,
  'blobs-unfit': store,
  'blob-unknown': again,
  'blob-damaged': again,
  'blob-too-large': again,
};

/** Returns the steps of an operator after a failure to take a database, if they are known. */
export const remedyFor = (error: unknown): string | undefined => {
  if (error instanceof DatabaseError) return error.remedy;
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' && Object.hasOwn(remedies, code) ? remedies[code] : undefined;
};

/** Returns in one line why a database is not put to use. */
export const whyOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').replace(/\.$/, '');

/** Adds the steps of an operator to a line. */
export const withSteps = (line: string, remedy: string | undefined): string =>
  remedy === undefined ? line : `${line}. To do: ${remedy}.`;
