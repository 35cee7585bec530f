import { beforeEach, describe, expect, it } from 'vitest';
import { KustoError } from '@assay/kusto';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import { KnownRegexes } from './known-regexes.ts';

const position = { line: 1, characterPositionInLine: 7, token: '(' };
const regex = (pattern: string, group = 1) => ({ regexes: [{ pattern, group, position }] });

describe('regular expressions', () => {
  let tried: unknown[];
  let known: KnownRegexes;
  const query = (async (sql: string, values?: { pattern: string }) => {
    tried.push(values?.pattern);
    if (values?.pattern === '(' || sql.includes(', 9)')) throw new Error('Invalid Input Error: missing ): (');
    return [];
  }) as unknown as RunQuery;

  beforeEach(() => {
    [tried, known] = [[], new KnownRegexes()];
  });

  it('are tried once', async () => {
    for (let time = 0; time < 3; time += 1) await known.check(query, regex('a(b)'));
    expect(tried).toEqual(['a(b)']);
  });

  it('are refused each time, with their position', async () => {
    for (let time = 0; time < 2; time += 1) {
      const refused = await known.check(query, regex('(')).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(KustoError);
      expect(refused).toMatchObject({
        code: 'InvalidRegex',
        position,
        message: 'The regular expression is invalid: missing ): (.',
      });
    }
    expect(tried).toEqual(['(', '(']);
  });

  it('are tried again for another of their groups', async () => {
    await known.check(query, regex('a(b)'));
    await expect(known.check(query, regex('a(b)', 9))).rejects.toThrow('invalid');
  });

  it('are kept up to a limit', async () => {
    for (let number = 0; number <= 1000; number += 1) await known.check(query, regex(`a${number}`));
    await known.check(query, regex('a0'));
    expect(tried).toHaveLength(1002);
  });
});
