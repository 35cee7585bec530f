import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { broken, table } from './table.ts';

describe('a table', () => {
  const columns = [{ title: 'IMAGE', grows: true }, { title: 'STATUS' }, { title: 'TIME', align: 'right' as const }];

  it('fits the window with any names', () =>
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z0-9:/.@-]{1,120}$/), { minLength: 1, maxLength: 4 }), (names) => {
        const lines = table(
          columns,
          names.map((name) => [name, 'not-applicable', '1.2 s']),
          80,
        ).split('\n');
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
      }),
    ));

  it('keeps short cells on one line, without trailing blanks', () => {
    expect(table(columns, [['debian:13.8', 'healthy', '20 ms']], 80)).toBe(
      'IMAGE        STATUS    TIME\ndebian:13.8  healthy  20 ms',
    );
  });

  it('cuts an unreadably long text in any column', () => {
    // The layout time grew with the cube of a cell's lines: a name of 60,000 characters took minutes.
    const long = 'a'.repeat(60_000);
    const growing = table(
      columns,
      [
        [long, 'healthy', '20 ms'],
        [`${'\n'.repeat(5000)}x`, 'healthy', '20 ms'],
      ],
      80,
    ).split('\n');
    expect(growing.length).toBeLessThanOrEqual(1 + 8 + 8);
    expect(Math.max(...growing.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(growing[8]).toMatch(/^a+…$/);
    const fixed = table(columns, [['debian', long, '20 ms']], 80).split('\n');
    expect(fixed.some((line) => line.includes('a'.repeat(119) + '…'))).toBe(true);
    expect(Math.max(...fixed.map((line) => line.length))).toBeLessThanOrEqual(200);
  });

  it('has a head even if it is empty', () => expect(table(columns, [], 80)).toBe('IMAGE  STATUS  TIME'));
});

describe('a long name', () => {
  it('is broken after its separators', () =>
    expect(broken('distroless/python3-debian13:latest', 18)).toBe('distroless/\npython3-debian13:\nlatest'));
  it('is cut if it has no separators', () => expect(broken('a'.repeat(10), 4)).toBe('aaaa\naaaa\naa'));
  it('loses nothing but blanks', () =>
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z :/-]{0,80}$/), fc.integer({ min: 4, max: 40 }), (text, width) => {
        expect(broken(text, width).replace(/[\s]/g, '')).toBe(text.replace(/\s/g, ''));
      }),
    ));
});
