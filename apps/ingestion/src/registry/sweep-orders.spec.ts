import { Map as ImmutableMap } from 'immutable';
import { expect, it } from 'vitest';
import { EmbeddedLog } from '@assay/messaging';
import { observedExample } from '../../test/fixtures.ts';
import type { Config, SweepOutcome } from '../domain/state.ts';
import { SweepOrders } from './sweep-orders.ts';

const ids = ['/one', '/two'];
const since = '2026-11-24T09:00:00.000Z';

const orders = (outcomes: readonly (string | undefined)[], held: Config['held'] = {}): SweepOrders => {
  const value: Config = {
    byId: ImmutableMap(ids.map((registryId) => [registryId, { ...observedExample, registryId }])),
    byLoginServer: ImmutableMap(),
    subscriptions: {},
    held,
    sweeps: Object.fromEntries(
      outcomes.flatMap((outcome, nth): [string, SweepOutcome][] =>
        outcome === undefined ? [] : [[ids[nth]!, { outcome, since, by: 'ingestion', why: 'a test' }]],
      ),
    ),
  };
  return new SweepOrders(new EmbeddedLog(':memory:', 1), { value } as never, () => undefined);
};

it.each([
  ['unknown before any sweep has ended', [undefined, undefined], undefined],
  ['reached if all that were swept could be read', ['reached', undefined], true],
  ['reached if deletions were ordered or released', ['swept', 'released'], true],
  ['not reached if the last sweep of one failed', ['reached', 'failed'], false],
] as const)('registries are %s', (_, outcomes, expected) => {
  expect(orders(outcomes).areReached()).toBe(expected);
});

it('a registry whose deletions are held is reached as long as it can be read', () => {
  const held = { '/one': { gone: 9, known: 10, since } };
  expect([orders(['reached', 'reached'], held).areReached(), orders(['failed', 'reached'], held).areReached()]).toEqual(
    [true, false],
  );
});
