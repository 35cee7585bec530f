import { stripVTControlCharacters } from 'node:util';
import { aloneMark, detailMark, failedMark } from './alone.ts';

/** The result of a check, by its own output. */
export interface CheckOutcome {
  readonly passed: number;
  readonly failed: number;
  /** Lines that name what failed and how to run it alone; the last lines of the output if it names nothing. */
  readonly failures: readonly string[];
}

const closing = /^(\d+) (?:passed|held), (\d+) (?:failed|did not|escaped)\b/;
const lastLines = 20;

/**
 * Reads the result of a check. A check that counts nothing counts as one itself.
 *
 * @param output all that the check wrote
 * @param status its exit status; null if a signal ended it
 */
export const outcomeOf = (output: string, status: number | null): CheckOutcome => {
  const lines = stripVTControlCharacters(output)
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
