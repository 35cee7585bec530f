import { readFileSync } from 'node:fs';

type Env = Readonly<Record<string, string | undefined>>;

/** A setting that cannot be used: one line that names it, what it is and what would do. */
export class SettingError extends Error {
  readonly code = 'configuration';
}

/** What stops a start is a setting where it says so, or begins with the name of one. */
export const isAboutSetting = (error: unknown): boolean =>
  error instanceof Error &&
  ((error as { code?: unknown }).code === 'configuration' || /^ASSAY_[A-Z_]+ /.test(error.message));

/** A whole number, above zero where nothing less is allowed.
 * @throws SettingError where something else is set; a wrong value is never passed over in silence */
export const wholeNumberIn = (
  env: Env,
  name: string,
  otherwise: number,
  most = Number.MAX_SAFE_INTEGER,
  least = 1,
): number => {
  const text = env[name];
  if (text === undefined || text === '') return otherwise;
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= least && number <= most) return number;
  throw new SettingError(`${name} must be a whole number from ${least} to ${most}, not '${text}'`);
};

/** How many partitions the keyed topics have; fixed once a log is made. */
export const partitionsIn = (env: Env): number => wholeNumberIn(env, 'ASSAY_PARTITIONS', 12, 1024);

/** The text of a PEM file that a setting names. */
export const pemIn = (name: string, file: string): string => {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.includes('-----BEGIN ')) return text;
  } catch (error) {
    throw new SettingError(`${name} ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  throw new SettingError(`${name} ${file} is not a PEM file`);
};
