import assert from 'node:assert/strict';

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

/**
 * The item at an index, which the translator knows to exist; negative indexes count from the end.
 *
 * @throws AssertionError if there is none: a fault of the translator, not of the query
 */
export const itemAt = <Item>(items: readonly Item[], index: number): Item => {
  const item = items.at(index);
  assert(item !== undefined, `no item ${index} of ${items.length}`);
  return item;
};

/**
 * A value that the translator knows to exist.
 *
 * @throws AssertionError if there is none: a fault of the translator, not of the query
 */
export const present = <Value>(value: Value | null | undefined, name: string): Value => {
  assert(value !== undefined && value !== null, `no ${name}`);
  return value;
};

/** Line and column of a range of the text. */
export const positionIn = (text: string, offset: number, width: number): ErrorPosition => {
  const before = text.slice(0, Math.max(0, offset)).split(/\r\n|\n|\r/);
  return {
    line: before.length,
    characterPositionInLine: itemAt(before, -1).length,
    token: text.slice(offset, offset + width).slice(0, 100),
  };
};
