import { expect, it } from 'vitest';
import { droppedIn, type AnyEvent } from './index.ts';

const acted = (data: object): AnyEvent => ({
  id: 'report',
  source: '/assay/classifier',
  subject: 'x',
  time: '2026-11-24T09:15:02.500Z',
  topic: 'operator.acted',
  data: {
    command: 'drop',
    target: 'classifier/scan.completed/3/17',
    outcome: 'dropped',
    details: { id: 'gone' },
    ...data,
  },
});

it('names the event that was dropped, and by which service', () => {
  expect(droppedIn(acted({}))).toEqual({ app: 'classifier', topic: 'scan.completed', id: 'gone' });
});

it.each<[string, AnyEvent]>([
  ['an order', acted({ outcome: 'ordered' })],
  ['a record without an id', acted({ details: undefined })],
  ['a target that is no record', acted({ target: 'scanner/x' })],
  ['another event', { ...acted({}), topic: 'rule.changed' }],
])('%s is no dropped event', (_, event) => {
  expect(droppedIn(event)).toBeUndefined();
});
