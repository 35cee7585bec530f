import { expect, it } from 'vitest';
import { loginServer, observed, observedExample, registryId } from '../../test/fixtures.ts';
import { evolveConfig, noConfig } from './folds.ts';
import { reachedBy, registryOf } from './registries.ts';

it('a registry is found by its address or its id, unless it was removed', () => {
  const config = evolveConfig(noConfig, observed() as never);
  const found = [{ loginServer: loginServer.toUpperCase() }, { registryId }].map((named) => registryOf(named, config));
  expect(found).toEqual([observedExample, observedExample]);
  expect(registryOf({ loginServer: 'other.test', registryId }, config)).toBeUndefined();
  expect(registryOf({ registryId }, evolveConfig(config, observed({ removed: true }) as never))).toBeUndefined();
});

it('a change of credentials or addresses is another way to reach a registry', () => {
  const ways = [{}, { access: 'new' }, { plainHttp: true }, { allowAddresses: ['10.0.0.0/8'] }];
  expect(new Set(ways.map((change) => reachedBy({ ...observedExample, ...change }))).size).toBe(ways.length);
});
