import type { KustoType } from './catalogue.ts';
import { exact, parseExactly } from './exact.ts';
import { epochTicks, mostTicks } from './value.ts';

const two = (value: bigint): string => String(value).padStart(2, '0');

const datetime = (ticks: bigint): string | null => {
  if (ticks < 0n || ticks > mostTicks) return null;
  const since = ticks - epochTicks;
  const fraction = ((since % 10_000_000n) + 10_000_000n) % 10_000_000n;
  const date = new Date(Number((since - fraction) / 10_000n));
  return `${date.toISOString().slice(0, 19)}.${String(fraction).padStart(7, '0')}Z`;
};

const timespan = (ticks: bigint): string => {
  const of = ticks < 0n ? -ticks : ticks;
  const days = of / 864_000_000_000n;
  const fraction = of % 10_000_000n;
  const hours = two((of / 36_000_000_000n) % 24n);
  const minutes = two((of / 600_000_000n) % 60n);
  const seconds = two((of / 10_000_000n) % 60n);
  const start = `${ticks < 0n ? '-' : ''}${days > 0n ? `${days}.` : ''}`;
  const end = fraction > 0n ? `.${String(fraction).padStart(7, '0')}` : '';
  return `${start}${hours}:${minutes}:${seconds}${end}`;
};

/**
 * Tokens that DuckDB accepts in JSON against the standard: NaN and infinity, and trailing commas. String literals match
 * too, so that they are skipped.
 */
const beyondJson = /"(?:[^"\\]|\\.)*"|-?(?:nan|inf(?:inity)?)|,(?=\s*[\]}])/gi;

const json = (text: string): unknown => {
  try {
    return parseExactly(text);
  } catch {
    return parseExactly(
      text.replace(beyondJson, (found) => (found.startsWith('"') ? found : found === ',' ? '' : 'null')),
    );
  }
};

/** Converts a value of DuckDB for `JSON.stringify`. */
export const shown = (value: unknown, type: KustoType): unknown => {
  if (value === null || value === undefined) return type === 'string' ? '' : null;
  switch (type) {
    case 'int':
    case 'long':
    case 'decimal':
      return exact(String(value as bigint | string));
    case 'real':
      return Number.isFinite(value) ? value : null;
    case 'datetime':
      return datetime(BigInt(value as bigint));
    case 'timespan':
      return timespan(BigInt(value as bigint));
    case 'dynamic':
      return json(value as string);
    default:
      return value;
  }
};
