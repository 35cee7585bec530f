import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placementKey, type AnyEvent } from '@assay/events';
import { DeciderSpec } from '@assay/testing';
import { deletion, digest, imageFacts, notice, observed, registryId, untagged } from '../../test/fixtures.ts';
import { compact, keptMs, mostKept } from './compact.ts';
import { decider } from './decider.ts';
import { answeredIn } from './state.ts';

const hour = (n: number): string => new Date(Date.parse('2026-01-01T00:00:00.000Z') + n * 3_600_000).toISOString();
const day = (n: number): string => hour(24 * n);
const index = `sha256:${'c'.repeat(64)}`;
const result = { facts: imageFacts, mediaType: 'x' };

/** A notification that is received when it happens, or at a later time. */
const seen = (occurredAt: string, time = occurredAt, data: object = {}, id = `push ${occurredAt}`) =>
  notice({ occurredAt, receivedAt: time, ...data }, { id, correlationid: id, time });
const unnamed = (occurredAt: string, time = occurredAt, data: object = {}, id = `untagged ${occurredAt}`) =>
  untagged({ occurredAt, receivedAt: time, ...data }, { id, correlationid: id, time });
const listed = (occurredAt: string, time = occurredAt) =>
  unnamed(occurredAt, time, { sender: 'index', listedIn: index }, `listed ${occurredAt}`);
const gone = (occurredAt: string, time = occurredAt, data: object = {}, id = `gone ${occurredAt}`) =>
  deletion(occurredAt, { receivedAt: time, ...data }, { id, correlationid: id, time });

const ingestion = () => new DeciderSpec(decider, digest!).givenConfig(observed());
type Ingestion = ReturnType<typeof ingestion>;
type Folded = Ingestion['state'];

/** Decides, lets every inspection succeed, and stores the state compacted, as a partition does. */
/** False for questions about the tags of a deleted image. */
const isAnswer = ({ topic }: AnyEvent): boolean => topic !== 'notification.received';
const settle = (spec: Ingestion, isCompacted = true): AnyEvent[] => {
  const events = spec.when();
  for (const { id } of spec.jobs) spec.job(id, { state: 'finished', attempt: 1, result });
  events.push(...spec.when());
  if (isCompacted) spec.state = compact(spec.state);
  return events.filter(isAnswer);
};
const entries = ({ received, emitted }: Folded): number =>
  Object.values(received).reduce(
    (sum, { pushes, deletions, seen: repeats }) => sum + pushes.length + deletions.length + Object.keys(repeats).length,
    0,
  ) +
  answeredIn(emitted).length +
  (emitted.early?.length ?? 0);
const kept = ({ received }: Folded): string[] =>
  Object.values(received).flatMap(({ pushes, deletions }) => [...pushes, ...deletions].map(({ cause: { id } }) => id));

const hoursKept = keptMs / 3_600_000;

describe('the state of a digest that is notified each hour', () => {
  it.each<[string, (time: string, n: number) => AnyEvent[]]>([
    ['pushes of one name', (time) => [seen(time)]],
    ['pushes by digest', (time) => [unnamed(time)]],
    ['pushes by an index', (time) => [listed(time)]],
    ['pushes by digest and by an index', (time) => [unnamed(time), listed(time)]],
    ['pushes by name and by an index', (time) => [listed(time), seen(time)]],
    ['pushes and deletions in turn', (time, n) => [n % 2 ? gone(time) : seen(time)]],
    ['repeats under another id', (time, n) => [seen(time), seen(time, time, { sender: 'cloud-event' }, `again ${n}`)]],
  ])('is after a year as large as after two weeks: %s', (_, at) => {
    const spec = ingestion();
    let after = 0;
    for (let n = 0; n < 8_760; n += 1) {
      spec.given(...at(hour(n), n));
      if (n % 24 !== 23) continue;
      settle(spec);
      if (n < 2 * hoursKept) after = entries(spec.state);
    }
    expect(after).toBeGreaterThan(hoursKept);
    expect(entries(spec.state)).toBeLessThanOrEqual(after + 4);
  });
});

