import { expect, it } from 'vitest';
import type { AnyEvent } from '@assay/events';
import { classified, digestOf, toy, type ToyEmitted, type ToyReceived } from '../../test/toy.ts';
import type { State } from '../decider/decider.ts';
import { UnitOfWork } from './unit-of-work.ts';

const key = digestOf(1);
const compact = ({ emitted }: State<ToyReceived, ToyEmitted>) => ({ received: { received: {} }, emitted });
const countOf = ({ received }: State<ToyReceived, ToyEmitted>): string =>
  `${Object.keys(received.received).length} received`;
const noWakes = new Map<string, undefined>();

it('a state is written compacted, with the summary of what is written', () => {
  const unit = new UnitOfWork({ ...toy, compact, summarise: countOf }, []);
  unit.receive(classified(1));
  expect(countOf(unit.state(key))).toBe('1 received');
  const [stored, ...others] = unit.changed(noWakes);
  expect(others).toEqual([]);
  expect({ ...stored, state: JSON.parse(stored!.state) as unknown }).toEqual({
    key,
    state: toy.empty(),
    wakeAt: undefined,
    summary: '0 received',
  });
});

it('a state whose wake alone changed is written with its summary, and is not serialised again', () => {
  const state = ` ${JSON.stringify(toy.empty())}`;
  const unit = new UnitOfWork({ ...toy, summarise: countOf }, [{ key, state }]);
  expect(unit.changed(new Map([[key, 7]]))).toEqual([{ key, state, wakeAt: 7, summary: '0 received' }]);
  expect(unit.changed(new Map([[key, undefined]]))).toEqual([]);
});

it('a drop is folded where it stands among the events, and only into a state that there is', () => {
  const evolveDropped = ({ received }: ToyReceived, topic: string) => ({
    received: { ...received, [topic]: {} as never },
  });
  const unit = new UnitOfWork(
    { ...toy, evolveDropped, isWhole: (_: ToyReceived, { id }: AnyEvent) => id !== 'partial' },
    [],
  );
  unit.drop(key, 'first');
  expect([unit.touched, unit.dropped, unit.whole]).toEqual([[], [key], []]);
  unit.receive({ ...classified(1), id: 'partial' });
  expect([unit.dropped, unit.whole]).toEqual([[key], []]);
  unit.receive(classified(1));
  expect([unit.dropped, unit.whole]).toEqual([[], [key]]);
  unit.drop(key, 'second');
  expect([unit.dropped, unit.whole]).toEqual([[key], []]);
  expect(Object.keys(unit.state(key).received.received)).toEqual(expect.arrayContaining(['partial', 'second']));
  expect(Object.keys(unit.state(key).received.received)).not.toContain('first');
});

it.each([
  ['of 1,024 bytes is written', 'ü'.repeat(512), true],
  ['of more bytes is not', `${'ü'.repeat(512)}x`, false],
  ['that is empty is written', '', true],
  ['is left out if there is none', undefined, false],
])('a summary %s', (_, summary, isWritten) => {
  const unit = new UnitOfWork({ ...toy, summarise: () => summary }, []);
  unit.receive(classified(1));
  expect(unit.changed(noWakes)[0]).toEqual(
    isWritten
      ? expect.objectContaining({ summary })
      : expect.not.objectContaining({ summary: expect.anything() as unknown }),
  );
});
