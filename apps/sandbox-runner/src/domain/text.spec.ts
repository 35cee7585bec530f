import { describe, expect, it } from 'vitest';
import { asText } from './text.ts';

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
