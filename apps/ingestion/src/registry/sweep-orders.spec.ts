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

it('lists the closings that a partition holds behind the registries, until they are over', () => {
  const held = { 'untagged-3': { gone: 21, known: 60, since }, 'discovery/one/two': { gone: 9, known: 10, since } };
  const [sweeps, ordered] = [
    held,
    { 'untagged-3': { ...held['untagged-3'], order: { id: 'o', by: 'ana', why: 'old' } } },
  ].map((each) => orders(['reached', 'failed'], each));
  expect(sweeps!.all().map(({ loginServer, state }) => `${loginServer} ${state}`)).toEqual([
    'myreg.registry.test clear',
    'myreg.registry.test failed',
    'untagged-3 held',
  ]);
  expect(sweeps!.of('untagged-3')).toMatchObject({ gone: 21, known: 60, since });
  expect(ordered!.of('untagged-3')).toMatchObject({ state: 'confirmed', by: 'ana' });
  expect(orders(['reached'], held).areReached()).toBe(true);
});

it('a registry whose deletions are held is reached as long as it can be read', () => {
  const held = { '/one': { gone: 9, known: 10, since } };
  expect([orders(['reached', 'reached'], held).areReached(), orders(['failed', 'reached'], held).areReached()]).toEqual(
    [true, false],
  );
});
