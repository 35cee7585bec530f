import { describe, expect, it } from 'vitest';
import { asText, asTime } from './text.ts';

describe('text of a report', () => {
  it('is kept unchanged, however a terminal, a page or a table would render it', () => {
    for (const text of ['\u001b[31m', '<script>', '__proto__', '=cmd', '\u202etxt.exe', 'a\nb', 'ü€😀'])
      expect(asText(text)).toBe(text);
  });

  it('has no NUL, which separates the parts of our ids, and no lone surrogates, which have no UTF-8', () => {
    expect(asText('a\u0000b')).toBe('a\ufffdb');
    expect(asText('a\ud800b')).toBe('a\ufffdb');
  });
});

describe('a time of a report', () => {
  it.each([
    ['2024-03-27T00:00:00Z', '2024-03-27T00:00:00Z'],
    ['2024-08-26T20:25:27.123456789Z', '2024-08-26T20:25:27.123Z'],
    ['2024-08-26T20:25:27+02:00', '2024-08-26T18:25:27Z'],
  ])('%s is written as %s', (given, written) => expect(asTime(given)).toBe(written));

  it.each([
    undefined,
    '',
    'yesterday',
    '0001-01-01T00:00:00Z',
    '2024-13-45T00:00:00Z',
    '2024-03-27',
    '9999-12-31T23:59:59-10:00',
    '+012024-03-27T00:00:00Z',
  ])('%s is no time', (given) => expect(asTime(given)).toBeUndefined());
});
