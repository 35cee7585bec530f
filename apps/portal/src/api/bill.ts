import type { paths } from './generated/schema.ts';

type Route = paths['/assay/charges']['get'];
type BillPage = Route['responses'][200]['content']['application/json'];
type BillQuery = NonNullable<Route['parameters']['query']>;

/** The bill of a month, with its charges and the assessments without a price. */
export type WholeBill = Required<Pick<BillPage, 'totals' | 'value' | 'waiting'>>;

/**
 * Asks for all pages of the bill of a month, or only for the first one, which has the totals of all.
 * @param ask for one page
 */
export const billBy = async <Answered extends { readonly data: BillPage }>(
  ask: (query: BillQuery) => Promise<Answered>,
  period: string,
  pages: 'all' | 'first' = 'all',
): Promise<Omit<Answered, 'data'> & { readonly data: WholeBill }> => {
  const query = { period, top: pages === 'all' ? 1000 : 1 };
  let page = await ask(query);
  const { totals = [], value, waiting } = page.data;
  const bill = { totals, value: [...value], waiting: [...waiting] };
  while (pages === 'all' && page.data.nextLink !== undefined) {
    const $skipToken = new URL(page.data.nextLink).searchParams.get('$skipToken') ?? '';
    page = await ask({ ...query, $skipToken });
    bill.value.push(...page.data.value);
    bill.waiting.push(...page.data.waiting);
  }
  return { ...page, data: bill };
};
