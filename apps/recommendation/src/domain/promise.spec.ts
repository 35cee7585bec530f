import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoTime, type AnyEvent, type DataOf } from '@assay/events';
import type { SettledAt, State } from '@assay/event-sourcing';
import { digestOf, emitted, pushFields } from '../../../../libs/read-model/test/fixtures.ts';
import { evolveEmitted, evolveReceived } from './folds.ts';
import { tallies } from './promise.ts';
import type { Emitted, Received } from './state.ts';

const digest = digestOf(1);
const minuteMs = 60_000;
const start = Date.parse('2026-11-24T09:15:02.345Z');

/** The fields of a push that was received some minutes after the start. */
const push = (n: number) => ({
  ...pushFields(digest, 1),
  pushId: `push-${n}`,
  receivedAt: isoTime(start + n * minuteMs),
});
const pushed = (n: number, data: Partial<DataOf<'image.pushed'>> = {}): AnyEvent =>
  emitted('image.pushed', { ...push(n), ...data });
const classified = (n: number, data: Partial<DataOf<'finding.classified'>> = {}): AnyEvent =>
  emitted('finding.classified', { ...push(n), verdict: n + 1, ...data });
const refused = (n: number, reason: string): AnyEvent =>
  emitted('scan.declined', { ...push(n), verdict: n + 1, reason, status: 'undetermined' });
const unread = { inspection: { code: 'unreachable', message: 'no route', attempts: 3, trying: true } };
const without = (n: number, more: object = {}): AnyEvent => {
  const { data, ...event } = pushed(n, { inspection: { ...unread.inspection, ...more } });
  const { facts: _, ...rest } = data as DataOf<'image.pushed'>;
  return { ...event, data: rest };
};

/** Follows the pushes of one image through events. */
class Following {
  state: State<Received, Emitted> = { received: {}, emitted: {} };
  readonly settled: SettledAt[] = [];

  given(...events: AnyEvent[]): this {
    for (const event of events) {
      const received = evolveReceived(this.state.received, event as never);
      const { tally, settled } = tallies.received(this.state, event, received);
      this.#take({ received, emitted: this.state.emitted }, tally, settled);
    }
    return this;
  }

  waited(minutes: number): this {
    const { tally, settled } = tallies.waited(this.state, start + minutes * minuteMs + 1);
    this.#take({ received: this.state.received, emitted: this.state.emitted }, tally, settled);
    return this;
  }

  published(data: Partial<DataOf<'recommendation.changed'>>): this {
    const event = emitted('recommendation.changed', { ...push(0), ...data });
    this.state = { ...this.state, emitted: evolveEmitted(this.state.emitted, event as never) };
    return this;
  }

  /** The store was lost, and is restored from the log. */
  restored(): this {
    const { tally: _, ...state } = this.state;
    this.state = state;
    return this;
  }

  #take(state: State<Received, Emitted>, tally: object | undefined, settled: readonly SettledAt[]): void {
    this.state = tally ? { ...state, tally } : state;
    this.settled.push(...settled);
  }

  /** Outcomes of the settled pushes, by the minute of the push. */
  get minutes(): readonly (readonly [number, string])[] {
    return this.settled
      .map(({ receivedAt, outcome }) => [(receivedAt - start) / minuteMs, outcome] as const)
      .toSorted(([a], [b]) => a - b);
  }
}

const following = (): Following => new Following();

describe('a push', () => {
  it.each<[string, readonly AnyEvent[], SettledAt['outcome']]>([
    ['with findings', [pushed(0), classified(0)], 'unhealthy'],
    ['that is refused', [pushed(0), refused(0, 'windows-image')], 'declined'],
    ['of an image that is deleted meanwhile', [pushed(0), refused(0, 'image-deleted')], 'deleted'],
    ['whose answer is received before it', [classified(0), pushed(0)], 'unhealthy'],
  ])('%s is settled at its first final state', (_, events, outcome) => {
    const spec = following().given(...events);
    expect(spec.settled).toMatchObject([
      { digest, outcome, lane: 'push', receivedAt: start, deadline: start + 15 * minuteMs },
    ]);
    expect(spec.state).not.toHaveProperty('tally');
    // Later changes settle nothing.
    spec.given(
      classified(0, { verdict: 1, classification: 2, cause: 'rule' }),
      classified(0, { verdict: 5 }),
      ...events,
    );
    expect(spec.settled).toHaveLength(1);
  });

  it('found by a sweep has a day', () =>
    expect(following().given(pushed(0, { origin: 'sweep' }), classified(0)).settled).toMatchObject([
      { lane: 'backfill', deadline: start + 24 * 60 * minuteMs },
    ]));

  it('is not settled by a part of an answer, nor by facts that are still looked for', () => {
    const spec = following().given(without(0, { early: true }), classified(0, { page: 1, pages: 2 }));
    expect(spec.settled).toEqual([]);
    spec.given(classified(0, { page: 2, pages: 2 }));
    expect(spec.settled).toHaveLength(1);
  });

  it('of an index is not counted: its images are', () => {
    const children = [{ digest: digestOf(2), kind: 'image' }];
    const index = pushed(0, {
      facts: { ...(pushed(0).data as DataOf<'image.pushed'>).facts!, kind: 'index', children },
    });
    const spec = following().given(without(0), index).waited(20);
    expect(spec.settled).toEqual([]);
    expect(spec.state).not.toHaveProperty('tally');
  });
});