/** A copy of a value that counts each property that is read of it, elements of lists too. */
const counted = <Value extends object>(value: Value): { readonly value: Value; readonly reads: () => number } => {
  let reads = 0;
  const copies = new WeakMap<object, object>();
  const copyOf = (each: unknown): unknown => {
    if (typeof each !== 'object' || each === null) return each;
    const copy =
      copies.get(each) ?? new Proxy(each, { get: (from, name) => ((reads += 1), copyOf(Reflect.get(from, name))) });
    copies.set(each, copy);
    return copy;
  };
  return { value: copyOf(JSON.parse(JSON.stringify(value))) as Value, reads: () => reads };
};

describe('a digest that is pushed each minute', () => {
  const minute = (n: number): string => hour(n / 60);
  const another = (n: number): AnyEvent => seen(minute(n), minute(n), { tag: `v${n % 50}` });

  it.each<[string, (n: number) => AnyEvent[]]>([
    ['by its name', (n) => [another(n)]],
    ['by its digest', (n) => [unnamed(minute(n))]],
    ['by an index', (n) => [listed(minute(n))]],
    ['by its digest and by an index', (n) => [unnamed(minute(n)), listed(minute(n))]],
    ['and deleted in turn', (n) => [n % 2 ? gone(minute(n)) : another(n)]],
    ['by two senders', (n) => [another(n), { ...another(n), id: `again ${n}` }]],
    ['all at one instant', (n) => [seen(minute(n), minute(0))]],
  ])('costs after three thousand pushes what it costs after one thousand: %s', (_, at) => {
    const spec = ingestion();
    const pushed = (from: number, to: number): void => {
      for (let n = from; n < to; n += 1) {
        spec.given(...at(n));
        if (n % 50 === 49) settle(spec);
      }
    };
    /** The size of the state, and the work of one more push. */
    const cost = (n: number): { bytes: number; work: number } => {
      const bytes = JSON.stringify(spec.state).length;
      const { value, reads } = counted(spec.state);
      spec.state = value;
      settle(spec.given(...at(n)));
      spec.state = JSON.parse(JSON.stringify(spec.state)) as Folded;
      return { bytes, work: reads() };
    };
    pushed(0, 1_000);
    const before = cost(1_000);
    pushed(1_001, 3_000);
    const after = cost(3_000);
    expect(entries(spec.state)).toBeGreaterThan(mostKept);
    expect(after.bytes).toBeLessThan(before.bytes * 1.02);
    expect(after.work).toBeLessThan(before.work * 1.02);
  });
});

