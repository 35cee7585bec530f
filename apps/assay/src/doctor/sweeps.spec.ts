import { expect, it } from 'vitest';
import type { DiscoveryAnswer, RegistryAnswer, SweepAnswer } from '../client/answers.ts';
import { discoveryChecks, removedChecks, sweepChecks } from './sweeps.ts';

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

it('a removed registry is named with its images until an order decides on them', async () => {
  const registry = (loginServer: string, more: Partial<RegistryAnswer>): RegistryAnswer => ({
    registryId: `/registries/${loginServer}`,
    loginServer,
    subscriptionName: 'Shop',
    networkAccess: 'public',
    planOn: true,
    removed: true,
    images: { unhealthy: 2, undetermined: 1, healthy: 4, notApplicable: 8, waiting: 0 },
    ...more,
  });
  const registries = [
    registry('watched.test', { removed: false }),
    registry('kept.test', { removedImages: 'keep' }),
    registry('old.test', {}),
  ];
  expect(await removedChecks({ registries: () => Promise.resolve(registries) })).toEqual([
    {
      name: 'registries',
      state: 'could-be-better',
      found:
        'old.test is not watched any more: 7 images keep the last status. ' +
        'Decide: `assay registries removed old.test --keep`, or --close',
      details: { registry: 'old.test' },
    },
  ]);
  expect(await removedChecks({ registries: () => Promise.reject(new Error('403')) })).toEqual([]);
});

it('a discovery is named with all that it lacks, and no listing that came to its end', async () => {
  const listing = { discovery: 'prod', subscriptionId: 'a', state: 'listed' } as const;
  const value = [
    listing,
    { ...listing, subscriptionId: 'b', state: 'failed', why: 'unauthorized: no role' } as const,
    { ...listing, subscriptionId: 'c', state: 'held', gone: 6, known: 8 } as const,
    { ...listing, leftOut: [{ registryId: '/r', loginServer: 'x.test', why: 'it stands in ASSAY_REGISTRIES' }] },
    { ...listing, withoutWebhook: ['/r/one', '/r/two'].map((registryId) => ({ registryId, why: 'no right' })) },
  ];
  const found = async (answer: Promise<DiscoveryAnswer>) =>
    (await discoveryChecks({ discovery: () => answer })).map((check) => check.found);
  expect(await found(Promise.resolve({ value, error: 'no list' }))).toEqual([
    'the last good setting counts: no list',
    'b cannot be listed: unauthorized: no role',
    expect.stringContaining('assay discovery confirm c') as string,
    'x.test is left out: it stands in ASSAY_REGISTRIES',
    'without a webhook, so that only sweeps find pushes: one, two: no right',
  ]);
  expect(await found(Promise.reject(new Error('403')))).toEqual([]);
});
