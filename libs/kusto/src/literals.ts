import { child, classOf, elements, kindOf, type Node, type Parsed } from './syntax.ts';
import { json, literal, epochTicks, type Literal, type ScalarType, type Value } from './value.ts';
import { bound, sql } from './sql.ts';
import { stringifyExactly } from './exact.ts';

interface Token {
  readonly Text: string;
  readonly ValueText: string;
}

const unitTicks: Readonly<Record<string, number>> = {
  d: 864e9,
  h: 36e9,
  m: 6e8,
  s: 1e7,
  ms: 1e4,
  microsecond: 10,
  tick: 1,
};
const unitNames: Readonly<Record<string, string>> = {
  d: 'd',
  day: 'd',
  days: 'd',
  h: 'h',
  hr: 'h',
  hrs: 'h',
  hour: 'h',
  hours: 'h',
  m: 'm',
  min: 'm',
  minute: 'm',
  minutes: 'm',
  s: 's',
  sec: 's',
  second: 's',
  seconds: 's',
  ms: 'ms',
  milli: 'ms',
  millis: 'ms',
  millisec: 'ms',
  millisecond: 'ms',
  milliseconds: 'ms',
  micro: 'microsecond',
  micros: 'microsecond',
  microsec: 'microsecond',
  microsecond: 'microsecond',
  microseconds: 'microsecond',
  tick: 'tick',
  ticks: 'tick',
};

