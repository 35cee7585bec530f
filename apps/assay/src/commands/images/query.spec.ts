import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pc from 'picocolors';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Api } from '../../client/api.ts';
import { markedLine, QueryFailure } from '../../client/query-failure.ts';
import { answerText, speaksOfSeverity } from './query.ts';

const terminal = { width: 60, colors: pc.createColors(false) };
const answer = (columns: readonly (readonly [string, string])[], rows: readonly (readonly unknown[])[]) => ({
  columns: columns.map(([name, type]) => ({ name, type })),
  rows,
  total: rows.length,
  truncated: false,
});

describe('the text of an answer', () => {
  it('is a table', () => {
    expect(
      answerText(
        terminal,
        answer(
          [
            ['severity', 'string'],
            ['n', 'integer'],
          ],
          [
            ['High', 12],
            ['Low', null],
          ],
        ),
      ),
    ).toBe('severity   n\nHigh      12\nLow');
  });

  it('lists rows that are too wide, row by row', () => {
    const wide = 'x'.repeat(50);
    expect(
      answerText(
        terminal,
        answer(
          [
            ['a', 'string'],
            ['long name', 'object'],
            ['c', 'string'],
          ],
          [[wide, { b: [1] }, wide]],
        ),
      ),
    ).toBe(`row 1\n  a          ${wide}\n  long name  {"b":[1]}\n  c          ${wide}`);
  });

  it('prints integers of any size, in a table and as JSON', async () => {
    const body =
      '{"totalRecords":1,"count":1,"resultTruncated":"false","facets":[],"data":{"columns":' +
      '[{"name":"x","type":"integer"},{"name":"d","type":"object"}],' +
      '"rows":[[9007199254740993,[9223372036854775807]]]}}';
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const found = await new Api(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 't').query('resources');
    expect(answerText(terminal, found)).toContain('9007199254740993  [9223372036854775807]');
    expect(JSON.stringify(found.rows)).toBe('[[9007199254740993,[9223372036854775807]]]');
  });

  it('reports that there are no rows', () => {
    expect(answerText(terminal, answer([['a', 'string']], []))).toBe('No rows.');
  });
});

describe('a note about severities', () => {
  const of = (query: string, columns: readonly string[], rows: readonly (readonly unknown[])[]) =>
    speaksOfSeverity(
      query,
      answer(
        columns.map((name) => [name, 'string'] as const),
        rows,
      ),
    );

  it.each([
    [
      'a query that asks for them',
      'securityresources | summarize count() by tostring(properties.status.severity)',
      ['a', 'b'],
      [['High', 12]],
      true,
    ],
    ['a column of that name', 'securityresources | project-keep s*', ['Severity'], [['High']], true],
    ['a whole record', 'securityresources | take 1', ['properties'], [[{ status: { severity: 'High' } }]], true],
    ['nothing of the kind', 'resources | summarize count() by type', ['type', 'n'], [['a', 1]], false],
    ['no rows', 'securityresources | where severity == 1', ['severity'], [], false],
  ] as const)('is shown for %s', (_, query, columns, rows, expected) =>
    expect(of(query, columns, rows)).toBe(expected),
  );
});

describe('a syntax error', () => {
  const at = (line: number, characterPositionInLine: number, token: string) =>
    new QueryFailure('x', 'UnresolvedColumn', { line, characterPositionInLine, token });

  it('is marked below its line', () => {
    expect(markedLine(at(2, 8, 'nope'), 'resources\n| where nope == 1')).toBe(
      'line 2:\n  | where nope == 1\n          ^^^^',
    );
  });

  it('may lie behind the end, or span lines', () => {
    expect(markedLine(at(1, 7, ''), 'where (')).toBe('line 1:\n  where (\n         ^');
    expect(markedLine(at(1, 0, 'ab\ncd'), 'ab\ncd')).toBe('line 1:\n  ab\n  ^^');
    expect(markedLine(new QueryFailure('x', 'y'), 'ab')).toBeUndefined();
  });
});
