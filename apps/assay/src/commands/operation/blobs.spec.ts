import { expect, it } from 'vitest';
import { colorsOf } from '../../terminal/colors.ts';
import { cleanedTable } from './blobs.ts';
import { daysIn } from '../options.ts';

const count = (blobs: number, bytes = 1_000_000 * blobs) => ({ blobs, bytes });
const cleaned = {
  days: 90,
  dryRun: false,
  held: false,
  areas: [
    { area: 'inventories', named: count(1204), waiting: count(17), deleted: count(3) },
    { area: 'reports', named: count(2), waiting: count(0), deleted: count(1) },
  ],
};
const text = (changes: object = {}) =>
  cleanedTable({ width: 100, colors: colorsOf(false) }, { ...cleaned, ...changes });

it('the counts of a cleaning are a table', () => {
  const lines = text().split('\n');
  expect(lines[0]).toMatch(/^AREA +NAMED +UNNAMED, KEPT +DELETED$/);
  expect(lines[1]).toMatch(/^inventories +1204 \(1204\.0 MB\) +17 \(17\.0 MB\) +3 \(3\.0 MB\)$/);
  expect(lines.at(-1)).toBe('What nothing names is kept for 90 days.');
});

it('a dry run and a held one are named as such', () => {
  expect(text({ dryRun: true })).toContain('TO BE DELETED');
  expect(text({ held: true })).toMatch(/Nothing is deleted, because no result names any blob/);
});

it('days are whole numbers from 1', () => {
  expect([daysIn('1'), daysIn('99999')]).toEqual([1, 99_999]);
  for (const given of ['0', '-1', '1.5', '', 'x', '100000']) expect(() => daysIn(given)).toThrow('from 1 to 99999');
});
