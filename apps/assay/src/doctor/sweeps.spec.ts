import { expect, it } from 'vitest';
import type { SweepAnswer } from '../client/answers.ts';
import { sweepChecks } from './sweeps.ts';

const sweepOf = (loginServer: string, outcome: string): SweepAnswer => ({
  registryId: `/registries/${loginServer}`,
  loginServer,
  state: 'clear',
  outcome,
});

it('registries that one sweep does not read to the end are named, and no others', async () => {
  const sweeps = [sweepOf('a.test', 'cut'), sweepOf('b.test', 'reached'), sweepOf('c.test', 'cut')];
  const checks = await sweepChecks({ sweeps: () => Promise.resolve(sweeps) });
  expect(checks).toMatchObject([{ name: 'sweeps', state: 'could-be-better', details: { cut: ['a.test', 'c.test'] } }]);
  expect(checks[0]!.found).toMatch('the end of a.test, c.test:');
  expect(checks[0]!.remedies).toEqual([expect.stringContaining('ASSAY_SWEEP_SLICE_SECONDS')]);
});

it('there is no check if each sweep came to the end, nor for a caller without the right', async () => {
  expect(await sweepChecks({ sweeps: () => Promise.resolve([sweepOf('b.test', 'reached')]) })).toEqual([]);
  expect(await sweepChecks({ sweeps: () => Promise.reject(new Error('403')) })).toEqual([]);
});
