import { describe, expect, it } from 'vitest';
import { harmless, linkIn } from './harmless.ts';

describe('a name from an image', () => {
  it.each([
    ['\u001b[2Jteam/web', '\uFFFD[2Jteam/web'],
    ['web\u202Egnp.exe', 'web\uFFFDgnp.exe'],
    ['a\u200Bb\u0000', 'a\uFFFDb\uFFFD'],
    ['two\nlines\u2028', 'two\nlines\uFFFD'],
    ['<script>alert(1)</script>', '<script>alert(1)</script>'],
    ['größe/ünï', 'größe/ünï'],
  ])('%j is shown as %j', (given, shown) => {
    expect(harmless(given)).toBe(shown);
  });
});

describe('a link of an advisory', () => {
  it.each(['https://nvd.nist.gov/vuln/detail/CVE-2024-45490', 'http://example.com/a?b=c'])(
    '%s is followed',
    (given) => {
      expect(linkIn(given)).toBe(given);
    },
  );

  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    ' javascript:alert(1)',
    'https://user@example.com/',
    '/portal/',
    'no link',
  ])('%j is text', (given) => {
    expect(linkIn(given)).toBeUndefined();
  });
});
