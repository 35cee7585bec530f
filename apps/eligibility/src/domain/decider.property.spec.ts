import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { recallOf, type AnyEvent, type ScanApproved } from '@assay/events';
import { DeciderSpec, eventOf } from '@assay/testing';
import { buildOf, deleted, digest, observed, planned, pushed } from '../../test/fixtures.ts';
import { decider } from './decider.ts';

const at = (minute: number): string => new Date(Date.parse('2026-11-24T09:15:00.000Z') + minute * 60_000).toISOString();
const minutes = fc.integer({ min: 0, max: 40 });
const repositories = fc.constantFrom('team/hello', 'team/copy');

type Step = (spec: DeciderSpec<never, never, never>) => unknown;
const receives =
  (event: AnyEvent): Step =>
  (spec) =>
    spec.given(event);
const configures =
  (event: AnyEvent): Step =>
  (spec) =>
    spec.givenConfig(event);

const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .record({ repository: repositories, minute: minutes, pushId: fc.uuid(), os: fc.constantFrom('linux', 'windows') })
    .map(({ repository, minute, pushId, os }) =>
      receives(pushed({ repository, pushId, pushedAt: at(minute), receivedAt: at(minute), facts: { os } })),
    ),
  fc
    .record({ repository: repositories, minute: minutes })
    .map(({ repository, minute }) => receives(deleted(at(minute), { repository }))),
  fc
    .record({
      tier: fc.constantFrom('Standard' as const, 'Free' as const),
      plan: fc.constantFrom('ContainerRegistry', 'Containers'),
      mode: fc.constantFrom('classic', 'extended'),
    })
    .map(({ tier, plan, mode }) => configures(planned(tier, { plan, mode }))),
  fc.constantFrom('public', 'restricted').map((networkAccess) => configures(observed({ networkAccess }))),
  fc.integer({ min: 1, max: 3 }).map((n) =>
    configures(
      eventOf('operator.acted', recallOf(buildOf(n)), {
        command: 'recall',
        target: recallOf(buildOf(n)),
        by: 'ana',
        why: 'compromised',
        outcome: 'ordered',
      }),
    ),
  ),
  minutes.map((minute): Step => (spec) => {
    spec.now = Math.max(spec.now, Date.parse(at(minute)));
  }),
  fc.constant<Step>((spec) => spec.when()),
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
      const spec = fresh();
      for (const each of steps) each(spec);
      spec.when();
      expect(spec.when()).toEqual([]);
      for (const numbers of verdictsBy(spec.emitted).values())
        expect(numbers).toEqual(numbers.map((_, before) => before + 1));
      expect(new Set(spec.emitted.map(({ id }) => id)).size).toBe(spec.emitted.length);
    }),
  ));

it('restores the same state from what it emitted', () =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const spec = fresh();
      for (const each of steps) each(spec);
      spec.when();
      const emitted = spec.emitted.reduce(
        (state, event) => decider.evolveEmitted(state, event),
        decider.empty().emitted,
      );
      expect(emitted).toEqual(spec.state.emitted);
    }),
  ));

it('does not depend on the order between its two topics', () =>
  fc.assert(
    fc.property(
      fc.array(minutes, { minLength: 1, maxLength: 5 }),
      fc.array(minutes, { maxLength: 5 }),
      fc.infiniteStream(fc.boolean()),
      (pushes, deletions, picks) => {
        const received = [
          pushes.map((minute, n) => pushed({ pushId: `p${n}`, pushedAt: at(minute) })),
          deletions.map((minute) => deleted(at(minute))),
        ];
        const answer = (events: readonly AnyEvent[]) =>
          fresh()
            .givenConfig(observed(), planned('Standard'))
            .given(...events)
            .decide()
            .events.map(({ topic, data }) => [topic, data]);
        const [left, right] = received.map((events) => [...events]) as [AnyEvent[], AnyEvent[]];
        const mixed: AnyEvent[] = [];
        while (left.length > 0 || right.length > 0)
          mixed.push((right.length === 0 || (left.length > 0 && picks.next().value!) ? left : right).shift()!);
        expect(answer(mixed)).toEqual(answer(received.flat()));
      },
    ),
  ));
