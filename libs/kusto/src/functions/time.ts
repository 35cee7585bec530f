import { bound, raw, sql, type Sql } from '../sql.ts';
import { epochTicks, literal, scalar, withinTime, type Scalar, type Value } from '../value.ts';
import { argumentOf, integerArgument, literalText, type Call, type Functions } from './function.ts';
import { itemAt } from '../errors.ts';

const timestamp = (ticks: Sql): Sql => sql`make_timestamp((${ticks} - ${raw(String(epochTicks))}) // 10)`;
const ticks = (of: Sql): Sql => sql`(epoch_us(${of}) * 10 + ${raw(String(epochTicks))})`;
const day = 864_000_000_000n;

const now = (call: Call, shift: Sql | undefined): Value =>
  shift === undefined
    ? literal('datetime', call.context.now)
    : scalar('datetime', withinTime(sql`try(${bound(call.context.now)} + ${shift})`), true);

const partArgument = (values: readonly Value[], call: Call): { readonly part: string; readonly interval: Interval } => {
  const part = literalText(values, 0, call).toLowerCase();
  const interval = Object.hasOwn(intervals, part) ? intervals[part] : undefined;
  return interval
    ? { part, interval }
    : call.context.parsed.fail('InvalidArgument', `'${part}' is no part of a date.`, itemAt(call.nodes, 0));
};

/** .NET format specifiers, and their equivalents for strftime. */
const letters: readonly (readonly [RegExp, string | ((run: string) => string)])[] = [
  [/^yyyy/, '%Y'],
  [/^yy/, '%y'],
  [/^y/, '%-y'],
  [/^MM/, '%m'],
  [/^M/, '%-m'],
  [/^dd/, '%d'],
  [/^d/, '%-d'],
  [/^HH/, '%H'],
  [/^H/, '%-H'],
  [/^hh/, '%I'],
  [/^h/, '%-I'],
  [/^mm/, '%M'],
  [/^m/, '%-M'],
  [/^ss/, '%S'],
  [/^s/, '%-S'],
  [/^tt/, '%p'],
  [/^f{1,7}/, (run) => `{${run.length}}`],
  [/^[ \-/:,._[\]]/, (run) => run],
];

const formatted = (values: readonly Value[], call: Call): Value => {
  const of = argumentOf('datetime', values, 0, call);
  const pieces: Sql[] = [];
  for (let rest = literalText(values, 1, call); rest !== '';) {
    const [found] = letters.flatMap(([pattern, becomes]) => {
      const run = pattern.exec(rest)?.[0];
      return run === undefined ? [] : [{ run, becomes }];
    });
    // A longer run, such as MMM, is a different specifier.
    if (!found || (/[a-z]$/i.test(found.run) && rest[found.run.length] === found.run.at(-1)))
      return call.context.parsed.fail(
        'InvalidArgument',
        `The format '${rest}' is not supported.`,
        itemAt(call.nodes, 1),
      );
    const { run, becomes } = found;
    const letter = typeof becomes === 'string' ? becomes : becomes(run);
    pieces.push(
      letter.startsWith('{')
        ? sql`left(lpad((${of.sql} % 10000000)::varchar, 7, '0'), ${raw(String(run.length))})`
        : sql`strftime(${timestamp(of.sql)}, ${bound(letter)})`,
    );
    rest = rest.slice(run.length);
  }
  return scalar(
    'string',
    pieces.length === 0 ? sql`''` : sql`coalesce(${pieces.reduce((text, piece) => sql`${text} || ${piece}`)}, '')`,
  );
};

const difference = (values: readonly Value[], call: Call): Value => {
  const { part } = partArgument(values, call);
  const [later, earlier] = [argumentOf('datetime', values, 1, call), argumentOf('datetime', values, 2, call)];
  // A week begins on a Sunday; the first day of year 1 is a Monday.
  const week = (of: Scalar): Sql => sql`((${of.sql} // ${raw(String(day))} + 1) // 7)`;
  if (part === 'week') return scalar('long', sql`(${week(later)} - ${week(earlier)})`, true);
  return scalar('long', sql`date_diff(${bound(part)}, ${timestamp(earlier.sql)}, ${timestamp(later.sql)})`, true);
};

/** DuckDB's interval function, the type of its count, and a factor. */
type Interval = readonly [name: string, type: string, times?: number];

const intervals: Readonly<Record<string, Interval>> = {
  year: ['to_years', 'integer'],
  quarter: ['to_months', 'integer', 3],
  month: ['to_months', 'integer'],
  week: ['to_weeks', 'integer'],
  day: ['to_days', 'integer'],
  hour: ['to_hours', 'bigint'],
  minute: ['to_minutes', 'bigint'],
  second: ['to_seconds', 'double'],
  millisecond: ['to_milliseconds', 'double'],
  microsecond: ['to_microseconds', 'bigint'],
};

const added = (values: readonly Value[], call: Call): Value => {
  const {
    interval: [name, type, times = 1],
  } = partArgument(values, call);
  const of = argumentOf('datetime', values, 2, call).sql;
  const amount = sql`(${integerArgument(values, 1, call).sql} * ${raw(String(times))})::${raw(type)}`;
  // DuckDB has microseconds: keep the seventh digit.
  return scalar(
    'datetime',
    withinTime(
      sql`try(${ticks(sql`(${timestamp(of)} + ${raw(name)}(${amount}))`)} + (${of} - ${ticks(timestamp(of))}))`,
    ),
    true,
  );
};

export const timeFunctions: Functions = {
  now: {
    arguments: [0, 1],
    call: (values, call) => now(call, values.length === 0 ? undefined : argumentOf('timespan', values, 0, call).sql),
  },
  ago: {
    arguments: [1, 1],
    call: (values, call) => {
      const span = argumentOf('timespan', values, 0, call);
      return typeof span.literal === 'bigint'
        ? literal('datetime', call.context.now - span.literal)
        : now(call, sql`(- ${span.sql})`);
    },
  },
  startofday: {
    arguments: [1, 2],
    naming: 'argument',
    call: (values, call) => {
      const of = argumentOf('datetime', values, 0, call).sql;
      const shift = values.length > 1 ? integerArgument(values, 1, call).sql : raw('0');
      return scalar(
        'datetime',
        withinTime(sql`try(${of} - ${of} % ${raw(String(day))} + ${shift} * ${raw(String(day))})`),
        true,
      );
    },
  },
  format_datetime: { arguments: [2, 2], naming: 'argument', call: formatted },
  datetime_diff: { arguments: [3, 3], call: difference },
  datetime_add: { arguments: [3, 3], call: added },
};
