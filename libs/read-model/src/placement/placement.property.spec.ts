import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnyEvent } from '@assay/events';
import { headIn, withEvent, type PlacementEvent, type PlacementState } from './placement.ts';
import { pendingIn, shownStatus } from './status.ts';
import { declined, wholeStory } from '../../test/fixtures.ts';

const events = [
  ...wholeStory(),
  ...wholeStory({ verdict: 2, findings: [] }),
  declined('plan-disabled', { verdict: 3, push: 2 }),
].filter(({ topic }) => topic !== 'vulnerability.described') as PlacementEvent[];
const fold = (history: readonly PlacementEvent[]): PlacementState =>
  history.reduce<PlacementState | undefined>(withEvent, undefined)!;
const topicsOf = (history: readonly AnyEvent[]): AnyEvent[][] => [
  ...Map.groupBy(history, ({ topic }) => topic).values(),
];

/** Any interleaving of the topics that keeps the order within each topic, with some events repeated at once. */
const interleaved = fc.array(fc.tuple(fc.nat(), fc.boolean()), { minLength: 200, maxLength: 200 }).map((choices) => {
  const left = topicsOf(events).map((topic) => [...topic]);
  const history: AnyEvent[] = [];
  for (const [choice, again] of choices) {
    const open = left.filter((topic) => topic.length > 0);
    if (open.length === 0) break;
    const event = open[choice % open.length]!.shift()!;
    history.push(event, ...(again ? [event] : []));
  }
  return history as PlacementEvent[];
});

describe('a placement', () => {
  it('is the same in any order of the topics, and repeats have no effect', () => {
    const expected = fold(events);
    fc.assert(
      fc.property(interleaved, (history) => {
        expect(fold(history)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('never lets a lower verdict or classification win', () => {
    fc.assert(
      fc.property(interleaved, fc.nat(), (history, at) => {
        const received = history.slice(0, at % history.length);
        if (received.length === 0) return;
        const highest = Math.max(
          0,
          ...received
            .filter(({ topic }) => ['finding.classified', 'recommendation.changed', 'scan.declined'].includes(topic))
            .map(({ data }) => (data as { verdict: number }).verdict),
        );
        expect(headIn(fold(received))?.verdict ?? 0).toBe(highest);
      }),
      { numRuns: 200 },
    );
  });

  it('waits or is answered at every time, and is gone only by a deletion', () => {
    fc.assert(
      fc.property(interleaved, fc.integer({ min: 1 }), (history, at) => {
        const state = fold(history.slice(0, 1 + (at % history.length)));
        const shown = shownStatus(state, { now: 0, parked: false, staleAfterMs: 1e15 });
        expect(shown.reason).not.toBe('image-deleted');
        expect(['queued', 'scanning'].includes(shown.status)).toBe(
          pendingIn(state) !== undefined || headIn(state) === undefined,
        );
      }),
      { numRuns: 200 },
    );
  });
});
