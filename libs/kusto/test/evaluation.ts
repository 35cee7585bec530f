import { createHash } from 'node:crypto';

/**
 * A row of random values: one for each type of Kusto, as JavaScript values. Integers are `bigint`, times are ticks
 * since the year 1.
 */
export interface ExpressionRandom {
  readonly id: string;
  readonly s: string;
  readonly t: string;
  readonly x: string;
  readonly v: string;
  readonly w: string;
  readonly when: string;
  readonly span: string;
  readonly i: bigint | null;
  readonly j: bigint | null;
  readonly r: number | null;
  readonly b: boolean | null;
  readonly d: bigint | null;
  readonly e: bigint | null;
  readonly a: readonly (string | null)[] | null;
  readonly m: Readonly<Record<string, unknown>> | null;
}

const epoch = 621_355_968_000_000_000n;
const [second, day] = [10_000_000n, 864_000_000_000n];
const mostTicks = 3_155_378_975_999_999_999n;

const floorDiv = (a: bigint, b: bigint): bigint => a / b - (a % b !== 0n && a < 0n !== b < 0n ? 1n : 0n);
const two = (n: number | bigint): string => String(n).padStart(2, '0');
const long = (n: bigint): bigint | null => (BigInt.asIntN(64, n) === n ? n : null);
const both = <A, B, R>(a: A | null, b: B | null, of: (a: A, b: B) => R | null): R | null =>
  a === null || b === null ? null : of(a, b);
const dateOf = (ticks: bigint): Date => new Date(Number(floorDiv(ticks - epoch, 10_000n)));
const ticksOf = (ms: number, below = 0n): bigint | null => {
  const ticks = BigInt(ms) * 10_000n + epoch + below;
  return ticks < 0n || ticks > mostTicks ? null : ticks;
};
const belowMs = (ticks: bigint): bigint => ((ticks % 10_000n) + 10_000n) % 10_000n;

const timeText = (ticks: bigint): string =>
  `${dateOf(ticks).toISOString().slice(0, 19)}.${String(ticks % second).padStart(7, '0')}Z`;

export const spanText = (ticks: bigint): string => {
  const of = ticks < 0n ? -ticks : ticks;
  const rest = of % second;
  const whole = `${ticks < 0n ? '-' : ''}${of >= day ? `${of / day}.` : ''}`;
  const clock = [(of / 36_000_000_000n) % 24n, (of / 600_000_000n) % 60n, (of / second) % 60n].map(two).join(':');
  return `${whole}${clock}${rest > 0n ? `.${String(rest).padStart(7, '0')}` : ''}`;
};

const isWord = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{N}]/u.test(char);
const occurrences = (text: string, of: string): readonly number[] =>
  of === '' ? [] : Array.from({ length: text.length }, (_, at) => at).filter((at) => text.startsWith(of, at));
const has = (text: string, of: string): boolean =>
  occurrences(text.toLowerCase(), of.toLowerCase()).some(
    (at) => !isWord(text[at - 1]) && !isWord(text[at + of.length]),
  );

/** The parts of a version; null for any other text. */
const version = (text: string): readonly number[] | null =>
  /^\d{1,8}(\.\d{1,8}){0,3}$/.test(text) ? [...text.split('.'), '0', '0', '0'].slice(0, 4).map(Number) : null;
const compared = (a: readonly number[], b: readonly number[]): number =>
  a.map((part, index) => part - b[index]!).find((difference) => difference !== 0) ?? 0;
export const versionNumber = (text: string): bigint | null =>
  version(text)?.reduce((sum, part) => sum * 100_000_000n + BigInt(part), 0n) ?? null;

const number = (text: string): number | null => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : null);
const truncated = (text: string): bigint | null =>
  /^-?\d+(\.\d+)?$/.test(text) ? long(BigInt(text.split('.')[0]!)) : null;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** Formats that `todatetime` reads, to the second or to the minute. */
