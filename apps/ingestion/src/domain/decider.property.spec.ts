import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AnyEvent } from '@assay/events';
import { DeciderSpec } from '@assay/testing';
import { deletion, digest, imageFacts, notice, observed, untagged } from '../../test/fixtures.ts';
import { decider } from './decider.ts';

const at = (second: number): string => new Date(Date.parse('2026-11-24T09:15:00.000Z') + second * 1000).toISOString();
const index = `sha256:${'c'.repeat(64)}`;

const notifications: fc.Arbitrary<AnyEvent> = fc
  .record({
    second: fc.nat({ max: 6 }),
    repository: fc.constantFrom('team/a', 'team/b'),
    kind: fc.constantFrom('tagged', 'untagged', 'listed', 'deleted'),
  })
  .map(({ second, repository, kind }) => {
    const about = { repository, occurredAt: at(second) };
    // The same notification has the same id: it is a repeat.
    const more = { id: `${kind} ${repository} ${second}`, correlationid: `${kind} ${repository} ${second}` };
    if (kind === 'deleted') return deletion(at(second), { repository }, more);
    return kind === 'tagged'
      ? notice(about, more)
      : untagged({ ...about, ...(kind === 'listed' ? { sender: 'index', listedIn: index } : {}) }, more);
  });

const live = (events: readonly AnyEvent[], evaluateAfter: readonly boolean[] = []) => {
  const spec = new DeciderSpec(decider, digest!).givenConfig(observed());
  const evaluate = (): void => {
    spec.when();
    for (const { id } of spec.jobs)
      spec.job(id, { state: 'finished', attempt: 1, result: { facts: imageFacts, mediaType: 'x' } });
  };
  events.forEach((event, nth) => {
    spec.given(event);
    if (evaluateAfter[nth]) evaluate();
  });
  for (let round = 0; round < 4; round += 1) evaluate();
  return spec;
};

it('each notification is answered at most once, each tagged push and each deletion exactly once', () =>
  fc.assert(
    fc.property(
      fc
        .array(notifications, { maxLength: 12 })
        .chain((events) =>
          fc.tuple(
            fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
            fc.array(fc.boolean(), { maxLength: 24 }),
          ),
        ),
      ([events, evaluateAfter]) => {
        const spec = live(events, evaluateAfter);
        expect(spec.when()).toEqual([]);
        expect(spec.jobs).toEqual([]);
        const answered = spec.emitted
          .filter(({ topic }) => topic !== 'notification.received')
          .map(({ causationid }) => causationid!);
        expect(new Set(answered).size).toBe(answered.length);
        const owed = new Set(
          events.map(({ id }) => id).filter((id) => id.startsWith('tagged') || id.startsWith('deleted')),
        );
        expect(answered.filter((id) => owed.has(id)).toSorted()).toEqual([...owed].toSorted());
        // Every received push gets an image, and the emitted state is the fold of the emitted events alone.
        expect(
          spec.emitted.reduce((state, event) => decider.evolveEmitted(state, event), decider.empty().emitted),
        ).toEqual(spec.state.emitted);
        const places = new Set(
          events
            .filter(({ id }) => !id.startsWith('deleted'))
            .map(({ data }) => (data as { repository: string }).repository),
        );
        expect(
          new Set(
            spec.emitted
              .filter(({ topic }) => topic === 'image.pushed')
              .map(({ data }) => (data as { repository: string }).repository),
          ),
        ).toEqual(places);
      },
    ),
  ));