describe('a compacted state', () => {
  it('has what is at most seven days older than the newest notification, and the last of each kind', () => {
    const spec = ingestion().given(seen(day(0)), seen(day(1)), gone(day(2)), seen(day(3)), seen(day(10)));
    settle(spec);
    expect(kept(spec.state)).toEqual([`push ${day(3)}`, `push ${day(10)}`, `gone ${day(2)}`]);
    expect(answeredIn(spec.state.emitted).toSorted()).toEqual(kept(spec.state).toSorted());
    expect(compact(spec.state)).toEqual(spec.state);
  });

  it('stays as it is as long as nothing is old', () => {
    const spec = ingestion().given(seen(day(0)), seen(day(7)));
    settle(spec, false);
    expect(compact(spec.state)).toBe(spec.state);
  });

  it('keeps all names, and publishes them with later pushes', () => {
    const spec = ingestion();
    for (let n = 0; n < 60; n += 1) settle(spec.given(seen(day(n), day(n), { tag: `v${n}` })));
    const names = Array.from({ length: 60 }, (_, n) => `v${n}`);
    expect(Object.values(spec.state.received)[0]!.names).toEqual(names);
    expect(settle(spec.given(seen(day(60), day(60), { tag: 'v0' })))).toMatchObject([
      { data: { tag: 'v0', tags: names.slice(-50) } },
    ]);
  });

  it('keeps everything that is open', () => {
    const events = [seen(day(0)), unnamed(day(1)), gone(day(2)), gone(day(3)), seen(day(40))];
    const waiting = new DeciderSpec(decider, digest!).given(...events);
    expect(compact(waiting.state)).toEqual(waiting.state);
    waiting.state = compact(waiting.state);
    expect(settle(waiting.givenConfig(observed())).map(({ causationid }) => causationid)).toEqual([
      `gone ${day(2)}`,
      `gone ${day(3)}`,
      `push ${day(0)}`,
      `untagged ${day(1)}`,
      `push ${day(40)}`,
    ]);
  });

  it('keeps a push that is still tried, until it is read', () => {
    const spec = ingestion().given(seen(day(0)));
    spec.when();
    const trouble = {
      code: 'unauthorized',
      message: 'no',
      patience: 'later',
      inARow: 1,
      tries: 1,
      timeouts: 0,
    } as const;
    spec.job(spec.jobs[0]!.id, { state: 'queued', trouble }).when();
    const place = placementKey({
      registryId,
      repository: Object.values(spec.state.received)[0]!.repository,
      digest: digest!,
    });
    expect(spec.state.emitted.trying).toMatchObject({ [place]: { id: `push ${day(0)}` } });
    // The same image is notified once more much later, without a decision in between.
    spec.given(seen(day(30)));
    spec.state = compact(spec.state);
    expect(kept(spec.state)).toContain(`push ${day(0)}`);
    spec.job(spec.jobs[0]!.id, { state: 'finished', attempt: 1, result });
    expect(settle(spec).map(({ causationid }) => causationid)).toEqual([`push ${day(30)}`, `push ${day(0)}`]);
    expect(kept(spec.state)).toEqual([`push ${day(30)}`]);
  });

  it('keeps the answer of a notification that another repository has under the same id', () => {
    const spec = ingestion().given(seen(day(0), day(0), {}, 'same'));
    spec.given(seen(day(0), day(0), { repository: 'team/copy' }, 'same'), seen(day(30)));
    settle(spec);
    expect(kept(spec.state)).toEqual(['push ' + day(30), 'same']);
    expect(settle(spec)).toEqual([]);
  });

  it('keeps what only one half has', () => {
    const spec = ingestion().given(seen(day(0)), seen(day(30)));
    settle(spec, false);
    const [restored, empty] = [{ ...decider.empty(), emitted: spec.state.emitted }, decider.empty().emitted];
    expect(compact(restored)).toEqual(restored);
    expect(kept(compact({ received: spec.state.received, emitted: empty }))).toEqual(kept(spec.state));
  });

  it.each([0, 1, 71, 167])('recognises a notification that is delivered again %i hours later', (hours) => {
    const spec = ingestion();
    for (let n = 0; n <= 1_000; n += 1) {
      settle(spec.given(seen(hour(n)), ...(n % 5 === 0 ? [gone(hour(n))] : [])));
      const before = n - hours;
      if (before < 0) continue;
      const again = [seen(hour(before), hour(n)), seen(hour(before), hour(n), { sender: 'cloud-event' }, `again ${n}`)];
      if (before % 5 === 0) again.push(gone(hour(before), hour(n)));
      expect(settle(spec.given(...again))).toEqual([]);
    }
  });

  describe('what is delivered again behind more than it keeps', () => {
    const many = (time: string) =>
      Array.from({ length: mostKept }, (_, n) => seen(day(1), time, { tag: `v${n}` }, `${time} ${n}`));
    const first = seen(hour(0));
    const before = [first, ...many(hour(1))];

    it('is answered once more, under the same push', () => {
      const spec = ingestion();
      const [answer] = before.flatMap((event) => settle(spec.given(event)));
      const again = seen(hour(0), hour(2));
      expect(settle(spec.given(again))).toMatchObject([{ id: answer!.id, data: { pushId: first.id } }]);
      expect(settle(spec.given(again))).toEqual([]);
    });

    it('leaves nothing in a state that is made from the log, where it is a repeat', () => {
      const again = seen(hour(0), hour(2), { sender: 'cloud-event' }, 'again');
      const all = [...before, again, ...many(hour(3))];
      const spec = ingestion();
      for (const event of all) settle(spec.given(event));
      const made = all.reduce(decider.evolveReceived, decider.empty().received);
      const emitted = spec.emitted.reduce(decider.evolveEmitted, decider.empty().emitted);
      expect(compact({ received: made, emitted }).emitted).toEqual(spec.state.emitted);
    });
  });

  it('counts the time at which the push of a child was published, not the time of its index', () => {
    const about = { sender: 'index', listedIn: index, receivedAt: day(0) };
    const late = unnamed(day(0), day(30), about, 'late child');
    const spec = ingestion().given(listed(day(28)), late);
    expect(settle(spec)).toHaveLength(2);
    expect(kept(spec.state)).toContain('late child');
    expect(settle(spec.given(late))).toEqual([]);
  });

  it('restores a child whose deletion arrives after weeks, and was before the last push by its index', () => {
    const spec = ingestion();
    for (const event of [unnamed(day(0)), listed(day(10)), seen(day(5), day(30))]) settle(spec.given(event));
    expect(kept(spec.state)).toEqual([`listed ${day(10)}`, `push ${day(5)}`]);
    expect(settle(spec.given(gone(day(6), day(31))))).toMatchObject([
      { topic: 'image.deleted', data: { deletedAt: day(6) } },
      { topic: 'image.pushed', data: { pushedAt: day(10) } },
    ]);
  });
});

