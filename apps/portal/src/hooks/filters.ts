/** One value of a list's state: how it is read from the address, and written to it. */
export interface Filter<Value> {
  /** The value of an address without it. */
  readonly fallback: Value;
  /** Reads what an address holds; a value that means nothing is the fallback. */
  readonly parse: (raw: string) => Value;
  /** Undefined for the fallback, which no address names. */
  readonly format: (value: Value) => string | undefined;
  /** True if it only orders or places the list and hides no row. */
  readonly isView: boolean;
}

/** The values that a schema describes. */
export type ValuesOf<Schema> = {
  readonly [Name in keyof Schema]: Schema[Name] extends Filter<infer Value> ? Value : never;
};

/** Any text; empty without. */
export const text = (): Filter<string> => ({
  fallback: '',
  parse: (raw) => raw.trim(),
  format: (value) => value.trim() || undefined,
  isView: false,
});

/** Yes, or nothing. */
export const flag = (): Filter<boolean> => ({
  fallback: false,
  parse: (raw) => raw === 'true',
  format: (value) => (value ? 'true' : undefined),
  isView: false,
});

/** One of some words, or the fallback. */
export const oneOf = <const Word extends string, const Fallback extends string = ''>(
  words: readonly Word[],
  fallback: Fallback = '' as Fallback,
): Filter<Word | Fallback> => ({
  fallback,
  parse: (raw) => words.find((word) => word === raw) ?? fallback,
  format: (value) => (value === fallback ? undefined : value),
  isView: false,
});

/** Some of these words. */
export const someOf = <const Word extends string>(words: readonly Word[]): Filter<readonly Word[]> => ({
  fallback: [],
  parse: (raw) => {
    const given = raw.split(',');
    return words.filter((word) => given.includes(word));
  },
  format: (value) => (value.length === 0 ? undefined : words.filter((word) => value.includes(word)).join(',')),
  isView: false,
});

const day = /^\d{4}-\d\d-\d\d$/;

/** A day, `2026-11-25`; empty without. */
export const dayOf = (): Filter<string> => ({
  fallback: '',
  parse: (raw) => (day.test(raw) && !Number.isNaN(Date.parse(raw)) ? raw : ''),
  format: (value) => value || undefined,
  isView: false,
});

/** The same filter, for a value that hides no row: an order, a tab, an open row. */
export const viewed = <Value>(filter: Filter<Value>): Filter<Value> => ({ ...filter, isView: true });

/** Reads all values of a schema from the query part of an address. */
export const valuesIn = <Schema extends Readonly<Record<string, Filter<any>>>>(
  schema: Schema,
  search: string,
): ValuesOf<Schema> => {
  const given = new URLSearchParams(search);
  return Object.fromEntries(
    Object.entries(schema).map(([name, { parse, fallback }]) => {
      const raw = given.get(name);
      return [name, raw === null ? fallback : parse(raw)];
    }),
  ) as ValuesOf<Schema>;
};

/**
 * The query part of an address with some values changed. Names outside of the schema stay, so that the scope in the
 * header outlives a change of a filter.
 */
export const searchWith = <Schema extends Readonly<Record<string, Filter<any>>>>(
  schema: Schema,
  search: string,
  patch: Partial<ValuesOf<Schema>>,
): string => {
  const next = new URLSearchParams(search);
  for (const [name, value] of Object.entries(patch)) {
    const formatted = schema[name]?.format(value as never);
    if (formatted === undefined) next.delete(name);
    else next.set(name, formatted);
  }
  // A comma and a slash are readable in an address, and mean nothing else in its query part.
  return next.toString().replaceAll('%2C', ',').replaceAll('%2F', '/').replaceAll('%3A', ':');
};

/** The query parameters of the values that are set, as the API takes them. */
export const queryOf = <Schema extends Readonly<Record<string, Filter<any>>>>(
  schema: Schema,
  values: ValuesOf<Schema>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(schema).flatMap(([name, { format }]) => {
      const formatted = format(values[name] as never);
      return formatted === undefined ? [] : [[name, formatted]];
    }),
  );

/** The filters that hide rows now, by name. */
export const hidingIn = <Schema extends Readonly<Record<string, Filter<any>>>>(
  schema: Schema,
  values: ValuesOf<Schema>,
): readonly { readonly name: string; readonly value: string }[] =>
  Object.entries(schema).flatMap(([name, { format, isView }]) => {
    const value = isView ? undefined : format(values[name] as never);
    return value === undefined ? [] : [{ name, value }];
  });
