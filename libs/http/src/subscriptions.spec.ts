import { expect, it } from 'vitest';
import { subscriptionsSetting } from './subscriptions.ts';

const id = '00000000-0000-0000-0000-00000000000A';
const read = (value?: unknown) =>
  subscriptionsSetting.read(value === undefined ? {} : { ASSAY_SUBSCRIPTIONS: JSON.stringify(value) });

it('reads the names of subscriptions by their ids', () => {
  expect(read()).toEqual({});
  expect(read([{ subscriptionId: id, subscriptionName: 'Named' }])).toEqual({ [id.toLowerCase()]: 'Named' });
});

it.each([
  ['an object', {}, 'must be a list'],
  ['nothing', [null], '[0].subscriptionId must be the id'],
  ['no id', [{ subscriptionId: 'x', subscriptionName: 'x' }], '[0].subscriptionId must be the id'],
  ['no name', [{ subscriptionId: id }], '[0].subscriptionName must be a text'],
])('refuses %s', (_, value, message) => {
  expect(() => read(value)).toThrow(message);
});
