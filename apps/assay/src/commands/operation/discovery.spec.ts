import { expect, it } from 'vitest';
import { run } from '../../../test/answering.ts';

const listed = {
  discovery: 'prod',
  subscriptionId: '00000000-0000-0000-0000-000000000001',
  subscriptionName: 'Shop',
  state: 'listed',
  listedAt: '2026-12-01T11:00:00.000Z',
  since: '2026-12-01T10:00:00.000Z',
  why: '2 watched, 1 left out',
  registries: 2,
  restricted: 1,
  leftOut: [{ registryId: '/r', loginServer: 'x.azurecr.io', why: 'it stands in ASSAY_REGISTRIES, which comes first' }],
  webhooks: 1,
  withoutWebhook: [{ registryId: '/registries/y', why: 'unauthorized: no right' }],
};

const linesOf = async (answer: object): Promise<string[]> =>
  (await run({ '/assay/discovery': answer }, 'discovery')).out.trimEnd().split('\n');

it('lists the subscriptions, what is left out, and what waits for an order', async () => {
  const lines = await linesOf({
    value: [
      listed,
      { discovery: 'prod', subscriptionId: 'b', state: 'failed', gone: 7, known: 9, why: 'unauthorized: no role' },
      { discovery: 'prod', subscriptionId: 'c', state: 'held', gone: 6, known: 8 },
    ],
    error: 'ASSAY_DISCOVERY must be a list',
  });
  expect([lines[0], ...lines.slice(2)]).toEqual([
    'The last good setting counts: ASSAY_DISCOVERY must be a list',
    expect.stringMatching(/^Shop +prod +listed +2026-12-01 10:00 +2026-12-01 11:00 +2 +1 +1 +1$/),
    expect.stringMatching(/^b +prod +failed$/),
    expect.stringMatching(/^c +prod +held$/),
    'b cannot be listed: unauthorized: no role',
    '7 of the 9 registries of b are gone at once, and none of them is removed. If they are really gone: ' +
      'assay discovery confirm b --why …',
    '6 of the 8 registries of c are gone at once, and none of them is removed. If they are really gone: ' +
      'assay discovery confirm c --why …',
    'x.azurecr.io is left out: it stands in ASSAY_REGISTRIES, which comes first',
    'without a webhook, so that only sweeps find pushes: y: unauthorized: no right',
  ]);
  expect(await linesOf({ value: [], error: null })).toEqual(['No subscription is listed. ASSAY_DISCOVERY names them.']);
});

it('confirms a removal', async () => {
  const url = `/assay/discovery/${listed.subscriptionId}/confirm`;
  const { out, asked } = await run(
    { [url]: { value: [] } },
    'discovery',
    'confirm',
    listed.subscriptionId,
    '--why',
    'it ended',
  );
  expect(asked).toEqual([{ method: 'POST', url, body: { why: 'it ended' } }]);
  expect(out).toMatch(/^Ordered: /);
});
