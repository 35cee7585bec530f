import { expect, it } from 'vitest';
import { classified, digestOf, toy, type ToyEmitted, type ToyReceived } from '../../test/toy.ts';
import type { State } from '../decider/decider.ts';
import { UnitOfWork } from './unit-of-work.ts';

const compact = ({ emitted }: State<ToyReceived, ToyEmitted>) => ({ received: { received: {} }, emitted });

it('a state is written compacted, with its note', () => {
  const unit = new UnitOfWork({ ...toy, compact }, []);
  unit.receive(classified(1));
  unit.note(digestOf(1), { seen: 1 });
  expect(Object.keys(unit.state(digestOf(1)).received.received)).toHaveLength(1);
  const [stored] = unit.changed(new Map());
  expect(JSON.parse(stored!.state)).toEqual({ ...toy.empty(), note: { seen: 1 } });
});
