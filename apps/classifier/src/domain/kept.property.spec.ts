import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { markAfter } from '@assay/event-sourcing';
import { DeciderSpec } from '@assay/testing';
import { digest, finding, reassessed, scanExample, scanned } from '../../test/fixtures.ts';
import { decider } from './decider.ts';

/** The hour at which a database was built stands for it. */
const databaseOf = (hour: number) => ({
  ...scanExample.database,
  digest: `sha256:${hour.toString(16).padStart(64, '0')}`,
  builtAt: new Date(Date.parse('2026-11-24T00:00:00.000Z') + hour * 60 * 60_000).toISOString(),
});

/** The step by a database: a result with these findings, or a mark, as nothing differs. */
interface Step {
  readonly hour: number;
  readonly found?: readonly number[];
}
const hour = fc.integer({ min: 0, max: 60 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ hour, found: fc.subarray([1, 2, 3]) }) },
  { weight: 1, arbitrary: fc.record({ hour }) },
);

/** The findings that have to be shown after all steps, each with the hour of the first database without it. */
const expectedAfter = (steps: readonly Step[]): (readonly [finding: number, missedBy: number | undefined])[] => {
  const results = steps.flatMap(({ found }, at) => (found ? [{ found, at }] : []));
  return [1, 2, 3].flatMap((n): (readonly [number, number | undefined])[] => {
    const last = results.findLastIndex(({ found }) => found.includes(n));
    if (last < 0) return [];
    const missed = results[last + 1];
    if (missed === undefined) return [[n, undefined]];
    const by = steps[missed.at]!.hour;
    const isAgreed = steps.slice(missed.at).some((each) => each.hour >= by + 24);
    return isAgreed || by <= steps[results[last]!.at]!.hour ? [] : [[n, by]];
  });
};

it('shows each finding until a database agrees, in any order of results and marks', () =>
  fc.assert(
    fc.property(hour, fc.subarray([1, 2, 3]), fc.array(step, { maxLength: 8 }), (first, found, more) => {
      const steps: Step[] = [{ hour: first, found }, ...more];
      const spec = new DeciderSpec(decider, digest);
      let result = 0;
      for (const [at, { hour: built, found: some }] of steps.entries()) {
        const database = databaseOf(built);
        const sequence = `1.${at + 1}`;
        if (some) {
          result += 1;
          const findings = some.map((n) => finding({ vulnerability: `CVE-${n}` }));
          const events = result === 1 ? scanned({ findings, database }) : reassessed(findings, { result, database });
          spec.given(...events.map((event) => ({ ...event, sequence })));
        } else {
          const data = { scanner: scanExample.scanner.name, database, announced: at, except: [] };
          const mark = { id: `mark ${at}`, source: '/assay/sandbox-runner', time: database.builtAt, sequence, data };
          spec.marks = { received: markAfter(spec.marks.received, mark) };
        }
        spec.when();
        expect(spec.decide().events).toEqual([]);
      }
      const [placement] = Object.values(spec.state.emitted);
      const shown = placement!.findings.map(({ vulnerability, advisoryRemoved }) => [
        Number(vulnerability.slice('CVE-'.length)),
        advisoryRemoved && Number.parseInt(advisoryRemoved.database.slice('sha256:'.length), 16),
      ]);
      expect(shown).toEqual(expectedAfter(steps));
    }),
    { numRuns: 1000 },
  ));
