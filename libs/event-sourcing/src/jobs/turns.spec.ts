import { describe, expect, it } from 'vitest';
import { Gate, laneOf } from '@assay/event-sourcing';
import { sharedLane } from './lane.ts';
import { SlotTurns } from './turns.ts';

const lane = (...names: string[]): string => sharedLane('push', names);
const forever = new AbortController().signal;

/** The lanes in the order in which one slot after the other is given, each released before the next. */
const given = (turns: SlotTurns, lanes: readonly string[], times: number): string[] =>
  Array.from({ length: times }, () => {
    const [next = ''] = turns.sorted(lanes);
    turns.take(next);
    turns.release(next);
    return next.slice(laneOf(next).length + 1);
  });

describe('turns', () => {
  it('go round by subscription, then registry, then repository', () => {
    const lanes = [lane('a', 'r', 'x'), lane('a', 'r', 'team/y'), lane('a', 's', 'x'), lane('b', 't', 'x')];
    expect(given(new SlotTurns(), lanes, 8)).toEqual([
      'a/r/team/y',
      'b/t/x',
      'a/s/x',
      'b/t/x',
      'a/r/x',
      'b/t/x',
      'a/s/x',
      'b/t/x',
    ]);
  });

  it('belong to who has the fewest slots, however long ago the others had a turn', () => {
    const turns = new SlotTurns();
    for (const each of [lane('a', 'r', 'x'), lane('b', 't', 'x')]) turns.take(each);
    turns.release(lane('b', 't', 'x'));
    expect(turns.sorted([lane('a', 's', 'x'), lane('b', 't', 'x')])).toEqual([
      lane('b', 't', 'x'),
      lane('a', 's', 'x'),
    ]);
    expect([turns.hasNone(lane('a', 'r', 'z')), turns.hasNone(lane('a', 's', 'x'))]).toEqual([false, true]);
  });

  it('are known of the last ten thousand names', () => {
    const turns = new SlotTurns();
    const [first, last] = [lane('0', 'r', 'x'), lane('9999', 'r', 'x')];
    given(turns, [first], 1);
    for (let nth = 1; nth < 10_000; nth += 1) given(turns, [lane(String(nth), 'r', 'x')], 1);
    given(turns, [last], 1);
    expect(turns.sorted([last, first])).toEqual([first, last]);
  });

  it('leave a lane out that has its most leased, and a lane without jobs by itself', () => {
    const shared = (most: number) =>
      new SlotTurns()
        .shared([{ lane: 'push', most }], { 'push/leased': 1, 'push|a/r/x/leased': 1, 'push|b/t/x/queued': 4 })
        .map((each) => each.lane);
    expect([shared(2), shared(3), new SlotTurns().shared([{ lane: 'push', most: 1 }], {})]).toEqual([
      [],
      ['push', 'push|b/t/x'],
      [{ lane: 'push', most: Infinity }],
    ]);
  });
});

describe('a gate', () => {
  /** Takes for each lane in this order, and notes who is admitted. */
  const gate = (most: number) => {
    const limited = new Gate(most);
    const admitted: string[] = [];
    const releases = new Map<string, () => void>();
    const take = (at: string, amount = 1, signal = forever) =>
      limited.take(at, signal, amount).then((release) => {
        admitted.push(at);
        releases.set(at, release);
      });
    const release = async (at: string) => {
      releases.get(at)?.();
      await Promise.resolve();
      await new Promise(setImmediate);
    };
    return { limited, admitted, take, release };
  };

  it('admits pushes first, and each subscription in turn', async () => {
    const { admitted, take, release, limited } = gate(1);
    const [a, again, other] = [lane('a', 'r', 'x'), lane('a', 'r', 'y'), lane('b', 't', 'x')];
    void take(a);
    for (const each of ['rescan', again, other]) void take(each);
    await new Promise(setImmediate);
    for (const each of [a, other, again]) await release(each);
    expect([admitted, limited.used]).toEqual([[a, other, again, 'rescan'], 1]);
  });

  it('lets pass what fits, and admits alone what is larger than the whole', async () => {
    const { admitted, take, release } = gate(10);
    const [a, b, c] = [lane('a', 'r', 'x'), lane('b', 'r', 'x'), lane('c', 'r', 'x')];
    void take(a, 8);
    void take(b, 40);
    void take(c, 2);
    await release('nobody');
    expect(admitted).toEqual([a, c]);
    await release(a);
    expect(admitted).toEqual([a, c]);
    await release(c);
    expect(admitted).toEqual([a, c, b]);
  });

  it('is left by work that is stopped, and released by work that fails', async () => {
    const { limited, take, admitted } = gate(1);
    const stop = new AbortController();
    const failed = limited.run(lane('a', 'r', 'x'), forever, () => Promise.reject(new Error('failed')));
    const left = take(lane('b', 'r', 'x'), 1, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(left).rejects.toThrow('stopped');
    await expect(failed).rejects.toThrow('failed');
    await expect(take(lane('c', 'r', 'x'), 1, stop.signal)).rejects.toThrow('stopped');
    await take(lane('d', 'r', 'x'));
    expect(admitted).toEqual([lane('d', 'r', 'x')]);
  });
});