describe('several pushes of one image', () => {
  it('are settled by the answer to the last of them', () =>
    expect(following().given(pushed(0), pushed(1), pushed(2), classified(2)).minutes).toEqual([
      [0, 'unhealthy'],
      [1, 'unhealthy'],
      [2, 'unhealthy'],
    ]));

  it('are each settled by their own answer, if that comes first', () => {
    const spec = following().given(pushed(0), pushed(1), classified(0));
    expect(spec.minutes).toEqual([[0, 'unhealthy']]);
    expect(spec.given(classified(1)).minutes).toHaveLength(2);
  });

  it('are settled by the answer to a later one of them, although there is a still later one', () =>
    expect(following().given(pushed(0), pushed(1), pushed(2), classified(1)).minutes).toEqual([
      [0, 'unhealthy'],
      [1, 'unhealthy'],
    ]));

  it('count the first once, although it is published again behind the second', () => {
    const spec = following().given(without(0), refused(0, 'inspection-failed/unreachable'), pushed(1), pushed(0));
    expect(spec.minutes).toEqual([
      [0, 'declined'],
      [1, 'declined'],
    ]);
    spec.given(classified(0, { verdict: 2 }));
    expect(spec.settled).toHaveLength(2);
  });

  it('of two places are settled each', () => {
    const other = { repository: 'other/repo' };
    const spec = following().given(pushed(0), pushed(0, other), classified(0));
    expect(spec.settled).toHaveLength(1);
    expect(spec.given(classified(0, other)).settled.map(({ repository }) => repository)).toEqual([
      'team/hello',
      'other/repo',
    ]);
  });

  it('are each settled once, in any order of the topics', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ isAnswered: fc.boolean(), isRefused: fc.boolean(), times: fc.integer({ min: 1, max: 3 }) }),
          {
            minLength: 1,
            maxLength: 6,
          },
        ),
        fc.infiniteStream(fc.boolean()),
        (pushes, takesPush) => {
          // The last one is always answered. Some before it are not: a later verdict stands for them.
          const answers = pushes.flatMap(({ isAnswered, isRefused, times }, n) =>
            isAnswered || n === pushes.length - 1
              ? isRefused
                ? [refused(n, 'windows-image')]
                : Array.from({ length: times }, (_, c) => classified(n, { classification: c + 1 }))
              : [],
          );
          const events = pushes.map((_, n) => pushed(n));
          const spec = following();
          while (events.length + answers.length > 0) {
            const from = answers.length === 0 || (events.length > 0 && takesPush.next().value) ? events : answers;
            spec.given(from.shift()!);
          }
          expect(spec.minutes.map(([minute]) => minute)).toEqual(pushes.map((_, n) => n));
          expect(spec.state).not.toHaveProperty('tally');
        },
      ),
    );
  });
});

describe('a push without an answer', () => {
  it('is settled as overdue once, behind its deadline, and its answer is marked', () => {
    const spec = following().given(pushed(0)).waited(14);
    expect(spec.settled).toEqual([]);
    spec.waited(15).waited(16).given(without(0)).waited(17);
    expect(spec.minutes).toEqual([[0, 'overdue']]);
    expect(spec.settled).not.toMatchObject([{ wasOverdue: true }]);
    spec.given(classified(0));
    expect(spec.settled.slice(1)).toMatchObject([{ outcome: 'unhealthy', wasOverdue: true }]);
    expect(spec.state).not.toHaveProperty('tally');
  });

  it('is not settled as overdue again after a restore', () => {
    const spec = following().given(pushed(0)).waited(15).published({ status: 'undetermined', reason: 'overdue' });
    spec.restored().waited(16);
    expect(spec.settled).toHaveLength(1);
    expect(spec.given(classified(0)).settled.slice(1)).toMatchObject([{ wasOverdue: true }]);
  });

  it('is settled after a restore by its answer', () =>
    expect(following().given(pushed(0)).restored().given(classified(0)).minutes).toEqual([[0, 'unhealthy']]));
});

describe('a change that no push asked for', () => {
  const changed = (data: Partial<DataOf<'recommendation.changed'>> = {}): AnyEvent =>
    emitted('recommendation.changed', { ...push(0), ...data });

  it.each<[string, AnyEvent]>([
    ['rule', classified(0, { cause: 'rule' })],
    ['rescan', classified(0, { cause: 'rescan' })],
    ['recall', classified(0, { cause: 'recall' })],
    ['refusal', refused(0, 'plan-disabled')],
    ['deletion', refused(0, 'image-deleted')],
  ])('has the cause %s, and begins with its event', (cause, event) => {
    const others = classified(0, { repository: 'other/repo', cause: 'recall' });
    expect(tallies.changed(changed(), [event, others], [])).toEqual({ cause, at: Date.parse(event.time) });
  });

  it('by time alone begins with the lapse', () =>
    expect(tallies.changed(changed({ reason: 'stale', since: isoTime(start) }), [], [])).toEqual({
      cause: 'lapse',
      at: start,
    }));

  it('is none if it answers a push, or reports that one is overdue', () => {
    const { settled } = following().given(pushed(0), classified(0));
    expect(tallies.changed(changed(), [classified(0)], settled)).toBeUndefined();
    expect(tallies.changed(changed({ reason: 'overdue' }), [], [])).toBeUndefined();
  });
});
