import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const folder = new URL('../docs/adr/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

const statusLine =
  /^# \d+\. .+\n\nStatus: ((?:accepted|superseded by \[\d+\]\(\d{4}-[a-z0-9-]+\.md\)) · \d{4}-\d{2}-\d{2})\n/;
const isDay = (text: string): boolean =>
  !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);

const statusOf = (text: string): string | undefined => {
  const status = statusLine.exec(text)?.[1];
  return status !== undefined && isDay(status.slice(-10)) ? status : undefined;
};

const titleOf = (text: string): string | undefined => /^# \d+\. (.+)\n/.exec(text)?.[1];

const names = readdirSync(folder)
  .filter((name) => /^\d{4}-.*\.md$/.test(name))
  .toSorted();

/** Rows of the index: number, file, title, status, sentence. */
const rows = read('README.md')
  .split('\n')
  .flatMap((line) => {
    const row = /^\| \[(\d+)\]\(([^)]+)\) \| (.+) \| (.+) \| (.+\.) \|$/.exec(line);
    return row ? [row.slice(1)] : [];
  });

describe('architecture decision records', () => {
  it.each(names)('%s has its number in its title, a status and a date', (name) => {
    expect(read(name)).toMatch(new RegExp(`^# ${Number(name.slice(0, 4))}\\. `));
    expect(statusOf(read(name)), 'write "Status: accepted · YYYY-MM-DD" below the title').toBeDefined();
  });

  it.each(names)('%s names existing files', (name) => {
    const paths = [...read(name).matchAll(/`((?:apps|charts|libs|tools|e2e|docs|docker|ops)\/[\w./-]+)`/g)].map(
      ([, path]) => path!,
    );
    expect(paths.filter((path) => !existsSync(new URL(`../../${path}`, folder)))).toEqual([]);
  });

  it('are numbered without a gap, each number once', () => {
    expect(names.map((name) => Number(name.slice(0, 4)))).toEqual(names.map((_, index) => index + 1));
  });

  it('are all in the index, in order, with their title, status and a sentence', () => {
    expect(rows.map((row) => row.slice(0, 4))).toEqual(
      names.map((name) => [`${Number(name.slice(0, 4))}`, name, titleOf(read(name)), statusOf(read(name))]),
    );
  });

  it.each([
    ['# 1. A title\n\n**Context.** …\n', 'no status'],
    ['# 1. A title\n\nStatus: accepted\n', 'no date'],
    ['# 1. A title\n\nStatus: accepted · 2026-02-30\n', 'a day that does not exist'],
    ['# 1. A title\n\nStatus: superseded · 2026-11-28\n', 'no successor'],
  ])('refuses %j: %s', (text) => {
    expect(statusOf(text)).toBeUndefined();
  });

  it('accepts a record that names its successor', () => {
    expect(statusOf('# 1. A title\n\nStatus: superseded by [2](0002-b.md) · 2026-11-28\n')).toBe(
      'superseded by [2](0002-b.md) · 2026-11-28',
    );
  });
});
