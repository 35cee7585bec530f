/** What one assessed image costs from a day on, until a later rule takes over. */
export interface PriceRule {
  readonly id: string;
  /** The first day (UTC) on which it holds, `2026-01-01`. */
  readonly from: string;
  /** Decimal text; never a float. */
  readonly amount: string;
  /** ISO 4217. */
  readonly currency: string;
}

export const listPrices: readonly PriceRule[] = [{ id: 'list', from: '2020-01-01', amount: '0.29', currency: 'USD' }];

/** How a charge names the rule that priced it. */
export const nameOf = ({ id, from }: PriceRule): string => `${id}@${from}`;

/** The rule that holds at a time; a price is never guessed, so a time before the first rule is an error. */
export const priceAt = (prices: readonly PriceRule[], time: string): PriceRule => {
  const day = time.slice(0, 10);
  const holding = prices.filter(({ from }) => from <= day).toSorted((a, b) => (a.from < b.from ? 1 : -1))[0];
  if (!holding) throw new Error(`no price rule holds on ${day}`);
  return holding;
};

const isDay = (text: unknown): boolean => {
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
};

const matches = (pattern: RegExp) => (value: unknown): boolean => typeof value === 'string' && pattern.test(value);

const fields: readonly { readonly name: keyof PriceRule; readonly must: string; readonly holds: (value: unknown) => boolean }[] = [
  { name: 'id', must: 'be a name of letters, digits, dots, dashes and underscores', holds: matches(/^[A-Za-z0-9][A-Za-z0-9._-]*$/) },
  { name: 'from', must: 'be a day such as 2026-01-01', holds: isDay },
  // A number would have been a float on its way here.
  { name: 'amount', must: 'be decimal text such as "0.29"', holds: matches(/^\d+(\.\d+)?$/) },
  { name: 'currency', must: 'be an ISO 4217 code such as USD', holds: matches(/^[A-Z]{3}$/) },
];

/** What is wrong with price rules as somebody configured them, in one line. */
const fault = (rules: unknown): string | undefined => {
  if (!Array.isArray(rules) || rules.length === 0) return 'must be a list of at least one price rule';
  for (const [index, rule] of rules.entries()) {
    const broken = fields.find(({ name, holds }) => !holds((rule as Partial<PriceRule> | null)?.[name]));
    if (broken) return `rule ${index + 1}: "${broken.name}" must ${broken.must}`;
  }
  const days = (rules as PriceRule[]).map(({ from }) => from);
  const twice = days.find((day, index) => days.indexOf(day) !== index);
  return twice ? `two rules begin on ${twice}` : undefined;
};

/** A setting that stops the start. */
class WrongPrices extends Error {
  readonly code = 'configuration';
}

const parsed = (text: string): unknown => {
  try { return JSON.parse(text); } catch { return undefined; }
};

/**
 * Reads `ASSAY_PRICES`, a JSON list of rules; the list price where nothing is configured.
 *
 * @throws where it says anything else, so that a wrong price stops the start
 */
export const pricesFrom = (text: string | undefined): readonly PriceRule[] => {
  if (!text?.trim()) return listPrices;
  const rules = parsed(text);
  const wrong = fault(rules);
  if (wrong) throw new WrongPrices(`ASSAY_PRICES ${wrong}`);
  return (rules as PriceRule[]).map(({ id, from, amount, currency }) => ({ id, from, amount, currency }));
};
