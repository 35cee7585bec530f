import { describe, expect, it } from 'vitest';
import { ApiFailure } from '../../api/failure.ts';
import { QueryRefused, refusalOf } from './refusal.ts';

const failure = new ApiFailure(400, 'BadRequest', 'Query operator expected. (line 2, character 2)');

describe('the failure of a query', () => {
  it('has its place in the text, and the reason of the language', () => {
    const refusal = refusalOf(failure, {
      error: {
        details: [
          { code: 'InvalidQuery', message: 'Query is invalid.' },
          {
            code: 'ParserFailure',
            message: 'Query operator expected.',
            line: 2,
            characterPositionInLine: 2,
            token: 'wher',
          },
        ],
      },
    });
    expect(refusal).toBeInstanceOf(QueryRefused);
    expect(refusal).toMatchObject({
      reason: 'ParserFailure',
      explanation: 'Query operator expected.',
      position: { line: 2, column: 2, token: 'wher' },
    });
  });

  it('stays as it is if it is of another sort', () => {
    const other = new ApiFailure(504, 'GatewayTimeout', 'The query ran past its time limit.');
    expect(refusalOf(other, { error: { details: [{ message: 'x' }] } })).toBe(other);
    expect(refusalOf(failure, undefined)).toBe(failure);
  });
});
