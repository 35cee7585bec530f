import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QueryTables } from '../test/query-tables.ts';

let tables: QueryTables;
beforeAll(async () => {
  tables = await QueryTables.open();
});
afterAll(() => {
  tables.close();
});

/** The rows of a query as they are sent. */
const wire = async (query: string): Promise<string> => JSON.stringify((await tables.rows(query)).rows);
const print = (expressions: string): string =>
  `things | where id == '1' | project ${expressions
    .split('; ')
    .map((one, index) => `x${index} = ${one}`)
    .join(', ')}`;

/**
 * Expressions, separated by semicolons, and the expected row. The values follow Kusto's documentation and are computed
 * by hand.
 */
const expressions: Readonly<Record<string, readonly (readonly [expressions: string, row: string])[]>> = {
  versions: [
    [
      "parse_version('2.0.0') < parse_version('2.0.1'); parse_version('1.27.3') < " +
        "parse_version('1.27.4'); parse_version('3.3.6') < parse_version('3.3.7'); " +
        "parse_version('1.0.0.1') > parse_version('1.0.0.0'); parse_version('2.0.1') == " +
        "parse_version('2.0.0')",
      'true,true,true,true,false',
    ],
    [
      "parse_version('1.2.3.4'); parse_version('99999999.99999999.99999999.99999999'); " +
        "parse_version('0.0.0.1'); parse_version('1')",
      '1000000020000000300000004,99999999999999999999999999999999,1,1000000000000000000000000',
    ],
    [
      "parse_version('1.0') == parse_version('1.0.0.0'); parse_version('1.2.3') < " +
        "parse_version('1.10'); gettype(parse_version('1.2'))",
      'true,true,"decimal"',
    ],
    [
      "parse_version('1.2.3.4.5'); parse_version(''); parse_version('1..2'); parse_version('.1'); " +
        "parse_version('1.'); parse_version('v1.2'); parse_version('1.2-3'); " +
        "parse_version('1.123456789'); parse_version(p.no); parse_version('-1.2')",
      'null,null,null,null,null,null,null,null,null,null',
    ],
    [
      "isnull(parse_version('x')); parse_version('x') < parse_version('1'); parse_version('x') == " +
        "parse_version('x'); tostring(parse_version('0.0.1.2')); tolong(parse_version('0.0.1.2')); " +
        "toreal(parse_version('0.1'))",
      'true,null,null,"100000002",100000002,10000000000000000',
    ],
    [
      "parse_version('0.0.0.7') == 7; parse_version('0.0.0.7') < 7.5; parse_version('1.0') between " +
        "(parse_version('0.9') .. parse_version('1.0.0.1')); iff(parse_version('1.10') > " +
        "parse_version('1.9'), 'newer', 'older'); max_of(parse_version('1.9'), parse_version('1.10')) " +
        "== parse_version('1.10')",
      'true,true,true,"newer",true',
    ],
    [
      "pack('v', parse_version('1.2.3.4')); pack_array(parse_version('1'), 2); " +
        "coalesce(parse_version('x'), parse_version('0.0.0.3')); case(b, parse_version('0.0.0.2'), " +
        "parse_version('1')); abs(toreal(parse_version('0.0.0.2')))",
      '{"v":1000000020000000300000004},[1000000000000000000000000,2],3,2,2',
    ],
  ],
  'whole numbers of any size': [
    [
      "9007199254740993; tolong('9223372036854775807'); -9007199254740993; -9223372036854775807 - " +
        '1; 9007199254740992; 9007199254740991',
      '9007199254740993,9223372036854775807,-9007199254740993,-9223372036854775808,9007199254740992,9007199254740991',
    ],
    [
      'dynamic({"a": 9007199254740993, "b": [-9007199254740993, 1, 2.5]}); ' +
        'parse_json(\'{"a":9007199254740993,"c":"9007199254740993"}\'); pack(\'n\', 9007199254740993)',
      '{"a":9007199254740993,"b":[-9007199254740993,1,2.5]},{"a":9007199254740993,' +
        '"c":"9007199254740993"},{"n":9007199254740993}',
    ],
    [
      "parse_json('[18446744073709551616, 9007199254740993.0, 1e3]'); parse_json('[nan, " +
        "9007199254740993,]'); tostring(dynamic([9007199254740993])); " +
        'tolong(dynamic([9007199254740993])[0])',
      '[18446744073709551616,9007199254740992,1000],[null,9007199254740993],"[9007199254740993]",9007199254740993',
    ],
    [
      '9223372036854775807 + 1; 9007199254740993 * 2; tostring(9007199254740993); 9007199254740993 == 9007199254740992',
      'null,18014398509481986,"9007199254740993",false',
    ],
  ],
  numbers: [
    ['-7 % 3; 7 % -3; -14 % -12; -7.5 % 2; 5 / 2; -5 / 2; 1 / 0; 1 % 0', '2,1,10,0.5,2,-2,null,null'],
    [
      'bin(17, 5); bin(-1, 5); bin(1.7, 0.5); bin(5, 0); round(1.256, 2); round(2.5); floor(7, 2); abs(-5)',
      '15,-5,1.5,null,1.26,3,6,5',
    ],
    [
      'min_of(3, 1, 2); max_of(1, 2.5); iif(false, 1, 2.5); toint(1.7); toint(-1.7); ' +
        'toint(3000000000); tolong(3000000000)',
      '1,2.5,2.5,1,-1,null,3000000000',
    ],
  ],
  times: [
    [
      "todatetime('Sat, 8 Nov 2014 15:05:02 GMT'); todatetime('Sat, 8 Nov 14 15:05:02 GMT'); " +
        "todatetime('Sat, 8 Nov 14 15:05:02'); todatetime('Sat, 8 Nov 14 15:05'); todatetime('Sat, 8 " +
        "Nov 14 15:05 GMT')",
      '"2014-11-08T15:05:02.0000000Z","2014-11-08T15:05:02.0000000Z","2014-11-08T15:05:02.0000000Z",' +
        '"2014-11-08T15:05:00.0000000Z","2014-11-08T15:05:00.0000000Z"',
    ],
    [
      "todatetime('8 Nov 14 15:05:02 GMT'); todatetime('8 Nov 14 15:05:02'); todatetime('8 Nov 14 " +
        "15:05'); todatetime('8 nov 2014 15:05 GMT')",
      '"2014-11-08T15:05:02.0000000Z","2014-11-08T15:05:02.0000000Z","2014-11-08T15:05:00.0000000Z",' +
        '"2014-11-08T15:05:00.0000000Z"',
    ],
    [
      "todatetime('Saturday, 08-Nov-14 15:05:02 GMT'); todatetime('Saturday, 08-Nov-14 15:05:02'); " +
        "todatetime('Saturday, 08-Nov-14 15:05 GMT'); todatetime('Saturday, 08-Nov-14 15:05')",
      '"2014-11-08T15:05:02.0000000Z","2014-11-08T15:05:02.0000000Z","2014-11-08T15:05:00.0000000Z",' +
        '"2014-11-08T15:05:00.0000000Z"',
    ],
    [
      "todatetime('08-Nov-14 15:05:02 GMT'); todatetime('08-Nov-14 15:05:02'); " +
        "todatetime('08-Nov-14 15:05 GMT'); todatetime('08-Nov-2014 15:05')",
      '"2014-11-08T15:05:02.0000000Z","2014-11-08T15:05:02.0000000Z","2014-11-08T15:05:00.0000000Z",' +
        '"2014-11-08T15:05:00.0000000Z"',
    ],
    [
      "todatetime('2014-11-08 15:05:25 GMT'); todatetime('2014-11-08 15:05 GMT'); " +
        "todatetime('2014-11-08T15:05:25 GMT'); todatetime('2014-11-08T15:05'); " +
        "todatetime('2014-05-25T08:20:03.123456')",
      '"2014-11-08T15:05:25.0000000Z","2014-11-08T15:05:00.0000000Z","2014-11-08T15:05:25.0000000Z",' +
        '"2014-11-08T15:05:00.0000000Z","2014-05-25T08:20:03.1234560Z"',
    ],
    [
      "todatetime('31 Feb 14 15:05'); todatetime('8 Smarch 14 15:05'); todatetime('Sat'); " +
        "todatetime('GMT'); todatetime('')",
      'null,null,null,null,null',
    ],
    [
      "datetime('Sat, 8 Nov 2014 15:05:02 GMT'); datetime(8 Nov 14 15:05); datetime(Saturday, 08-Nov-14 15:05:02 GMT)",
      '"2014-11-08T15:05:02.0000000Z","2014-11-08T15:05:00.0000000Z","2014-11-08T15:05:02.0000000Z"',
    ],
    [
      "todatetime('2020-08-10T09:15:02.1234567Z'); todatetime('2020-08-10T09:15:02+02:00'); " +
        'datetime(2020-08-10) - 1d; datetime(2020-08-10) - datetime(2020-08-11); -1h; 1.5h; ' +
        'time(1.02:03:04.5)',
      '"2020-08-10T09:15:02.1234567Z","2020-08-10T07:15:02.0000000Z","2020-08-09T00:00:00.0000000Z",' +
        '"-1.00:00:00","-01:00:00","01:30:00","1.02:03:04.5000000"',
    ],
    [
      "datetime_diff('week', datetime(2017-10-29), datetime(2017-09-30)); datetime_add('month', 1, " +
        "datetime(2026-01-31)); format_datetime(datetime(2014-11-08 15:05:02.5), 'yy-MM-dd hh:mm tt " +
        "f'); startofday(datetime(2014-11-08 15:05)); ago(1h)",
      '5,"2026-02-28T00:00:00.0000000Z","14-11-08 03:05 PM ' +
        '5","2014-11-08T00:00:00.0000000Z","2026-11-24T23:00:00.0000000Z"',
    ],
  ],
  text: [
    [
      "indexof('abcabc', 'c'); indexof('abc', 'x'); indexof('abcabc', 'b', -3); substring('hello', " +
        "-3, 2); substring('hello', 9); split('a--b', '--'); split('a-b', '-', 1); split('a--b', " +
        "'--')[7]",
      '2,-1,4,"ll","",["a","b"],["b"],null',
    ],
    [
      "extract('(\\\\d+)', 1, 'a12', typeof(long)); extract('x(.)', 1, name); extract('(a)|(b)', 1, " +
        "'b'); replace_regex('abcd', '(b)(c)', '\\\\2\\\\1'); replace('o', '0', 'foo'); " +
        "replace_string('a.b', '.', '-'); countof('aaaa', 'aa'); countof('aaaa', 'aa', 'regex')",
      '12,"","","acbd","f00","a-b",3,2',
    ],
    [
      "hash_sha256('abc'); base64_decode_tostring('YWJj'); url_decode('a%20b'); tohex(255); " +
        "strcat('a', 1, true); strcat_delim('-', 'a', 1); strcat_array(dynamic(['a','b']), '|'); " +
        "toguid('74BE27DE-1e4e-49d9-b579-fe0b331d3642')",
      '"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","abc","a ' +
        'b","ff","a1true","a-1","a|b","74be27de-1e4e-49d9-b579-fe0b331d3642"',
    ],
    [
      "'50%_x' contains '%_'; '50%_x' contains 'a_'; split('a.b|c', '.'); split('a.b|c', '|'); " +
        "replace_regex('a', '(a)', '$1'); replace_regex('a', '(a)', '<\\\\0>'); strlen('äb'); name " +
        "matches regex '(?i)ONE'; toupper('ä')",
      'true,false,["a","b|c"],["a.b","c"],"$1","<a>",2,true,"Ä"',
    ],
    [
      "'a-one-b' has 'ONE'; 'a-ones' has 'one'; 'aones' hasprefix 'aon'; 'aones' hassuffix 'nes'; " +
        "'a one' has_any ('x', 'ONE'); 'a one' has_all ('a', 'x'); name =~ 'ONE'; name == 'ONE'; name " +
        "in~ ('ONE'); name in ('ONE'); name contains_cs 'N'",
      'true,false,true,true,true,false,true,false,true,false,false',
    ],
  ],
  'what is not there': [
    [
      "int(null) == 1; int(null) != 1; int(null) == int(null); p.no != 'x'; p.no == 'x'; p.no " +
        "!contains 'x'; not(p.no == 'x'); p.no !in ('x'); isnull(''); isempty(p.no)",
      'false,true,null,true,false,true,true,true,false,true',
    ],
    [
      "coalesce('', 'b'); coalesce(int(null), 5); iff(int(null) == 1, 'a', 'b'); tostring(p.no); " +
        "toint('x'); todouble(''); tobool(p.no); array_length(p.no); bag_keys(p.no)",
      '"b",5,"b","",null,null,null,null,null',
    ],
  ],
  'bags and arrays': [
    [
      'gettype(p.list); gettype(p.a); gettype(p.no); gettype(p.half); gettype(p.number); ' +
        "gettype(p.yes); gettype(p.text); gettype(1); gettype(1.5); gettype('a'); gettype(1d)",
      '"array","dictionary","null","double","long","bool","string","long","real","string","timespan"',
    ],
    [
      'array_concat(dynamic([1]), dynamic([2])); array_slice(dynamic([1,2,3,4]), -2, -1); ' +
        "array_index_of(dynamic(['a','b']), 'b'); set_has_element(p.list, 'two'); " +
        "bag_merge(dynamic({'a': 1}), dynamic({'a': 2, 'b': 3})); pack(name, n); p.list[-1].three; " +
        "p['a']['b']; p.text == 'words'; p.number == '5'; p.when > ago(1d)",
      '[1,2],[3,4],1,true,{"a":1,"b":3},{"one":1},3,"deep",true,true,true',
    ],
  ],
};