export const writtenTimes: readonly ((at: Date) => readonly [text: string, isWholeMinute: boolean])[] = [
  'GMT',
  '',
].flatMap((zone) =>
  [true, false].flatMap((isMinute) =>
    ['short', 'long', 'none'].flatMap((weekday) =>
      [' ', '-'].map((sign) => (at: Date) => {
        const name = days[at.getUTCDay()]!;
        const year = weekday === 'long' ? at.getUTCFullYear() : two(at.getUTCFullYear() % 100);
        const date = [two(at.getUTCDate()), months[at.getUTCMonth()], year].join(sign);
        const written = `${date} ${at.toISOString().slice(11, isMinute ? 16 : 19)}`;
        const start = weekday === 'none' ? '' : `${weekday === 'long' ? name : name.slice(0, 3)}, `;
        return [`${start}${written}${zone && ` ${zone}`}`, isMinute] as const;
      }),
    ),
  ),
);

/** The expected result of `todatetime` for the texts of `writtenTimes`. */
const readTime = (text: string): bigint | null => {
  const [, , date = '', month = '', year = '', hours = '', minutes = '', seconds = '0'] =
    /^([A-Z][a-z]+, )?(\d\d)[ -]([A-Z][a-z]{2})[ -](\d{2,4}) (\d\d):(\d\d)(?::(\d\d))?( GMT)?$/.exec(text) ?? [];
  const at = months.indexOf(month);
  return at < 0
    ? null
    : ticksOf(
        Date.UTC(
          Number(year.length === 2 ? `20${year}` : year),
          at,
          Number(date),
          Number(hours),
          Number(minutes),
          Number(seconds),
        ),
      );
};

const readSpan = (text: string): bigint | null => {
  const [, sign, dayCount = '0', hours, minutes, seconds, fraction = ''] =
    /^(-)?(?:(\d+)\.)?(\d\d):(\d\d):(\d\d)(?:\.(\d+))?$/.exec(text) ?? [];
  if (hours === undefined) return null;
  const ticks =
    (((BigInt(dayCount) * 24n + BigInt(hours)) * 60n + BigInt(minutes!)) * 60n + BigInt(seconds!)) * second +
    BigInt(fraction.padEnd(7, '0'));
  return sign ? -ticks : ticks;
};

const monthsAfter = (ticks: bigint, count: number): bigint | null => {
  const at = dateOf(ticks);
  const month = at.getUTCFullYear() * 12 + at.getUTCMonth() + count;
  const [year, of] = [Math.floor(month / 12), ((month % 12) + 12) % 12];
  const last = new Date(Date.UTC(year, of + 1, 0)).getUTCDate();
  return ticksOf(
    Date.UTC(year, of, Math.min(at.getUTCDate(), last)) +
      (at.getTime() - Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate())),
    belowMs(ticks),
  );
};

const monthNumber = (ticks: bigint): bigint => {
  const at = dateOf(ticks);
  return BigInt(at.getUTCFullYear() * 12 + at.getUTCMonth());
};
const units: Readonly<Record<string, bigint>> = {
  week: day * 7n,
  day,
  hour: 36_000_000_000n,
  minute: 600_000_000n,
  second,
  millisecond: 10_000n,
  microsecond: 10n,
};

/** Counts the starts of a part between two times. The first Sunday of year 1 was its seventh day. */
const difference = (part: string, later: bigint, earlier: bigint): bigint => {
  const months = { year: 12n, quarter: 3n, month: 1n }[part];
  if (months !== undefined) return floorDiv(monthNumber(later), months) - floorDiv(monthNumber(earlier), months);
  const begin = part === 'week' ? day : 0n;
  return floorDiv(later + begin, units[part]!) - floorDiv(earlier + begin, units[part]!);
};

const textOf = (value: unknown): string =>
  value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
const merged = (...bags: readonly ExpressionRandom['m'][]): object =>
  Object.assign({}, ...bags.toReversed().map((bag) => bag ?? {})) as object;
const parsedPair = (text: string): readonly [string, string] | null => {
  const found = /^a=([^]*?) b=([^]*)$/.exec(text);
  return found ? [found[1]!, found[2]!] : null;
};

/** Marks results that no public documentation defines. */
export const undecided = Symbol('undecided');

