import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AnyEvent, ScanApproved } from '@assay/events';
import { DeciderSpec } from '@assay/testing';
import { advised, deleted, digest, observed, planned, pushed } from '../../test/fixtures.ts';
import { decider } from './decider.ts';

const at = (minute: number): string => new Date(Date.parse('2026-11-24T09:15:00.000Z') + minute * 60_000).toISOString();
const minutes = fc.integer({ min: 0, max: 40 });
const repositories = fc.constantFrom('team/hello', 'team/copy');

type Step = (asked: DeciderSpec<never, never, never>) => unknown;
const hears =
  (event: AnyEvent): Step =>
  (asked) =>
    asked.given(event);
const follows =
  (event: AnyEvent): Step =>
  (asked) =>
    asked.givenConfig(event);

const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .record({ repository: repositories, minute: minutes, pushId: fc.uuid(), os: fc.constantFrom('linux', 'windows') })
    .map(({ repository, minute, pushId, os }) =>
      hears(pushed({ repository, pushId, pushedAt: at(minute), receivedAt: at(minute), facts: { os } })),
    ),
  fc
    .record({ repository: repositories, minute: minutes })
    .map(({ repository, minute }) => hears(deleted(at(minute), { repository }))),
  fc
    .record({
      tier: fc.constantFrom('Standard' as const, 'Free' as const),
      plan: fc.constantFrom('ContainerRegistry', 'Containers'),
      mode: fc.constantFrom('classic', 'extended'),
    })
    .map(({ tier, plan, mode }) => follows(planned(tier, { plan, mode }))),
  fc.constantFrom('public', 'restricted').map((networkAccess) => follows(observed({ networkAccess }))),
  fc.integer({ min: 1, max: 3 }).map((n) => follows(advised(n))),
  minutes.map((minute): Step => (asked) => {
    asked.now = Math.max(asked.now, Date.parse(at(minute)));
  }),
  fc.constant<Step>((asked) => asked.when()),
);

const verdictsBy = (emitted: readonly AnyEvent[]): Map<string, number[]> =>
  new Map(
    [...Map.groupBy(emitted, ({ data }) => (data as ScanApproved).repository)].map(([place, events]) => [
      place,
      events.map(({ data }) => (data as ScanApproved).verdict),
    ]),
  );

const fresh = (): DeciderSpec<never, never, never> => new DeciderSpec(decider, digest, Date.parse(at(0))) as never;

it('numbers the verdicts of each placement one by one and emits nothing twice', () =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const asked = fresh();
      for (const each of steps) each(asked);
      asked.when();
      expect(asked.when()).toEqual([]);
      for (const numbers of verdictsBy(asked.emitted).values())
        expect(numbers).toEqual(numbers.map((_, before) => before + 1));
      expect(new Set(asked.emitted.map(({ id }) => id)).size).toBe(asked.emitted.length);
    }),
  ));

it('restores the same state from what it emitted', () =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const asked = fresh();
      for (const each of steps) each(asked);
      asked.when();
      const emitted = asked.emitted.reduce(
        (state, event) => decider.evolveEmitted(state, event),
        decider.empty().emitted,
      );
      expect(emitted).toEqual(asked.state.emitted);
    }),
  ));

it('does not depend on the order between its two topics', () =>
  fc.assert(
    fc.property(
      fc.array(minutes, { minLength: 1, maxLength: 5 }),
      fc.array(minutes, { maxLength: 5 }),
      fc.infiniteStream(fc.boolean()),
      (pushes, deletions, picks) => {
        const told = [
          pushes.map((minute, n) => pushed({ pushId: `p${n}`, pushedAt: at(minute) })),
          deletions.map((minute) => deleted(at(minute))),
        ];
        const answer = (events: readonly AnyEvent[]) =>
          fresh()
            .givenConfig(observed(), planned('Standard'))
            .given(...events)
            .decide()
            .events.map(({ topic, data }) => [topic, data]);
        const [left, right] = told.map((events) => [...events]) as [AnyEvent[], AnyEvent[]];
        const mixed: AnyEvent[] = [];
        while (left.length > 0 || right.length > 0)
          mixed.push((right.length === 0 || (left.length > 0 && picks.next().value!) ? left : right).shift()!);
        expect(answer(mixed)).toEqual(answer(told.flat()));
      },
    ),
  ));