/**
 * Notifications in the order of arrival: each up to two steps late, or again up to three steps later.
 *
 * @param steps between the first one and the last
 */
const arrivals = (steps: fc.Arbitrary<readonly number[]>, timeOf: (step: number) => string): fc.Arbitrary<AnyEvent[]> =>
  steps
    .chain((all) =>
      fc.tuple(
        ...all.map((step) =>
          fc.record({
            step: fc.constant(step),
            late: fc.nat({ max: 2 }),
            again: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
            repository: fc.constantFrom('team/a', 'team/b'),
            kind: fc.constantFrom('tagged', 'untagged', 'listed', 'deleted'),
          }),
        ),
      ),
    )
    .map((all) => {
      const made = all.flatMap(({ step: n, late, again, repository, kind }) => {
        const times = [n + late, ...(again === undefined ? [] : [n + late + again])];
        const id = `${kind} ${repository} ${n}`;
        return times.map((step) => {
          const [occurredAt, time] = [timeOf(n), timeOf(step)];
          if (kind === 'deleted') return gone(occurredAt, time, { repository }, id);
          if (kind === 'tagged') return seen(occurredAt, time, { repository, tag: `v${n % 3}` }, id);
          const about = kind === 'listed' ? { sender: 'index', listedIn: index } : {};
          return unnamed(occurredAt, time, { repository, ...about }, id);
        });
      });
      return made.toSorted((a, b) => (a.time < b.time ? -1 : 1));
    });

describe('a state that is compacted at any time, or made from the log, leads to the same events', () => {
  const few = 12;

  it.each<[string, fc.Arbitrary<AnyEvent[]>, number]>([
    ['by time', arrivals(fc.array(fc.nat({ max: 60 }), { maxLength: 25 }), day), mostKept],
    [
      'by number',
      arrivals(
        fc.integer({ min: 20, max: 50 }).map((n) => [...Array(n).keys()]),
        hour,
      ),
      few,
    ],
  ])('%s', (_, all, most) =>
    fc.assert(
      fc.property(all, fc.infiniteStream(fc.boolean()), (events, chance) => {
        const isTime = (): boolean => chance.next().value as boolean;
        const [plain, live] = [ingestion(), ingestion()];
        for (const event of events) {
          const isEvaluated = isTime();
          for (const spec of [plain, live]) {
            spec.given(event);
            if (isEvaluated) settle(spec, false);
          }
          if (isTime()) live.state = compact(live.state, most);
        }
        for (const spec of [plain, live]) settle(spec, false);
        expect(live.emitted).toEqual(plain.emitted);
        expect(compact(live.state, most)).toEqual(compact(plain.state, most));
        let made: Folded = decider.empty();
        for (const event of live.emitted) made = { ...made, emitted: decider.evolveEmitted(made.emitted, event) };
        for (const event of events) {
          made = { ...made, received: decider.evolveReceived(made.received, event) };
          if (isTime()) made = compact(made, most);
        }
        expect(compact(made, most)).toEqual(compact(live.state, most));
      }),
      { numRuns: 500 },
    ),
  );
});

it('each named push and each deletion is answered once, however late it arrives', () =>
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 60 }), fc.boolean()), {
        maxLength: 20,
        selector: ([n, , isDeletion]) => `${n} ${isDeletion}`,
      }),
      (all) => {
        const spec = ingestion();
        for (const [n, time, isDeletion] of all)
          settle(spec.given(isDeletion ? gone(day(n), day(n + time)) : seen(day(n), day(n + time))));
        expect(
          spec.emitted
            .filter(isAnswer)
            .map(({ causationid }) => causationid!)
            .toSorted(),
        ).toEqual(all.map(([n, , isDeletion]) => `${isDeletion ? 'gone' : 'push'} ${day(n)}`).toSorted());
      },
    ),
  ));
