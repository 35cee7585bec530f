import { describe, expect, it } from 'vitest';
import { assayCommand, csvOf, curlCommand, shownColumns, speaksOfSeverity } from './rows.ts';

const columns = [
  { name: 'id', type: 'string' },
  { name: 'kind', type: 'string' },
  { name: 'properties', type: 'object' },
];

describe('rows of a query', () => {
  it('are CSV in which no cell is a formula', () => {
    expect(
      csvOf(columns, [
        ['=cmd|calc', '', { a: 'x,"y"' }],
        ['@a', -1, null],
        ['-2+3', 'line\nbreak', 0],
      ]),
    ).toBe(`id,kind,properties\r\n'=cmd|calc,,"{""a"":""x,\\""y\\""""}"\r\n'@a,-1,\r\n'-2+3,"line\nbreak",0\r\n`);
  });

  it('show the columns that hold something, or those that were chosen', () => {
    expect(shownColumns(columns, [['a', '', {}]], [])).toEqual([0, 2]);
    expect(shownColumns(columns, [['a', '', {}]], ['kind', 'id'])).toEqual([0, 1]);
    expect(shownColumns(columns, [], [])).toEqual([0, 1, 2]);
  });

  it('are asked for by commands that a shell takes as they are', () => {
    const query = `resources | where name == 'a' and "$HOME"`;
    expect(assayCommand(query, '')).toBe(`assay query 'resources | where name == '\\''a'\\'' and "$HOME"'`);
    expect(assayCommand('resources', 'id')).toBe(`assay query 'resources' --subscription 'id'`);
    expect(curlCommand('http://127.0.0.1:1/x?a=b', { query: `it's` })).toContain(`-d '{"query":"it'\\''s"}'`);
  });

  it('speak of severities where the query or a row does', () => {
    expect(speaksOfSeverity('securityresources', columns, [['', '', { severity: 'High' }]])).toBe(true);
    expect(speaksOfSeverity('summarize by severity', columns, [['', '', '']])).toBe(true);
    expect(speaksOfSeverity('summarize by severity', columns, [])).toBe(false);
    expect(speaksOfSeverity('securityresources', columns, [['a', '', {}]])).toBe(false);
  });
});
