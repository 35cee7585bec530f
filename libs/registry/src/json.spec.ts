import { describe, expect, it } from 'vitest';
import { parseStrictly } from './json.ts';

const parse = (text: string | Buffer) => parseStrictly(Buffer.from(text), 'bad-manifest');

describe('strict JSON', () => {
  it.each([
    '{}',
    '[]',
    '"{\\"a\\":1,\\"a\\":2}"',
    '{"a":{"a":[{"a":"}"},{"a":"\\\\"}]},"b":"\\"a\\":"}',
    ' { "a" : [ 1 , "a" , "a" ] , "b" : "a" } ',
    '{"__proto__":1}',
  ])('takes %s', (text) => expect(parse(text)).toEqual(JSON.parse(text)));

  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"A":1}',
    '{"x":[{"a":1,"b":"\\"","a":2}]}',
    '{"a":{"b":1},"a":1}',
    '{"a":1,"\\u0061":1}',
    '{"k":1,"\u212a":1}',
    '{"s":1,"\u017f":1}',
    '{"__proto__":1,"__proto__":2}',
  ])('refuses %s, which other parsers read differently', (text) =>
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'ambiguous' })),
  );

  it('accepts label and annotation keys that differ by case, but no key twice', () => {
    expect(parse('{"config":{"Labels":{"a":"1","A":"2"}},"annotations":{"b":"1","B":"2"}}')).toBeDefined();
    expect(() => parse('{"annotations":{"b":"1","b":"2"}}')).toThrow(expect.objectContaining({ code: 'ambiguous' }));
    expect(() => parse('{"annotations":{"x":{"b":1,"B":2}}}')).toThrow(expect.objectContaining({ code: 'ambiguous' }));
  });

  it.each([
    ['a byte order mark', '\ufeff{}'],
    ['broken UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['something after it', '{} {}'],
    ['nothing', ''],
    ['a level too many', '['.repeat(65) + ']'.repeat(65)],
  ])('refuses %s', (_, text) => expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'bad-manifest' })));

  it('parses 4 MiB of the worst case before the test times out', () => {
    expect(() => parse('['.repeat(2 ** 21) + ']'.repeat(2 ** 21))).toThrow();
    expect(
      Object.keys(parse(`{${Array.from({ length: 300_000 }, (_, n) => `"k${n}":0`).join(',')}}`) as object).length,
    ).toBe(300_000);
    expect(parse(`"${'\\\\'.repeat(2 ** 21)}"`)).toHaveLength(2 ** 21);
  });
});
