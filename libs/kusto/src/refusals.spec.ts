import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QueryTables } from '../test/query-tables.ts';

let tables: QueryTables;
beforeAll(async () => {
  tables = await QueryTables.open();
});
afterAll(() => {
  tables.close();
});

const operators = [
  'mv-apply x = p on (take 1)',
  'render table',
  'make-series count() on n from 0 to 1 step 1',
  'evaluate bag_unpack(p)',
  'serialize',
  'sample 1',
  'sample-distinct 1 of n',
  'lookup things on id',
  'invoke f()',
  'partition by n (take 1)',
  'facet by n',
  'fork (take 1)',
  'top-nested 1 of n by count()',
  'top-hitters 1 of n',
  'reduce by name',
  'getschema',
  'as x',
  'consume',
  'parse-where name with "x" y',
  'scan with (step s: true;)',
];
const functions = [
  'materialize',
  'row_number',
  'prev',
  'geo_distance_2points',
  'series_fit_line',
  'ipv4_is_private',
  'extract_all',
  'parse_url',
  'new_guid',
  'nonsense',
  'constructor',
  '__proto__',
  'hasOwnProperty',
];

describe('what is not supported', () => {
  it.each(operators)('is refused by name: %s', (operator) => {
    const { code, message, position } = tables.refusal(`things\n| ${operator}`);
    expect(code).toBe('UnsupportedOperator');
    expect(message).toContain(operator.split(' ', 1)[0]);
    expect(position).toMatchObject({ line: 2, characterPositionInLine: 2 });
  });

  it.each(functions)('is refused by name: %s()', (name) => {
    expect(tables.refusal(`things | project x = 1, y = ${name}(id)`)).toMatchObject({
      code: 'UnsupportedFunction',
      message: expect.stringContaining(name),
      position: { line: 1, characterPositionInLine: 28, token: name },
    });
  });

  it.each([
    ['let x = 1; things | take x', 'UnsupportedOperator', 'let'],
    ['print 1', 'UnsupportedOperator', 'print'],
    ['range x from 1 to 2 step 1', 'UnsupportedOperator', 'range'],
    ['datatable (x: long) [1]', 'UnsupportedOperator', 'datatable'],
    ['search "x"', 'UnsupportedOperator', 'search'],
    ['find in (things) where id == "1"', 'UnsupportedOperator', 'find'],
    ['.show tables', 'UnsupportedOperator', ''],
    ['{{https://shared}}', 'UnsupportedOperator', '{{'],
    ['externaldata (x: string) ["http://127.0.0.1/"]', 'UnsupportedOperator', 'externaldata'],
    ['union isfuzzy=true things, kinds', 'UnsupportedOperator', 'isfuzzy'],
    ['things | join kind=leftanti kinds on id', 'UnsupportedOperator', 'leftanti'],
    ['things | join kind=rightsemi kinds on id', 'UnsupportedOperator', 'rightsemi'],
    ['things | parse kind=regex name with "x" y', 'UnsupportedOperator', 'regex'],
    ['things | mv-expand bagexpansion=array p', 'UnsupportedOperator', 'bagexpansion'],
    ['things | mv-expand p.list, p.a', 'UnsupportedOperator', ''],
    ['things | summarize hll(n)', 'UnsupportedFunction', 'hll'],
    ['things | summarize n', 'UnresolvedColumn', 'n'],
    ['things | where count() > 1', 'UnsupportedFunction', 'count'],
    ['toscalar(things)', 'UnsupportedOperator', ''],
    ["table('things')", 'UnsupportedFunction', 'table'],
    ["database('x').things", 'UnsupportedOperator', ''],
    ["cluster('x').database('y').z", 'UnsupportedOperator', ''],
    ['other | count', 'DisallowedLogicalTableName', 'Table other'],
    ['things | join kind=inner (other) on id', 'DisallowedLogicalTableName', 'other'],
    ['findings | count', 'DisallowedLogicalTableName', 'findings'],
    ["['things; drop table things'] | count", 'DisallowedLogicalTableName', ''],
    ['things | where nope == 1', 'UnresolvedColumn', 'nope'],
    ['things | project id | project name', 'UnresolvedColumn', 'name'],
    ['things | order by nope', 'UnresolvedColumn', 'nope'],
    ['things | project-away nope', 'UnresolvedColumn', 'nope'],
    ['things | join kind=inner kinds on nope', 'UnresolvedColumn', 'nope'],
    ['things | where $left.id == 1', 'UnresolvedColumn', '$left'],
    ['things | where name == 1', 'TypeMismatch', '=='],
    ['things | where name > datetime(2020-01-01)', 'TypeMismatch', '>'],
    ['things | where n', 'TypeMismatch', 'long'],
    ['things | where p', 'TypeMismatch', 'dynamic'],
    ['things | where p.yes', 'TypeMismatch', 'dynamic'],
    ['things | summarize countif(p.yes)', 'TypeMismatch', 'bool'],
    ["things | where 'a' < 'z'", 'TypeMismatch', '<'],
    ["things | where p.text >= 'a'", 'TypeMismatch', '>='],
    ["things | where name !between ('a' .. 'z')", 'TypeMismatch', 'between'],
    ['things | project name + 1', 'TypeMismatch', '+'],
    ['things | project d + d', 'TypeMismatch', '+'],
    ['things | project name.x', 'TypeMismatch', 'string'],
    ['things | project x = not(n)', 'TypeMismatch', 'not'],
    ["things | project iff(true, 1, 'x')", 'TypeMismatch', 'iff'],
    ['things | summarize sum(name)', 'TypeMismatch', 'sum'],
    ['things | summarize sum(p)', 'TypeMismatch', 'todouble'],
    ['things | summarize sumif(p.number, b)', 'TypeMismatch', 'sumif'],
    ['things | summarize avg(known.number)', 'TypeMismatch', 'avg'],
    ['things | summarize percentile(p.number, 50)', 'TypeMismatch', 'percentile'],
    ['things | summarize stdev(p.number)', 'TypeMismatch', 'stdev'],
    ['things | summarize make_bag(n)', 'TypeMismatch', 'make_bag'],
    ['things | order by known', 'TypeMismatch', ''],
    ['things | summarize count() by known', 'TypeMismatch', 'tostring'],
    ['things | summarize count() by p.number', 'TypeMismatch', 'tostring'],
    ['things | summarize count() by known.maybe', 'TypeMismatch', 'tostring'],
    ['things | mv-expand p.list | summarize by p_list', 'TypeMismatch', 'tostring'],
    ['things | mv-expand n', 'TypeMismatch', 'long'],
    ['things | project datetime(garbage)', 'TypeMismatch', 'garbage'],
    ['things | project int(3000000000)', 'TypeMismatch', ''],
    ['things | project 99999999999999999999', 'TypeMismatch', ''],
    ['things | where name matches regex id', 'TypeMismatch', 'literal'],
    ['union things, (kinds | extend n = "x")', 'TypeMismatch', "'n'"],
    ['things | project strlen(name, 1)', 'InvalidArgument', 'strlen'],
    ['things | project pack("a")', 'InvalidArgument', 'pack'],
    ['things | take -1', 'InvalidArgument', ''],
    ['things | take n', 'UnresolvedColumn', 'n'],
    ['things | mv-expand p.list limit 2001', 'InvalidArgument', '2000'],
    ['things | mv-expand p.list limit 0', 'InvalidArgument', ''],
    ["things | project extract('a', 10, name)", 'InvalidArgument', ''],
    ["things | project format_datetime(d, 'QQQ')", 'InvalidArgument', 'QQQ'],
    ["things | project format_datetime(d, 'dd MMM')", 'InvalidArgument', 'MMM'],
    ["things | project format_datetime(d, 's.FF')", 'InvalidArgument', 'FF'],
    ["things | project datetime_diff('eon', d, d)", 'InvalidArgument', 'eon'],
    ['things | project case(true, 1)', 'InvalidArgument', 'case'],
    ["things | project countof('a', 'a', 'nope')", 'InvalidArgument', 'countof'],
    [`things ${'| summarize n = sum(n) by id '.repeat(11)}`, 'QueryTooComplex', '10'],
    [`things ${'| distinct id '.repeat(6)}${'| take 5 '.repeat(6)}`, 'QueryTooComplex', 'take'],
    ['things | project name, name', 'DuplicateColumn', 'name'],
    ['things | project x = 1, x = 2', 'DuplicateColumn', 'x'],
    ['things | extend x = 1, x = 2', 'DuplicateColumn', 'x'],
    ['things | summarize x = count(), x = sum(n)', 'DuplicateColumn', 'x'],
    ['things | project-rename name = id', 'DuplicateColumn', 'name'],
    [
      'things | join (things) on id | join (things) on id | join (things) on id | join (things) on id',
      'DisallowedMaxNumberOfRemoteTables',
      '3',
    ],
    [
      'things | mv-expand a = p.list | mv-expand b = p.list | mv-expand c = p.list | mv-expand e = p.list',
      'TooManyMvExpand',
      '3',
    ],
    ['union things, kinds, (things | count), (kinds | count)', 'TooManyUnionLegs', '3'],
    ['union things, (union kinds, (union things, kinds))', 'TooManyUnionLegs', '3'],
    ['things | wher x', 'ParserFailure', ''],
    ['things |', 'ParserFailure', ''],
    ['things | summarize', 'ParserFailure', 'summarize'],
    ['things | project', 'ParserFailure', 'project'],
    ['things | project-keep', 'ParserFailure', 'project-keep'],
    ['things | where (', 'ParserFailure', ''],
    ["things | where name == 'x", 'ParserFailure', ''],
    ['things; kinds', 'ParserFailure', 'one statement'],
    ['', 'ParserFailure', ''],
    ['// nothing', 'ParserFailure', ''],
    ['things | join kinds', 'ParserFailure', ''],
    ["things'", 'ParserFailure', ''],
  ])('%s: %s', (query, code, text) => {
    const refusal = tables.refusal(query);
    expect(refusal.code).toBe(code);
    expect(`${refusal.message} ${refusal.position?.token}`).toContain(text);
  });

  it('gives the position in the text, also after an implied table', () => {
    expect(tables.refusal('where nope == 1').position).toEqual({ line: 1, characterPositionInLine: 6, token: 'nope' });
    expect(tables.refusal('things\r\n| where id == "1"\r\n  and nope == 1').position).toEqual({
      line: 3,
      characterPositionInLine: 6,
      token: 'nope',
    });
  });

  it.each([200, 1_000, 20_000])(
    'refuses %i levels before the parser sees them, with the bracket that is one too many',
    (levels) => {
      for (const [open, close] of [
        ['(', ')'],
        ['[', ']'],
        ['{', '}'],
        ['tostring(', ')'],
        ["iff(b, 'a', ", ')'],
      ] as const) {
        const refusal = tables.refusal(`things\n| project x = ${open.repeat(levels)}n${close.repeat(levels)}`);
        expect(refusal).toMatchObject({
          code: 'QueryTooComplex',
          position: {
            line: 2,
            characterPositionInLine: 14 + open.length * 100 + open.search(/[([{]/),
            token: /[([{]/.exec(open)![0],
          },
        });
      }
    },
  );

  it('counts no brackets in texts and comments', async () => {
    const many = '('.repeat(500);
    const { rows } = await tables.rows(
      `things // ${many}\n| where id == "1" and name != "${many}\\"${many}" and name != '${many}' ` +
        `and name != @"${many}""${many}" | project id, x = strlen(\`\`\`${many}\`\`\`)`,
    );
    expect(rows).toEqual([['1', 500]]);
  });

  it.each(['.show tables', '.drop table things', ' // behind a comment\n  .show database schema'])(
    'refuses commands with the word that begins them: %s',
    (command) => {
      expect(tables.refusal(command)).toMatchObject({
        code: 'UnsupportedOperator',
        message: expect.stringContaining('Management commands'),
        position: { token: /\.\w+/.exec(command)![0] },
      });
    },
  );
});