/** Pipelines and their rows. */
const pipelines: Readonly<Record<string, readonly (readonly [query: string, rows: string])[]>> = {
  parse: [
    ["things | take 1 | project s = 'a=foo b=xyz' | parse s with 'a=' a ' b=' b:long | project a, b", '[["",null]]'],
    [
      "things | take 1 | project s = 'a=foo b=xyz' | parse kind=simple s with 'a=' a ' b=' b:long | project a, b",
      '[["",null]]',
    ],
    [
      "things | take 1 | project s = 'a=foo b=xyz' | parse kind=relaxed s with 'a=' a ' b=' b:long | project a, b",
      '[["foo",null]]',
    ],
    ["things | take 1 | project s = 'a=foo b=12' | parse s with 'a=' a ' b=' b:long | project a, b", '[["foo",12]]'],
    [
      "things | take 1 | project s = 'a=1.5 t=2014-11-08 y=true' | parse s with 'a=' a:real ' t=' " +
        "t:datetime ' y=' y:bool | project a, t, y",
      '[[1.5,"2014-11-08T00:00:00.0000000Z",true]]',
    ],
    ["things | take 1 | project s = 'a=1 b=2' | parse s with 'a=' a:long ' c=' c:long | project a, c", '[[null,null]]'],
    ["things | take 1 | project s = 'k=a;k=b;v=1' | parse s with 'k=' k ';' * 'v=' v:long | project k, v", '[["a",1]]'],
    [
      "things | take 1 | project s = 'n=27, m=23 end' | parse s with * 'n=' n:long * 'm=' m:long * | project n, m",
      '[[27,23]]',
    ],
    [
      "things | take 1 | project s = 'n=-27x m=2.5 y' | parse s with * 'n=' n:long * 'm=' m:real * | project n, m",
      '[[-27,2.5]]',
    ],
    [
      "things | take 1 | project s = 'n=none, m=23' | parse kind=relaxed s with * 'n=' n:long * " +
        "'m=' m:long | project n, m",
      '[[null,23]]',
    ],
    [
      "things | take 1 | project s = 'n=none, m=23' | parse s with * 'n=' n:long * 'm=' m:long | project n, m",
      '[[null,null]]',
    ],
    [
      `things | take 1 | project s = 'Event: NotifySliceRelease (resourceName=PipelineScheduler, ` +
        'totalSlices=27, sliceNumber=23, lockTime=02/17/2016 08:40:01, releaseTime=02/17/2016 ' +
        `08:40:01, previousLockTime=02/17/2016 08:39:01)'
      | parse s with * "resourceName=" resourceName ", totalSlices=" totalSlices:long * ` +
        '"sliceNumber=" sliceNumber:long * "lockTime=" lockTime ", releaseTime=" releaseTime:date "," ' +
        `* "previousLockTime=" previousLockTime:date ")" *
      | project resourceName, totalSlices, sliceNumber, lockTime, releaseTime, ` +
        'previousLockTime',
      '[["PipelineScheduler",27,23,"02/17/2016 ' +
        '08:40:01","2016-02-17T08:40:01.0000000Z","2016-02-17T08:39:01.0000000Z"]]',
    ],
    [
      `things | take 1 | project s = 'Event: NotifySliceRelease (resourceName=PipelineScheduler, ` +
        'totalSlices=nonValidLongValue, sliceNumber=23, lockTime=02/17/2016 08:40:01, ' +
        `releaseTime=nonValidDateTime, previousLockTime=02/17/2016 08:39:01)'
      | parse kind=relaxed s with * "resourceName=" resourceName ", totalSlices=" ` +
        'totalSlices:long * "sliceNumber=" sliceNumber:long * "lockTime=" lockTime ", releaseTime=" ' +
        `releaseTime:date "," * "previousLockTime=" previousLockTime:date ")" *
      | project resourceName, totalSlices, sliceNumber, lockTime, releaseTime, ` +
        'previousLockTime',
      '[["PipelineScheduler",null,23,"02/17/2016 08:40:01",null,"2016-02-17T08:39:01.0000000Z"]]',
    ],
    ["things | take 1 | project s = 'x', y = 'old' | parse s with 'a' y 'b' | project y", '[[""]]'],
  ],
  order: [
    [
      "things | extend v = dynamic(['1.0.0.10', '1.0.0.9', '1.0.0.2', 'x']) | where id == '1' | " +
        'mv-expand v to typeof(string) | order by parse_version(v) asc | project v',
      '[["x"],["1.0.0.2"],["1.0.0.9"],["1.0.0.10"]]',
    ],
    [
      "things | where id == '1' | mv-expand v = dynamic(['1.0.0.10', '1.0.0.9', '1.0.0.2']) to " +
        'typeof(string) | summarize max(parse_version(v)), min(parse_version(v)), ' +
        'arg_max(parse_version(v), v), dcount(parse_version(v)), make_list(parse_version(v), 1)',
      '[[1000000000000000000000010,1000000000000000000000002,1000000000000000000000010,"1.0.0.10",3,' +
        '[1000000000000000000000010]]]',
    ],
    [
      "things | where id == '1' | mv-expand v = dynamic(['1.0', '1.0.0', '2']) to typeof(string) | " +
        'summarize count() by k = parse_version(v) | order by k asc',
      '[[1000000000000000000000000,2],[2000000000000000000000000,1]]',
    ],
    ['things | order by n | project id', '[["2"],["1"],["3"]]'],
    ['things | order by n asc | project id', '[["3"],["1"],["2"]]'],
    ['things | top 1 by r | project id', '[["1"]]'],
    ['things | take 0 | project id', '[]'],
    ['things | project x = 1 | distinct *', '[[1]]'],
  ],
  join: [
    ['things | project x = 1, id | join (things | project x = 1, other = id) on x | count', '[[3]]'],
    ['things | project x = b, id | join kind=inner (things | project x = b) on x | project id', '[["1"],["2"]]'],
    [
      'things | where b | project id | join kind=fullouter (things | where not(b) | project id) on ' +
        'id | order by id asc',
      '[["","2"],["1",""]]',
    ],
    [
      "things | where id == '1' | project k = parse_version('1.0') | join kind=inner (things | " +
        "project k = parse_version('1.0.0')) on k | count",
      '[[3]]',
    ],
  ],
  aggregates: [
    [
      'things | summarize arg_max(n, *) by b | project b, n, id | order by n asc',
      '[[null,null,"3"],[true,1,"1"],[false,2,"2"]]',
    ],
    [
      'things | where id == "9" | summarize sum(n), avg(n), min(n), count(), make_list(n), dcount(n)',
      '[[0,null,null,0,[],0]]',
    ],
    [
      'things | summarize percentile(n, 50), stdev(n), countif(b), sumif(n, b), dcountif(name, b)',
      '[[1,0.7071067811865476,1,1,1]]',
    ],
    ['things | summarize count() by bin(n, 2)', '[[null,1],[0,1],[2,1]]'],
  ],
};

