import { expect, it } from 'vitest';
import { Caller, Paging, type Grant } from '@assay/http';
import { silent } from '@assay/event-sourcing';
import { ChargesController } from './charges.controller.ts';

const usd = (amount: string, charges: number) => [{ currency: 'USD', amount, charges }];

const controller = new ChargesController(
  { sums: async () => ({ all: usd('0.87', 3), shown: [], waiting: 0 }) } as never,
  {} as never,
  { of: () => ({ state: 'closed', file: { charges: 2, totals: usd('0.58', 2) } }) } as never,
  new Paging(),
  silent,
  {} as never,
);

it.each<[string, Grant['scope'], string]>([
  ['with the numbers to a reader of everything', 'everything', ' are 3, 0.87 USD, but it was closed with 2, 0.58 USD.'],
  [
    'without the numbers, which are those of all, to a reader of one subscription',
    { kind: 'subscription', subscriptionId: 'a' },
    ' are not those with which it was closed.',
  ],
])('refuses a closed month whose charges differ %s', async (_, scope, text) => {
  const caller = new Caller('ana', 'test', [{ may: ['charges/read'], scope }]);
  const request = { caller, method: 'GET', url: '/assay/charges', protocol: 'http', headers: {} };
  await expect(controller.list({ ...request, query: { period: '2026-10' } })).rejects.toMatchObject({
    code: 'ClosedPeriodDiffers',
    message: `The charges of the closed period 2026-10${text} Its export has the kept file.`,
  });
});