/** Parses `1.5h`, `3d` or `1.02:03:04.5` to ticks. */
const timespanTicks = (text: string): bigint | undefined => {
  const [, minus, amount, name = ''] = /^(-?)(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text) ?? [];
  const ticks = unitTicks[unitNames[name.toLowerCase()] ?? ''];
  if (ticks !== undefined) return BigInt(Math.round(Number(amount) * ticks)) * (minus ? -1n : 1n);
  const long = /^(-?)(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?$/.exec(text);
  if (long) {
    const [, sign, days = '0', hours = '0', minutes = '0', seconds = '0', fraction = ''] = long;
    const whole = ((BigInt(days) * 24n + BigInt(hours)) * 60n + BigInt(minutes)) * 60n + BigInt(seconds);
    return (whole * 10_000_000n + BigInt(fraction.padEnd(7, '0'))) * (sign ? -1n : 1n);
  }
  return /^-?\d+$/.test(text) ? BigInt(text) * 864_000_000_000n : undefined;
};

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * Converts `Sat, 8 Nov 2014 15:05:02 GMT` (RFC 822) and `Saturday, 08-Nov-14 15:05` (RFC 850) to ISO 8601. Years of two
 * digits are 1969 to 2068.
 */
const isoOf = (text: string): string => {
  const [, day = '', month = '', year = '', time = ''] =
    /^(?:[a-z]+,\s*)?(\d{1,2})([ -])([a-z]{3})\2(\d{4}|\d\d) (\d{2}:\d{2}(?::\d{2})?)(?:\s*(?:GMT|UTC|UT|Z))?$/i
      .exec(text)
      ?.toSpliced(2, 1) ?? [];
  const index = months.indexOf(month.toLowerCase());
  const full = year.length === 2 ? `${Number(year) < 69 ? '20' : '19'}${year}` : year;
  return index < 0 ? text : `${full}-${String(index + 1).padStart(2, '0')}-${day.padStart(2, '0')}T${time}Z`;
};

/** Parses `2020-08-10T09:15:02.1234567Z` to ticks. Without an offset it is UTC. */
const datetimeTicks = (text: string): bigint | undefined => {
  const [, date, time = '00:00:00', fraction = '', offset = 'Z'] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,7})\d*)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(
      isoOf(text.trim()),
    ) ?? [];
  if (date === undefined) return undefined;
  const ms = Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}${offset.toUpperCase()}`);
  // `Date.parse` moves a day that the month does not have to the next month.
  return Number.isNaN(ms) || !new Date(`${date}T00:00:00Z`).toISOString().startsWith(date)
    ? undefined
    : BigInt(ms) * 10_000n + epochTicks + BigInt(fraction.padEnd(7, '0'));
};

const integer = (text: string): bigint | undefined => (/^-?(\d+|0x[0-9a-f]+)$/i.test(text) ? BigInt(text) : undefined);
const within = (value: bigint | undefined, bits: number): bigint | undefined =>
  value !== undefined && BigInt.asIntN(bits, value) === value ? value : undefined;

/** Parsers of the text within a literal; they return undefined for an invalid value. */
const readers: Readonly<
  Record<string, { readonly type: ScalarType; readonly read: (text: string) => Literal | undefined }>
> = {
  BooleanLiteralExpression: {
    type: 'bool',
    read: (text) => (/^(true|1)$/i.test(text) ? true : /^(false|0)$/i.test(text) ? false : undefined),
  },
  IntLiteralExpression: { type: 'int', read: (text) => within(integer(text), 32) },
  LongLiteralExpression: { type: 'long', read: (text) => within(integer(text), 64) },
  RealLiteralExpression: { type: 'real', read: (text) => (Number.isFinite(Number(text)) ? Number(text) : undefined) },
  DateTimeLiteralExpression: { type: 'datetime', read: datetimeTicks },
  TimespanLiteralExpression: { type: 'timespan', read: timespanTicks },
  GuidLiteralExpression: {
    type: 'guid',
    read: (text) => (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? text.toLowerCase() : undefined),
  },
};

export const literalValue = (node: Node, parsed: Parsed): Value => {
  const kind = kindOf(node);
  if (kind === 'StringLiteralExpression' || kind === 'CompoundStringLiteralExpression')
    return literal('string', node.LiteralValue as string);
  const reader = readers[kind];
  if (!reader) return parsed.fail('TypeMismatch', `The literal ${parsed.textOf(node)} is not supported.`, node);
  const text = (child(node, 'Token') as unknown as Token).ValueText.trim().replace(/^(["'])(.*)\1$/, '$2');
  if (text === 'null' || text === '') return literal(reader.type, null);
  const value = reader.read(text);
  if (value === undefined)
    return parsed.fail('TypeMismatch', `The literal ${parsed.textOf(node)} is no ${reader.type}.`, node);
  return literal(reader.type, value);
};

const plain = (node: Node, parsed: Parsed): unknown => {
  switch (classOf(node)) {
    case 'JsonArrayExpression':
      return elements(node, 'Values').map((one) => plain(one, parsed));
    case 'JsonObjectExpression':
      return Object.fromEntries(
        elements(node, 'Pairs').map((pair) => [
          (child(pair, 'Name') as unknown as Token).ValueText,
          plain(child(pair, 'Value'), parsed),
        ]),
      );
    case 'PrefixUnaryExpression': {
      const value = plain(child(node, 'Expression'), parsed);
      return typeof value === 'bigint' ? -value : -Number(value);
    }
    case 'DynamicExpression':
      return plain(child(node, 'Expression'), parsed);
    default: {
      if (kindOf(node) === 'NullLiteralExpression') return null;
      const value = literalValue(node, parsed);
      if (value.kind !== 'scalar')
        return parsed.fail('TypeMismatch', 'Only plain values may stand in dynamic(…).', node);
      return typeof value.literal === 'bigint'
        ? value.type === 'long' || value.type === 'int'
          ? value.literal
          : parsed.textOf(node)
        : value.literal;
    }
  }
};

/** Translates `dynamic({"a": [1, 2]})`. */
export const dynamicValue = (node: Node, parsed: Parsed): Value => {
  const value = plain(node, parsed);
  return value === null ? json(sql`null::json`) : json(sql`(${bound(stringifyExactly(value))})::json`);
};

/** The elements of a literal array, if all are texts. */
export const writtenItems = (node: Node, parsed: Parsed): readonly Value[] | undefined => {
  const value = plain(node, parsed);
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
    ? value.map((one) => literal('string', one))
    : undefined;
};