/** Refused queries, the error code, and a part of the message. */
const refusals: Readonly<Record<string, readonly (readonly [query: string, code: string, text: string | RegExp])[]>> = {
  hints: [
    'join hint.strategy=broadcast kind=inner kinds on id',
    'join kind=inner hint.remote=left kinds on id',
    'summarize hint.shufflekey=id count() by id',
    'distinct hint.strategy=shuffle id',
    'where hint.x=1 n == 1',
  ].map(
    (operator) =>
      [
        `things | ${operator}`,
        operator.startsWith('where') ? 'ParserFailure' : 'UnsupportedOperator',
        operator.startsWith('where') ? '' : 'hint.',
      ] as const,
  ),
  'words that help': [
    ["things | where name = 'x'", 'ParserFailure', /'==' compares/],
    ["things | where n == 1 and name = 'x'", 'ParserFailure', /'==' compares/],
    ['things | where (name = "x")', 'ParserFailure', /'==' compares/],
    ['things | where b AND b', 'ParserFailure', "write 'and'"],
    ['things | where b Or b', 'ParserFailure', "write 'or'"],
    ["things | where name Contains 'x'", 'ParserFailure', "write 'contains'"],
    ["things | where name HAS 'x'", 'ParserFailure', "write 'has'"],
    ['things | WHERE n == 1', 'ParserFailure', "write 'where'"],
    ['things | order BY n', 'ParserFailure', "write 'by'"],
    ['things | top 2 by n, id', 'ParserFailure', /'top' takes one key/],
    ['things | order by n x id', 'ParserFailure', "'x' is not expected here"],
  ],
  decimals: [
    ["things | project parse_version('1') + 1", 'TypeMismatch', '+'],
    ['things | summarize sum(parse_version(name))', 'TypeMismatch', 'decimal'],
    ["things | where parse_version(name) > '1.0'", 'TypeMismatch', '>'],
    ['things | project parse_version(n)', 'TypeMismatch', 'parse_version'],
  ],
  parse: [
    ["things | parse name with 'a' v *", 'ParserFailure', "'v'"],
    ["things | parse kind=regex name with 'a' v", 'UnsupportedOperator', 'regex'],
    ["things | parse name with 'a' v:dynamic", 'TypeMismatch', ''],
  ],
  operators: [
    'mv-apply x = p on (take 1)',
    'top-nested 1 of n by count()',
    'make-series count() on n from 0 to 1 step 1',
    'evaluate bag_unpack(p)',
    'serialize',
    'lookup things on id',
    'render table',
    'sample 1',
    'getschema',
    'parse-where name with "x" y',
    'partition by n (take 1)',
    'as x',
    'join kind=leftanti kinds on id',
    'join kind=leftsemi kinds on id',
    'join kind=rightsemi kinds on id',
    'join kind=rightouter kinds on id',
    'parse kind=regex name with "x" y',
    'union isfuzzy=true kinds',
    'mv-expand with_itemindex=i p.list',
  ].map((operator) => [`things | ${operator}`, 'UnsupportedOperator', ''] as const),
  sources: [
    ['let x = 1; things', 'UnsupportedOperator', 'let'],
    ['print 1', 'UnsupportedOperator', 'print'],
    ['range x from 1 to 2 step 1', 'UnsupportedOperator', 'range'],
    ['datatable (x: long) [1]', 'UnsupportedOperator', 'datatable'],
    ['externaldata (x: string) ["http://127.0.0.1/"]', 'UnsupportedOperator', 'externaldata'],
    ['search "x"', 'UnsupportedOperator', 'search'],
    ['find in (things) where id == "1"', 'UnsupportedOperator', 'find'],
    ["cluster('x').database('y').z", 'UnsupportedOperator', ''],
    ['.show tables', 'UnsupportedOperator', ''],
    ['materialize(things)', 'UnsupportedFunction', 'materialize'],
  ],
  functions: [
    'extract_all',
    'parse_url',
    'zip',
    'array_sort_asc',
    'set_difference',
    'set_union',
    'prev',
    'rand',
    'dayofweek',
    'startofmonth',
    'bag_has_key',
    'treepath',
    'array_sum',
    'strrep',
    'translate',
    'make_datetime',
    'pow',
    'ceiling',
    'parse_path',
    'ipv4_is_private',
    'isnan',
    'url_encode',
    'todecimal',
    'format_timespan',
    'array_rotate_left',
    'new_guid',
    'reverse',
    'row_number',
  ].map((name) => [`things | project ${name}(id)`, 'UnsupportedFunction', name] as const),
};

