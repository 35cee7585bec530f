import { expect, it } from 'vitest';
import { run } from '../../../test/answering.ts';

const watched = {
  registryId: '/r',
  loginServer: 'new.test',
  subscriptionName: 'Shop',
  networkAccess: 'public',
  removed: false,
  planOn: true,
  images: { unhealthy: 3, undetermined: 1, healthy: 12, notApplicable: 0, waiting: 0 },
};

it('lists the registries, with those that are not watched any more', async () => {
  const listed = (...value: readonly object[]) => run({ '/assay/registries': { value } }, 'registries');
  const { out } = await listed(
    { ...watched, discovery: 'prod' },
    { ...watched, loginServer: 'kept.test', removed: true, removedImages: 'keep' },
    { ...watched, loginServer: 'old.test', removed: true, planOn: false, images: undefined },
  );
  expect(out.trim().split('\n').slice(1)).toEqual([
    expect.stringMatching(/^new\.test +Shop +prod +public +on +3 +1 +12$/),
    expect.stringMatching(/^kept\.test +Shop +ASSAY_REGISTRIES +no, kept +on +3 +1 +12$/),
    expect.stringMatching(/^old\.test +Shop +ASSAY_REGISTRIES +no, undecided +off +0 +0 +0$/),
  ]);
  expect((await listed()).out).toBe(
    'No registry is watched. ASSAY_REGISTRIES names those of a suite, and ASSAY_DISCOVERY finds them.\n',
  );
});

it('shows webhooks and sweeps beside them', async () => {
  const sub = '/subscriptions/s';
  const registry = (name: string) => ({
    ...watched,
    registryId: `${sub}/${name}`,
    loginServer: name,
    discovery: 'prod',
  });
  const given = {
    '/assay/registries': { value: ['a', 'b', 'c'].map(registry) },
    '/assay/sweeps': {
      value: [
        { registryId: `${sub}/A`, loginServer: 'a', state: 'clear', outcome: 'reached', since: 't', by: 'ingestion' },
        { registryId: `${sub}/b`, loginServer: 'b', state: 'failed', why: 'unauthorized' },
      ],
    },
    '/assay/discovery': {
      value: [
        {
          discovery: 'prod',
          subscriptionId: 's',
          state: 'listed',
          listedAt: 't',
          webhooks: 2,
          withoutWebhook: [{ registryId: `${sub}/C`, why: 'no right' }],
        },
      ],
      error: null,
    },
  };
  expect((await run(given, 'registries')).out.trim().split('\n').slice(1)).toEqual([
    expect.stringMatching(/^a +Shop +prod +public +on +kept +reached +3 +1 +12$/),
    expect.stringMatching(/^b +Shop +prod +public +on +kept +failed +3 +1 +12$/),
    expect.stringMatching(/^c +Shop +prod +public +on +missing +3 +1 +12$/),
  ]);
  const { registries } = JSON.parse((await run(given, 'registries', '--json')).out) as { registries: object[] };
  expect(registries[0]).toMatchObject({
    webhook: 'kept',
    listing: { state: 'listed', listedAt: 't' },
    sweep: { state: 'clear', outcome: 'reached', since: 't' },
  });
});

it.each([
  ['--close', 'close', 'The images of old.test:5000 are closed within moments. Charges stay.\n'],
  ['--keep', 'keep', 'The images of old.test:5000 keep their status until they are deleted.\n'],
])('decides on the images of a removed registry by %s', async (option, images, line) => {
  const url = '/assay/sweeps/old.test%3A5000/removed';
  const { out, asked } = await run(
    { [url]: { value: [] } },
    'registries',
    'removed',
    'old.test:5000',
    option,
    '--why',
    'moved',
  );
  expect([out, asked]).toEqual([line, [{ method: 'POST', url, body: { images, why: 'moved' } }]]);
});

it('decides nothing without --keep or --close', async () => {
  expect(await run({}, 'registries', 'removed', 'old.test', '--why', 'x')).toMatchObject({
    asked: [],
    error: { message: 'nothing is decided', remedy: 'give --keep or --close' },
  });
});
