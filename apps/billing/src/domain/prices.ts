/** Price of one assessed image from a day on, until the day of a later rule. */
export interface PriceRule {
  readonly id: string;
  /** The first day (UTC) on which the rule applies: `2026-01-01`. */
  readonly from: string;
  /** Decimal text; never a float. */
  readonly amount: string;
  /** ISO 4217. */
  readonly currency: string;
}

export const listPrices: readonly PriceRule[] = [{ id: 'list', from: '2020-01-01', amount: '0.29', currency: 'USD' }];

/** Name of the rule in a charge. */
export const nameOf = ({ id, from }: PriceRule): string => `${id}@${from}`;

/**
 * Returns the rule in force at an ISO 8601 time in UTC, or undefined before the first rule: a price is never guessed.
 */
export const priceAt = (prices: readonly PriceRule[], time: string): PriceRule | undefined => {
  const day = time.slice(0, 10);
  return prices.filter(({ from }) => from <= day).toSorted((a, b) => (a.from < b.from ? 1 : -1))[0];
};

/**
 * Currencies in use by ISO 4217 (list one, amendment 177), without funds, metals and test codes. `Intl` also lists
 * about a hundred former currencies and differs between Node versions: a price must mean the same everywhere.
 */
const currencies: ReadonlySet<string> = new Set(
  `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
  CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD
  HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL
  LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP
  PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
  TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG`.split(/\s+/),
);

const isDay = (text: unknown): boolean => {
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
};

const matches =
  (pattern: RegExp) =>
  (value: unknown): boolean =>
    typeof value === 'string' && pattern.test(value);

const fields: readonly {
  readonly name: keyof PriceRule;
  readonly must: string;
  readonly holds: (value: unknown) => boolean;
}[] = [
  {
    name: 'id',
    must: 'be a name of letters, digits, dots, dashes and underscores',
    holds: matches(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  },
  { name: 'from', must: 'be a day such as 2026-01-01', holds: isDay },
  // A JSON number would already have been a float.
  { name: 'amount', must: 'be decimal text such as "0.29"', holds: matches(/^\d+(\.\d+)?$/) },
  {
    name: 'currency',
    must: 'be an ISO 4217 currency code in use, such as USD',
    holds: (value) => typeof value === 'string' && currencies.has(value),
  },
];

/** Returns the first error of the configured price rules, in one line. */
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

/** A configuration error that stops the start. */
class WrongPrices extends Error {
  readonly code = 'configuration';
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * Reads `ASSAY_PRICES`, a JSON list of rules. By default the list price applies.
 * @throws WrongPrices for any other text, so that a wrong price stops the start
 */
export const pricesFrom = (text: string | undefined): readonly PriceRule[] => {
  if (!text?.trim()) return listPrices;
  const rules = parsed(text);
  const wrong = fault(rules);
  if (wrong) throw new WrongPrices(`ASSAY_PRICES ${wrong}`);
  return (rules as PriceRule[]).map(({ id, from, amount, currency }) => ({ id, from, amount, currency }));
};