describe.each(Object.entries(expressions))('expressions as Kusto documents them: %s', (_, probes) => {
  it.each(probes)('%s', async (of, row) => {
    expect(await wire(print(of))).toBe(`[[${row}]]`);
  });
});

describe.each(Object.entries(pipelines))('pipelines as Kusto documents them: %s', (_, probes) => {
  it.each(probes)('%s', async (query, rows) => {
    expect(await wire(query)).toBe(rows);
  });
});

describe.each(Object.entries(refusals))('what is refused: %s', (_, probes) => {
  it.each(probes)('%s', (query, code, text) => {
    const refusal = tables.refusal(query);
    expect(refusal.code).toBe(code);
    expect(`${refusal.message} ${refusal.position?.token}`).toMatch(text);
    expect(refusal.position?.line).toBe(1);
  });
});

it('reports the position of a bag that rows cannot be sorted by', async () => {
  for (const [query, at] of [
    ['things | order by p.a', 18],
    ['things\n| order by p.list', 11],
    ['things | summarize max(p.a)', 23],
  ] as const) {
    const error = await tables.rows(query).then(
      () => undefined,
      (why: unknown) => why as Error,
    );
    expect(error?.message).toContain('assay:TypeMismatch');
    expect(JSON.parse(/assay:TypeMismatch (\{.*\})/.exec(error!.message)![1]!)).toMatchObject({
      line: query.includes('\n') ? 2 : 1,
      characterPositionInLine: at,
    });
  }
});