/** Expressions and their expected values for a row. Add a line here for each new function. */
export const evaluated: readonly (readonly [expression: string, worth: (row: ExpressionRandom) => unknown])[] = [
  // Versions
  ['parse_version(v)', ({ v }) => versionNumber(v)],
  ...(['<', '<=', '>', '>=', '==', '!='] as const).map(
    (sign) =>
      [
        `parse_version(v) ${sign} parse_version(w)`,
        ({ v, w }: ExpressionRandom) => {
          const [a, b] = [version(v), version(w)];
          if (sign === '==') return a === null && b === null ? null : a !== null && b !== null && compared(a, b) === 0;
          if (sign === '!=')
            return a === null && b === null ? null : !(a !== null && b !== null && compared(a, b) === 0);
          return both(
            a,
            b,
            (x, y) =>
              ({
                '<': compared(x, y) < 0,
                '<=': compared(x, y) <= 0,
                '>': compared(x, y) > 0,
                '>=': compared(x, y) >= 0,
              })[sign],
          );
        },
      ] as const,
  ),
  // Numbers
  ['i + j', ({ i, j }) => both(i, j, (x, y) => long(x + y))],
  ['i - j', ({ i, j }) => both(i, j, (x, y) => long(x - y))],
  ['i * j', ({ i, j }) => both(i, j, (x, y) => long(x * y))],
  ['i / j', ({ i, j }) => both(i, j, (x, y) => (y === 0n ? null : long(x / y)))],
  [
    'i % j',
    ({ i, j }) =>
      both(i, j, (x, y) => {
        if (y === 0n) return null;
        const left = x % y;
        return left < 0n ? left + (y < 0n ? -y : y) : left;
      }),
  ],
  ['abs(i)', ({ i }) => (i === null ? null : long(i < 0n ? -i : i))],
  ['-i', ({ i }) => (i === null ? null : long(-i))],
  ['bin(j, 7)', ({ j }) => (j === null ? null : long(floorDiv(j, 7n) * 7n))],
  ['floor(r, 0.5)', ({ r }) => (r === null ? null : Math.floor(r / 0.5) * 0.5)],
  ['round(r)', ({ r }) => (r === null ? null : Math.sign(r) * Math.floor(Math.abs(r) + 0.5))],
  ['min_of(i, j)', ({ i, j }) => both(i, j, (x, y) => (x < y ? x : y)) ?? i ?? j],
  ['max_of(i, j)', ({ i, j }) => both(i, j, (x, y) => (x > y ? x : y)) ?? i ?? j],
  ['i < j', ({ i, j }) => both(i, j, (x, y) => x < y)],
  ['i >= j', ({ i, j }) => both(i, j, (x, y) => x >= y)],
  ['i == j', ({ i, j }) => (i === null && j === null ? null : i === j)],
  ['i != j', ({ i, j }) => (i === null && j === null ? null : i !== j)],
  ['j between (-3 .. 4)', ({ j }) => (j === null ? null : j >= -3n && j <= 4n)],
  ['tohex(i)', ({ i }) => (i === null ? '' : BigInt.asUintN(64, i).toString(16))],
  ['tostring(i)', ({ i }) => (i === null ? '' : String(i))],
  ['tostring(r)', ({ r }) => (r === null ? '' : String(r))],
  ['toreal(j) + r', ({ j, r }) => both(j, r, (x, y) => Number(x) + y)],
  // Conversion
  ['tolong(x)', ({ x }) => truncated(x)],
  [
    'toint(x)',
    ({ x }) => {
      const of = truncated(x);
      return of !== null && BigInt.asIntN(32, of) === of ? of : null;
    },
  ],
  ['todouble(x)', ({ x }) => number(x)],
  ['tobool(x)', ({ x }) => ({ true: true, false: false, 1: true, 0: false })[x.toLowerCase()] ?? null],
  [
    'todatetime(when)',
    ({ when }) => {
      const of = readTime(when);
      return of === null ? null : timeText(of);
    },
  ],
  [
    'totimespan(span)',
    ({ span }) => {
      const of = readSpan(span);
      return of === null ? null : spanText(of);
    },
  ],
  ['tolong(tostring(i))', ({ i }) => i],
  [
    'gettype(m.k)',
    ({ m }) => {
      const of = m?.k;
      return of === undefined || of === null
        ? 'null'
        : typeof of === 'string'
          ? 'string'
          : typeof of === 'number'
            ? Number.isInteger(of)
              ? 'long'
              : 'double'
            : Array.isArray(of)
              ? 'array'
              : typeof of === 'boolean'
                ? 'bool'
                : 'dictionary';
    },
  ],
  ['parse_json(tostring(m)).k', ({ m }) => m?.k ?? null],
  ['tostring(m.k)', ({ m }) => textOf(m?.k)],
  // Times
  ['d - e', ({ d, e }) => both(d, e, (x, y) => spanText(x - y))],
  ['d + 1d', ({ d }) => (d === null ? null : timeText(d + day))],
  ['d < e', ({ d, e }) => both(d, e, (x, y) => x < y)],
  ['startofday(d)', ({ d }) => (d === null ? null : timeText(d - (d % day)))],
  ['bin(d, 1h)', ({ d }) => (d === null ? null : timeText(d - (d % 36_000_000_000n)))],
  ['tostring(d)', ({ d }) => (d === null ? '' : timeText(d))],
  [
    "format_datetime(d, 'yyyy-MM-dd HH:mm:ss.fffffff')",
    ({ d }) => (d === null ? '' : timeText(d).replace('T', ' ').slice(0, -1)),
  ],
  [
    "format_datetime(d, 'd/M/yy h:m')",
    ({ d }) => {
      if (d === null) return '';
      const at = dateOf(d);
      return (
        `${at.getUTCDate()}/${at.getUTCMonth() + 1}/${two(at.getUTCFullYear() % 100)} ` +
        `${at.getUTCHours() % 12 || 12}:${at.getUTCMinutes()}`
      );
    },
  ],
  ...['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond', 'microsecond'].map(
    (part) =>
      [
        `datetime_diff('${part}', d, e)`,
        ({ d, e }: ExpressionRandom) => both(d, e, (x, y) => difference(part, x, y)),
      ] as const,
  ),
  [
    "datetime_add('month', -13, d)",
    ({ d }) => {
      const of = d === null ? null : monthsAfter(d, -13);
      return of === null ? null : timeText(of);
    },
  ],
  [
    "datetime_add('quarter', 1, d)",
    ({ d }) => {
      const of = d === null ? null : monthsAfter(d, 3);
      return of === null ? null : timeText(of);
    },
  ],
  ["datetime_add('hour', 30, d)", ({ d }) => (d === null ? null : timeText(d + 30n * 36_000_000_000n))],
  // Text
  ['strlen(s)', ({ s }) => BigInt(s.length)],
  ['tolower(s)', ({ s }) => s.toLowerCase()],
  ['toupper(s)', ({ s }) => s.toUpperCase()],
  ['substring(s, 1, 2)', ({ s }) => s.slice(1, 3)],
  ['substring(s, -2)', ({ s }) => (s.length < 2 ? undecided : s.slice(-2))],
  ['indexof(s, t)', ({ s, t }) => BigInt(s.indexOf(t))],
  ["split(s, '-')", ({ s }) => s.split('-')],
  ["split(s, '-', 1)", ({ s }) => s.split('-').slice(1, 2)],
  ["split(s, '-')[-1]", ({ s }) => s.split('-').at(-1)],
  ['strcat(s, j, b, t)', ({ s, j, b, t }) => `${s}${j ?? ''}${b ?? ''}${t}`],
  ["strcat_delim('|', s, t, j)", ({ s, t, j }) => `${s}|${t}|${j ?? ''}`],
  ["replace_string(s, 'a', 'ab')", ({ s }) => s.replaceAll('a', 'ab')],
  ["replace_regex(s, '([ab])([^ab])', @'\\2\\1')", ({ s }) => s.replaceAll(/([ab])([^ab])/g, '$2$1')],
  ['countof(s, t)', ({ s, t }) => BigInt(occurrences(s, t).length)],
  ["countof(s, '[ab]+', 'regex')", ({ s }) => BigInt((s.match(/[ab]+/g) ?? []).length)],
  ["trim('[a-]+', s)", ({ s }) => s.replace(/^[a-]+/, '').replace(/[a-]+$/, '')],
  ["trim_start('a', s)", ({ s }) => s.replace(/^a/, '')],
  ["trim_end('[.]', s)", ({ s }) => s.replace(/[.]$/, '')],
  ["extract('([a-z])-([a-z])', 2, s)", ({ s }) => /([a-z])-([a-z])/.exec(s)?.[2] ?? ''],
  [
    "extract('-?[0-9]+', 0, x, typeof(long))",
    ({ x }) => {
      const of = /-?[0-9]+/.exec(x)?.[0];
      return of === undefined ? null : long(BigInt(of));
    },
  ],
  ['hash_sha256(s)', ({ s }) => createHash('sha256').update(s).digest('hex')],
  ['s contains t', ({ s, t }) => s.toLowerCase().includes(t.toLowerCase())],
  ['s contains_cs t', ({ s, t }) => s.includes(t)],
  ['s !startswith t', ({ s, t }) => !s.toLowerCase().startsWith(t.toLowerCase())],
  ['s endswith_cs t', ({ s, t }) => s.endsWith(t)],
  ['s has t', ({ s, t }) => (t === '' ? undecided : has(s, t))],
  ["s has_any ('a', 'b-a')", ({ s }) => has(s, 'a') || has(s, 'b-a')],
  ["s has_all ('a', 'b')", ({ s }) => has(s, 'a') && has(s, 'b')],
  ['s == t', ({ s, t }) => s === t],
  ['s =~ t', ({ s, t }) => s.toLowerCase() === t.toLowerCase()],
  ['s !~ t', ({ s, t }) => s.toLowerCase() !== t.toLowerCase()],
  ["s in~ (t, 'A', 'b')", ({ s, t }) => [t.toLowerCase(), 'a', 'b'].includes(s.toLowerCase())],
  ['s !in (a)', ({ s, a }) => (a === null ? undecided : !a.includes(s))],
  ["s matches regex '^[a-z]+$'", ({ s }) => /^[a-z]+$/.test(s)],
  ['isempty(s)', ({ s }) => s === ''],
  // Choice
  ['iff(b, s, t)', ({ b, s, t }) => (b === true ? s : t)],
  [
    "case(j < 0, 'less', j > 0, 'more', 'none')",
    ({ j }) => (j === null ? 'none' : j < 0n ? 'less' : j > 0n ? 'more' : 'none'),
  ],
  ['coalesce(i, j, 5)', ({ i, j }) => i ?? j ?? 5n],
  ["coalesce(s, t, 'x')", ({ s, t }) => s || t || 'x'],
  ['isnull(i)', ({ i }) => i === null],
  ['not(b)', ({ b }) => (b === null ? null : !b)],
  [
    'b and j > 0',
    ({ b, j }) => {
      const right = j === null ? null : j > 0n;
      return b === false || right === false ? false : b === null || right === null ? null : true;
    },
  ],
  [
    'b or j > 0',
    ({ b, j }) => {
      const right = j === null ? null : j > 0n;
      return b === true || right === true ? true : b === null || right === null ? null : false;
    },
  ],
  // Bags and arrays
  ['array_length(a)', ({ a }) => (a === null ? null : BigInt(a.length))],
  ['array_concat(a, a)', ({ a }) => (a === null ? undecided : [...a, ...a])],
  ['array_slice(a, 1, 2)', ({ a }) => (a === null ? null : a.slice(1, 3))],
  ['array_slice(a, -2, -1)', ({ a }) => (a === null ? null : a.length < 2 ? undecided : a.slice(-2))],
  ['array_index_of(a, t)', ({ a, t }) => (a === null ? null : BigInt(a.indexOf(t)))],
  ['set_has_element(a, t)', ({ a, t }) => (a === null ? null : a.includes(t))],
  ["strcat_array(a, '+')", ({ a }) => (a ?? []).map(textOf).join('+')],
  ['a[0]', ({ a }) => a?.[0] ?? null],
  ['a[-1]', ({ a }) => a?.at(-1) ?? null],
  ['bag_keys(m)', ({ m }) => (m === null ? null : Object.keys(m))],
  ["bag_merge(m, dynamic({'k': 0, 'z': 1}))", ({ m }) => merged(m, { k: 0, z: 1 })],
  ["pack('s', s, 'i', i)", ({ s, i }) => ({ s, i })],
  ['pack_array(s, j, b)', ({ s, j, b }) => [s, j, b]],
  ['m.k == s', ({ m, s }) => (m?.k === undefined || m.k === null ? false : textOf(m.k) === s)],
];

/** The expected result of `parse strcat('a=', s, ' b=', x) with 'a=' p ' b=' q:long`, strict and relaxed. */
export const parsed = ({ s, x }: ExpressionRandom, isRelaxed: boolean): readonly [string, bigint | null] => {
  const found = parsedPair(`a=${s} b=${x}`);
  const q = found ? truncated(found[1]) : null;
  return found === null || (q === null && !isRelaxed) ? ['', null] : [found[0], q];
};
