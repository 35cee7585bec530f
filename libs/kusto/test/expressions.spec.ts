import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Asked } from './asked.ts';

let asked: Asked;
beforeAll(async () => { asked = await Asked.open(); });
afterAll(() => { asked.close(); });

/** What each expression is worth over the first thing. A function that is added gets its line here. */
const worth: readonly (readonly [expression: string, value: unknown])[] = [
  // Literals
  ['1', 1], ['-5', -5], ['0x1F', 31], ['1.5', 1.5], ['1e3', 1000], ['true', true], ['False', false], ['int(null)', null], ['long(5)', 5], ['real(null)', null], ["'a\\n\\u0041'", 'a\nA'], ['@"a\\b"', 'a\\b'], ["@'it''s'", "it's"], ['"it\'s; drop table things --"', "it's; drop table things --"],
  ['1h', '01:00:00'], ['7d', '7.00:00:00'], ['1.5h', '01:30:00'], ['30m + 15s', '00:30:15'], ['time(1.02:03:04.5)', '1.02:03:04.5000000'], ['2tick', '00:00:00.0000002'], ['-1h', '-01:00:00'],
  ['datetime(2020-08-10)', '2020-08-10T00:00:00.0000000Z'], ['datetime(2020-08-10T01:02:03.1234567Z)', '2020-08-10T01:02:03.1234567Z'], ['datetime(0001-01-01)', '0001-01-01T00:00:00.0000000Z'], ['datetime(null)', null],
  ['dynamic({"a": [1, 2.5, null, true, "x"]})', { a: [1, 2.5, null, true, 'x'] }], ['dynamic([])', []], ['dynamic(null)', null], ['guid(74BE27DE-1e4e-49d9-b579-fe0b331d3642)', '74be27de-1e4e-49d9-b579-fe0b331d3642'],
  // Paths
  ['p.a.b', 'deep'], ['p["a"]["b"]', 'deep'], ["p['a'].['odd.name']", 7], ["p.a['odd.name']", 7], ['p.list[0]', 1], ['p.list[-1].three', 3], ['p.list.[1]', 'two'], ['p.list[9]', null], ['p.text.b', null], ['p.no.such.thing', null], ['p.nothing', null], ['p["it\'s"]', 1], ['p["sla/sh"]', 2], ['p[strcat("te", "xt")]', 'words'], ['p.list[n]', 'two'],
  ['known.text', 'one'], ['known.in', null], ['p.a.title', null], ['p.of.true.b', null], ['isnull(p.has) and isnull(p.and)', true], ['p . contains', null], ['known["number"]', 1], ['known.json.a.b', 'deep'], ['known.nothing', null], ['known.text.b', null], ['empty.a', null], ['known.maybe', 'one'],
  // Comparison
  ["name == 'one'", true], ["name == 'ONE'", false], ["name =~ 'ONE'", true], ["name !~ 'ONE'", false], ["name != 'x'", true], ['n == 1', true], ['n == 1.0', true], ['n < 2', true], ['n >= 2', false], ['r > 1', true], ['b == true', true], ['d > datetime(2026-11-24)', true], ['1 / 0', null], ['1.0 / 0', null], ['5 / 2', 2], ['5.0 / 2', 2.5], ['5 % 3', 2], ['-7 % 3', 2], ['7 % -3', 1], ['-14 % -12', 10], ['-7.5 % 2', 0.5], ['n % 0', null], ['5.5 % 0', null], ['p.number % 3', 2], ['2 + 3 * 4', 14], ['9223372036854775807 + 1', null],
  ["p.text == 'words'", true], ["p.number == 5", true], ["p.number == '5'", true], ["p.list == '[1,\"two\",null,{\"three\":3}]'", true], ["p.yes == 'true'", true], ['p.yes == true', true], ["p.no == 'x'", false], ["p.no != 'x'", true], ['p.no == p.none', null], ['p.no != p.none', null], ['int(null) == 1', false], ['int(null) != 1', true], ['int(null) == int(null)', null], ['int(null) < 1', null], ['p.when > ago(1d)', true], ['p.when == datetime(2026-11-24T09:15:02.1234567Z)', true], ['p.when < datetime(2026-11-24T09:15:02.1234567Z)', false], ['p.half > 2', true],
  ['known.number == 1', true], ["known.text =~ 'ONE'", true], ["known.maybe == 'one'", true],
  ["name in ('one', 'two')", true], ["name in ('ONE')", false], ["name in~ ('ONE')", true], ["name !in ('one')", false], ["name !in~ ('ONE')", false], ["p.text in~ ('WORDS', 'x')", true], ['n in (1, 2)', true], ['n between (1 .. 3)', true], ['n !between (1 .. 3)', false], ['d between (datetime(2026-11-24) .. 1d)', true],
  ["name contains 'N'", true], ["name contains_cs 'N'", false], ["name !contains 'x'", true], ["name startswith 'O'", true], ["name startswith_cs 'O'", false], ["name !startswith 'o'", false], ["name endswith 'NE'", true], ["name endswith_cs 'NE'", false], ["'a-one-b' has 'ONE'", true], ["'a-ones' has 'one'", false], ["'one' has_cs 'ONE'", false], ["'a one' !has 'one'", false], ["'aones b' hasprefix 'aon'", true], ["'aones' hassuffix 'nes'", true], ["'aones' hassuffix 'one'", false], ["'a.b' has 'a.b'", true], ["'axb' has 'a.b'", false], ["'a one' has_any ('x', 'ONE')", true], ["'a one' has_all ('a', 'x')", false],
  ["name matches regex '^o.e$'", true], ["name matches regex '(?i)ONE'", true], ["name matches regex 'ONE'", false], ["'50%_x' contains '%_'", true], ["'50%_x' contains 'a_'", false],
  ['true and false', false], ['true or false', true], ['not(true)', false], ['b and n == 1', true], ['(n == 1 or n == 2) and not(n == 2)', true],
  ['d - datetime(2026-11-24)', '09:15:02.0001234'], ['d + 1d', '2026-11-25T09:15:02.0001234Z'], ['1d / 1h', 24], ['2 * 1h', '02:00:00'],
  // Conversion
  ['tostring(p.a)', '{"b":"deep","odd.name":7}'], ['tostring(p.no)', ''], ['tostring(p.text)', 'words'], ['tostring(1)', '1'], ['tostring(1.0)', '1'], ['tostring(1.25)', '1.25'], ['tostring(true)', 'true'], ['tostring(p.yes)', 'true'], ['tostring(d)', '2026-11-24T09:15:02.0001234Z'], ['tostring(1h)', '01:00:00'], ['tostring(1d)', '1.00:00:00'], ['tostring(int(null))', ''], ['tostring(empty)', ''], ['tostring(known.number)', '1'],
  ["toint('12')", 12], ["toint('x')", null], ['toint(1.7)', 1], ['toint(-1.7)', -1], ['toint(3000000000)', null], ['tolong(3000000000)', 3_000_000_000], ["todouble('2.5')", 2.5], ['toreal(p.half)', 2.5], ["toreal('')", null], ["tobool('true')", true], ["tobool('TRUE')", true], ["tobool('x')", null], ['tobool(p.no)', null], ['tobool(p.yes)', true], ['tobool(1)', true], ["todatetime('2020-08-10T09:15:02.1234567Z')", '2020-08-10T09:15:02.1234567Z'], ["todatetime('2020-08-10T09:15:02+02:00')", '2020-08-10T07:15:02.0000000Z'], ["todatetime('2020-08-10')", '2020-08-10T00:00:00.0000000Z'], ["todatetime('never')", null], ['todatetime(p.when)', '2026-11-24T09:15:02.1234567Z'], ["totimespan('1.02:03:04')", '1.02:03:04'], ["totimespan('x')", null], ["toguid('74BE27DE-1e4e-49d9-b579-fe0b331d3642')", '74be27de-1e4e-49d9-b579-fe0b331d3642'],
  ["parse_json('{\"a\":[1]}')", { a: [1] }], ["parse_json('no json')", 'no json'], ["parse_json('')", null], ['parse_json(p)["text"]', 'words'], ["todynamic('[1, 2]')[1]", 2], ['parse_json(tostring(p.a)).b', 'deep'], ["gettype(p.list)", 'array'], ['gettype(p.a)', 'dictionary'], ['gettype(p.no)', 'null'], ['gettype(1)', 'long'], ['gettype(p.half)', 'double'],
  ['isnull(p.no)', true], ['isnull(p.text)', false], ['isnotnull(p.a)', true], ["isnull('')", false], ['isnull(int(null))', true], ["isempty('')", true], ['isempty(p.no)', true], ['isempty(name)', false], ['isnotempty(name)', true], ['isnull(known)', false], ['isnull(known.nothing)', true],
  // Text
  ["extract('o(.)e', 1, name)", 'n'], ["extract('o(.)e', 0, name)", 'one'], ["extract('x(.)', 1, name)", ''], ["extract('(\\\\d+)', 1, 'a12', typeof(long))", 12], ["extract(@'(?i)^O(N)', 1, name)", 'n'],
  ["split('a--b--c', '--')", ['a', 'b', 'c']], ["split('a--b', '--')[1]", 'b'], ["split('a--b', '--')[7]", null], ["split('a--b', '--').[0]", 'a'], ["split('a-b-c', '-')[-1]", 'c'], ["split('a-b', '-', 1)", ['b']], ["tostring(split('a-b', '-')[1])", 'b'], ["split('a-b', '-') == '[\"a\",\"b\"]'", true], ["array_length(split('a-b', '-'))", 2],
  ["tolower('ÄB')", 'äb'], ["toupper(name)", 'ONE'], ['tolower(p.text)', 'words'], ["trim('[x]+', 'xxaxx')", 'a'], ["trim_start('x', 'xxa')", 'xa'], ["trim_end('/', 'a/')", 'a'], ["trim(@'\\s+', '  a b ')", 'a b'], ["replace('foo', 'o', '0')", 'f00'],
  ["replace_string('a.b.c', '.', '-')", 'a-b-c'], ["replace_regex('abcd', '(b)(c)', '\\\\2\\\\1')", 'acbd'], ["indexof('abcabc', 'c')", 2], ["indexof('abc', 'x')", -1], ["indexof('abcabc', 'a', 1)", 3], ["indexof('abcabc', 'b', -3)", 4], ["indexof('abcabc', 'c', 0, 2)", -1], ["indexof('abcabc', 'c', 0, 3)", 2],
  ["strlen('äb')", 2], ["substring('hello', 1)", 'ello'], ["substring('hello', 1, 2)", 'el'], ["substring('hello', -3, 2)", 'll'], ["substring('hello', 9)", ''], ["strcat('a', 1, true, 1.5)", 'a1true1.5'], ["strcat_delim('-', 'a', 1)", 'a-1'], ["strcat_array(p.list, '|')", '1|two||{"three":3}'], ["strcat_array(dynamic(['a','b']), ', ')", 'a, b'], ["countof('aXaXa', 'X')", 2], ["countof('aaaa', 'aa')", 3], ["countof('aaaa', 'aa', 'regex')", 2], ["countof('ababa', 'aba', 'normal')", 2], ["countof('abc', '')", 0], ["countof('', 'a')", 0], ["countof(p.text, 'o')", 1], ["countof('a1b22', '[0-9]+', 'regex')", 2], ["url_decode('a%20b')", 'a b'], ["base64_decode_tostring('YWJj')", 'abc'], ["hash_sha256('abc')", 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  // Choice
  ["iff(n == 1, 'yes', 'no')", 'yes'], ['iif(false, 1, 2.5)', 2.5], ["iff(int(null) == 1, 'a', 'b')", 'b'], ["case(n == 2, 'two', n == 1, 'one', 'many')", 'one'], ["coalesce('', 'b')", 'b'], ['coalesce(int(null), 5)', 5], ["coalesce(p.no, p.text)", 'words'], ["coalesce(tostring(p.no), 'x')", 'x'], ["iff(true, p.a, 'text')", { b: 'deep', 'odd.name': 7 }], ["iff(true, int(null), 1)", null],
  // Time
  ['now()', '2026-11-25T00:00:00.0000000Z'], ['now(-1d)', '2026-11-24T00:00:00.0000000Z'], ['ago(1h)', '2026-11-24T23:00:00.0000000Z'], ['startofday(d)', '2026-11-24T00:00:00.0000000Z'], ['startofday(d, -1)', '2026-11-23T00:00:00.0000000Z'], ["format_datetime(d, 'yyyy-MM-dd HH:mm:ss.fff')", '2026-11-24 09:15:02.000'], ["format_datetime(d, 'dd/MM/yy')", '24/11/26'], ["datetime_diff('day', datetime(2026-11-24), datetime(2026-11-20))", 4], ["datetime_diff('hour', datetime(2026-11-20), datetime(2026-11-21))", -24], ["datetime_add('month', 1, datetime(2026-01-31))", '2026-02-28T00:00:00.0000000Z'], ["datetime_add('second', -1, d)", '2026-11-24T09:15:01.0001234Z'], ['bin(d, 1h)', '2026-11-24T09:00:00.0000000Z'],
  // Numbers
  ['bin(17, 5)', 15], ['bin(-1, 5)', -5], ['bin(1.7, 0.5)', 1.5], ['floor(7, 2)', 6], ['bin(5, 0)', null], ['round(1.256, 2)', 1.26], ['round(2.5)', 3], ['abs(-5)', 5], ['abs(r)', 1.5], ['min_of(3, 1, 2)', 1], ['max_of(1, 2.5)', 2.5], ['tohex(255)', 'ff'], ["parse_version('1.2.3') < parse_version('1.10')", true],
  // Bags and arrays
  ["pack('a', 1, name, p.text)", { a: 1, one: 'words' }], ["bag_pack('a', p.no)", { a: null }], ["pack(name, key=n)", { one: 1 }], ["pack_array(1, 'x', p.no)", [1, 'x', null]], ['array_length(p.list)', 4], ['array_length(p.no)', null], ['array_length(p.text)', null], ['bag_keys(p.a)', ['b', 'odd.name']], ['bag_keys(p.no)', null], ["bag_merge(dynamic({'a': 1}), dynamic({'a': 2, 'b': 3}))", { a: 1, b: 3 }], ["array_concat(dynamic([1]), dynamic([2, 3]))", [1, 2, 3]], ["array_slice(dynamic([1,2,3,4]), 1, 2)", [2, 3]], ["array_slice(dynamic([1,2,3,4]), -2, -1)", [3, 4]], ["array_index_of(dynamic(['a','b']), 'b')", 1], ["array_index_of(dynamic(['a']), 'z')", -1], ["set_has_element(p.list, 'two')", true], ["set_has_element(p.list, 'x')", false],
];

describe('expressions', () => {
  it.each(worth)('%s', async (expression, value) => {
    expect(await asked.value(expression)).toEqual(value);
  });

  it.each('accumulate and as asc between boolean by contains datatable date datetime decimal desc double dynamic endswith false find first flags has has_all has_any hasprefix id in int invoke is kind last like long materialize name of or print project real sample search set string time timespan title to toscalar totable true type union where'.split(' '))(
    'take a keyword behind a dot for a name: %s', async (word) => {
      const made = `extend p = dynamic({"${word}": {"${word}": 5}})`;
      const { names, rows } = await asked.rows(`things | where id == "1" | ${made} | where p.${word}.${word} == 5 and "p.${word}" != "" | project p.${word}.${word}, x = tolong(p.${word}["${word}"]) % 3 // p.${word}`);
      expect([names, rows]).toEqual([[`p_${word}_${word}`, 'x'], [[5, 2]]]);
      const wrong = `things | where p.${word} == 1 | where p.${word} == nope`;
      expect(asked.refusal(wrong).position).toEqual({ line: 1, characterPositionInLine: wrong.indexOf('nope'), token: 'nope' });
    });
});
