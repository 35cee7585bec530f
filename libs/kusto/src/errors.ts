/** Reasons to refuse a query, named as in Resource Graph's error details. */
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
  /** 1-based. */
  readonly line: number;
  /** 0-based. */
  readonly characterPositionInLine: number;
  readonly token: string;
}

/** The query cannot be answered. `position` is the place of the error in its text. */
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

/** Line and column of a range of the text. */
export const positionIn = (text: string, offset: number, width: number): ErrorPosition => {
  const before = text.slice(0, Math.max(0, offset)).split(/\r\n|\n|\r/);
  return {
    line: before.length,
    characterPositionInLine: before.at(-1)!.length,
    token: text.slice(offset, offset + width).slice(0, 100),
  };
};
