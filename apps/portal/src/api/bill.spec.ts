import { expect, it } from 'vitest';
import { billBy } from './bill.ts';

const totals = [{ currency: 'USD', amount: '0.58', charges: 2 }];
const pages: Readonly<Record<string, object>> = {
  first: { totals, value: ['a'], waiting: [], nextLink: 'http://x/assay/charges?top=1000&$skipToken=t' },
  t: { value: ['b'], waiting: ['c'] },
};

it('is asked for page by page, and its totals are on the first one', async () => {
  const asked: (string | undefined)[] = [];
  const ask = async ({ $skipToken = 'first' }) => {
    asked.push($skipToken);
    return { data: pages[$skipToken] as never, asOf: undefined, at: 0 };
  };
  expect((await billBy(ask, '2026-11')).data).toEqual({ totals, value: ['a', 'b'], waiting: ['c'] });
  expect(asked.splice(0)).toEqual(['first', 't']);
  expect((await billBy(ask, '2026-11', 'first')).data).toMatchObject({ totals });
  expect(asked).toEqual(['first']);
});
