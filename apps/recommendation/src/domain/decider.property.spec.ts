import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  definitionOf,
  statuses,
  type AnyEvent,
  type FindingClassified,
  type RecommendationChanged,
  type ScanDeclined,
} from '@assay/events';
import { DeciderSpec, eventOf } from '@assay/testing';
import { decider } from './decider.ts';

const classifiedExample = definitionOf('finding.classified')!.examples[1] as unknown as FindingClassified;
const declinedExample = definitionOf('scan.declined')!.examples[1] as unknown as ScanDeclined;
const { digest } = classifiedExample;

/** A verdict either declines or is classified any number of times; each verdict and classification has one outcome. */
const history: fc.Arbitrary<AnyEvent[]> = fc
  .array(
    fc.oneof(
      fc.constantFrom('plan-disabled', 'image-deleted').map((reason) => [{ reason }]),
      fc.array(fc.record({ status: fc.constantFrom(...statuses), High: fc.nat({ max: 2 }) }), {
        minLength: 1,
        maxLength: 3,
      }),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((verdicts) =>
    verdicts.flatMap((outcomes, before): AnyEvent[] =>
      outcomes.map((outcome, earlier) =>
        'reason' in outcome
          ? eventOf('scan.declined', digest, { ...declinedExample, ...outcome, verdict: before + 1 })
          : eventOf('finding.classified', digest, {
              ...classifiedExample,
              status: outcome.status,
              bySeverity: { ...classifiedExample.bySeverity, High: outcome.High },
              verdict: before + 1,
              classification: earlier + 1,
            }),
      ),
    ),
  );

const shuffled = history.chain((events) =>
  fc.tuple(
    fc.constant(events),
    fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
    fc.infiniteStream(fc.boolean()),
  ),
);

const outcomeOf = (emitted: readonly AnyEvent[]) => {
  const { status, reason, bySeverity } = emitted.at(-1)!.data as RecommendationChanged;
  return { status, reason, bySeverity };
};

it('ends with the highest verdict and classification, in any order and with duplicates', () =>
  fc.assert(
    fc.property(shuffled, ([events, mixed, decides]) => {
      const spec = new DeciderSpec(decider, digest);
      for (const event of mixed) {
        spec.given(event);
        if (decides.next().value) spec.when();
      }
      spec.when();
      expect(spec.when()).toEqual([]);
      expect(spec.emitted.length).toBeLessThanOrEqual(events.length);
      const last = events.at(-1)!.data as FindingClassified & ScanDeclined;
      const isDeclined = events.at(-1)!.topic === 'scan.declined';
      expect(outcomeOf(spec.emitted)).toEqual({
        status: last.status,
        reason: isDeclined ? last.reason : undefined,
        bySeverity: isDeclined ? { Critical: 0, High: 0, Medium: 0, Low: 0, Unknown: 0 } : last.bySeverity,
      });
    }),
  ));

it('publishes each change with the status before it', () =>
  fc.assert(
    fc.property(shuffled, ([, mixed]) => {
      const spec = new DeciderSpec(decider, digest);
      for (const event of mixed) spec.given(event).when();
      const emitted = spec.emitted.map(({ data }) => data as RecommendationChanged);
      emitted.forEach(({ previous }, at) => {
        const before = emitted[at - 1];
        expect(previous).toEqual(
          before && {
            status: before.status,
            ...(before.reason ? { reason: before.reason } : {}),
            bySeverity: before.bySeverity,
          },
        );
      });
      expect(
        spec.emitted.reduce((state, event) => decider.evolveEmitted(state, event), decider.empty().emitted),
      ).toEqual(spec.state.emitted);
    }),
  ));
