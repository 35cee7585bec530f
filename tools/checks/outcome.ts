import { stripVTControlCharacters } from 'node:util';
import { aloneMark, detailMark, failedMark } from './alone.ts';

/** What came of a check, as it said itself. */
export interface CheckOutcome {
  readonly passed: number;
  readonly failed: number;
  /** Lines that say what failed and how to run it alone; the last that were said, where it does not name any. */
  readonly failures: readonly string[];
}

const closing = /^(\d+) (?:passed|held), (\d+) (?:failed|did not|escaped)\b/;
const lastLines = 20;

/**
 * @param said all that the check wrote, and `status` with what it ended; one that counts nothing is one check itself
 */
export const outcomeOf = (said: string, status: number | null): CheckOutcome => {
  const lines = stripVTControlCharacters(said)
    .split('\n')
    .map((line) => line.trimEnd());
  const counts = lines
    .flatMap((line) => closing.exec(line) ?? [])
    .slice(-3)
    .map(Number);
  const [passed, counted] = counts.length === 3 ? [counts[1]!, counts[2]!] : [status === 0 ? 1 : 0, 0];
  const failed = status === 0 ? counted : Math.max(1, counted);
  if (failed === 0) return { passed, failed, failures: [] };
  const named = lines.filter((line) => [failedMark, detailMark, aloneMark].some((mark) => line.startsWith(mark)));
  const names = named.some((line) => line.startsWith(failedMark));
  return { passed, failed, failures: names ? named : lines.filter(Boolean).slice(-lastLines) };
};
