import type { DemoPush, Expected } from './pushes.ts';
import type { ShownRow } from './rows.ts';

/** Returns the expected rows in order: the children of an index follow it. */
export const expectedRows = (pushes: readonly DemoPush[]): readonly Expected[] =>
  pushes.flatMap(({ expected, children = [] }) => [expected, ...children]);

/** Lists the differences between a row and its expectation. */
export const differences = (expected: Expected, { row, joined, finished }: ShownRow): readonly string[] => {
  const facts: readonly (readonly [field: string, is: unknown, must: unknown])[] = [
    ['status', row.status, expected.status],
    ['reason', row.reason, expected.reason ?? null],
    ['findings', row.findings, expected.findings],
    ['charged', row.charge !== null, expected.charged],
    ['joined', joined, expected.joined ?? false],
  ];
  const wrong = facts
    .filter(([, is, must]) => is !== must)
    .map(([field, is, must]) => `${field} is ${String(is)} instead of ${String(must)}`);
  return [...(finished ? [] : ['it was not finished in time']), ...wrong].map((one) => `${row.reference}: ${one}`);
};
