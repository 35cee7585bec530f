/** What can be wrong with a query, in the words of Resource Graph's error details. */
export type KustoErrorCode =
  | 'ParserFailure'
  | 'UnresolvedColumn'
  | 'TypeMismatch'
  | 'InvalidRegex'
  | 'DisallowedLogicalTableName'
  | 'DisallowedMaxNumberOfRemoteTables'
  | 'TooManyMvExpand'
  | 'TooManyUnionLegs'
  | 'UnsupportedOperator'
  | 'UnsupportedFunction'
  | 'InvalidArgument'
  | 'DuplicateColumn'
  | 'QueryTooComplex';

export interface ErrorPosition {
  /** From 1. */
  readonly line: number;
  /** From 0. */
  readonly characterPositionInLine: number;
  readonly token: string;
}

/** The query cannot be answered, and where in its text that shows. */
export class KustoError extends Error {
  override readonly name = 'KustoError';

  constructor(
    readonly code: KustoErrorCode,
    message: string,
    readonly position?: ErrorPosition,
    readonly expectedToken?: string,
  ) {
    super(message);
  }
}

/** Where a stretch of the text lies, as people count. */
export const positionIn = (text: string, offset: number, width: number): ErrorPosition => {
  const before = text.slice(0, Math.max(0, offset)).split(/\r\n|\n|\r/);
  return {
    line: before.length,
    characterPositionInLine: before.at(-1)!.length,
    token: text.slice(offset, offset + width).slice(0, 100),
  };
};
