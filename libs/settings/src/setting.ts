import { SettingError } from './error.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** The tasks by which docs/settings.md groups the settings, in its order. */
export const tasks = [
  'Start a service',
  'Connect to Kafka',
  'Connect to Redis',
  'Keep reports and exports',
  'Serve the API',
  'Control access to the API',
  'Watch registries',
  'Scan images',
  'Show findings to Azure clients',
  'Answer queries',
  'Charge for assessments',
  'Prove what was written',
  'Use the command line',
] as const;

/** Facts about a setting for its operator. Texts are Markdown of one line. */
export interface About {
  readonly task: (typeof tasks)[number];
  /** The meaning, in plain sentences. */
  readonly summary: string;
  /** The default: a value in backticks, or a description. Absent if there is none. */
  readonly default?: string;
  /** The reason why production must set it. Absent if it may be left out. */
  readonly production?: string;
  /** Its users, if not all that read it. */
  readonly by?: readonly string[];
}

export interface Declaration extends About {
  readonly name: string;
}

/** Typed settings: their declarations, and how their values are read. */
export interface Settings<T> {
  readonly declarations: readonly Declaration[];
  /** @throws SettingError that names the setting */
  read(env: Env): T;
}

/** The value that settings are read as. */
export type ValueOf<S> = S extends Settings<infer T> ? T : never;

/** Declares a setting. `parse` receives undefined if the variable is unset or empty. */
export const setting = <T>(
  name: string,
  about: About,
  parse: (text: string | undefined, name: string) => T,
): Settings<T> => ({
  declarations: [{ name, ...about }],
  read: (env) => parse(env[name] || undefined, name),
});

/** A text without a default. */
export const text = (name: string, about: About): Settings<string | undefined> =>
  setting(name, about, (given) => given);

/** A list with commas between its items. Spaces around them do not count. */
export const list = (name: string, about: About): Settings<readonly string[]> =>
  setting(name, about, (given = '') =>
    given
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );

/** `true` or `false`, which is the default. */
export const flag = (name: string, about: About): Settings<boolean> =>
  setting(name, { default: '`false`', ...about }, (given = 'false') => {
    if (given === 'true' || given === 'false') return given === 'true';
    throw new SettingError(`${name} must be true or false, not '${given}'`);
  });

/** The bounds of a whole number, above zero unless `min` is given. */
interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

const wholeNumberOf = (given: string, name: string, { min, max }: Required<Bounds>): number => {
  const number = Number(given);
  if (Number.isSafeInteger(number) && number >= min && number <= max) return number;
  throw new SettingError(`${name} must be a whole number from ${min} to ${max}, not '${given}'`);
};

/** A whole number without a default of its own. */
export const optionalNumber = (
  name: string,
  { min = 1, max = Number.MAX_SAFE_INTEGER, ...about }: About & Bounds,
): Settings<number | undefined> =>
  setting(name, about, (given) => (given === undefined ? undefined : wholeNumberOf(given, name, { min, max })));

/** A whole number. */
export const wholeNumber = (
  name: string,
  fallback: number,
  { default: shown = `\`${fallback}\``, ...about }: About & Bounds,
): Settings<number> => derived(optionalNumber(name, { default: shown, ...about }), (number = fallback) => number);

/** Settings by the name that the code gives each. */
export const group = <T extends Readonly<Record<string, Settings<unknown>>>>(
  members: T,
): Settings<{ readonly [K in keyof T]: ValueOf<T[K]> }> => ({
  declarations: Object.values(members).flatMap(({ declarations }) => declarations),
  read: (env) =>
    Object.fromEntries(Object.entries(members).map(([name, member]) => [name, member.read(env)])) as {
      readonly [K in keyof T]: ValueOf<T[K]>;
    },
});

/** A value made of settings, and the checks that need several of them. */
export const derived = <T, U>(settings: Settings<T>, make: (value: T) => U): Settings<U> => ({
  declarations: settings.declarations,
  read: (env) => make(settings.read(env)),
});
