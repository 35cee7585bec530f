import { readFileSync } from 'node:fs';

type Env = Readonly<Record<string, string | undefined>>;

/** A setting that cannot be used: one line with its name, its value and what would be valid. */
export class SettingError extends Error {
  readonly code = 'configuration';
}

/** True if a failed start is due to a setting: by its code, or by a message that starts with a setting's name. */
export const isAboutSetting = (error: unknown): boolean =>
  error instanceof Error &&
  ((error as { code?: unknown }).code === 'configuration' || /^ASSAY_[A-Z_]+ /.test(error.message));

/**
 * Reads a whole number, by default above zero.
 * @throws SettingError for any other value; a wrong value is never ignored silently
 */
export const wholeNumberIn = (
  env: Env,
  name: string,
  fallback: number,
  max = Number.MAX_SAFE_INTEGER,
  min = 1,
): number => {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= min && number <= max) return number;
  throw new SettingError(`${name} must be a whole number from ${min} to ${max}, not '${text}'`);
};

/** The number of partitions of the keyed topics; fixed when a log is created. */
export const partitionsIn = (env: Env): number => wholeNumberIn(env, 'ASSAY_PARTITIONS', 12, 1024);

/** Reads the PEM file that a setting names. */
export const pemIn = (name: string, file: string): string => {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.includes('-----BEGIN ')) return text;
  } catch (error) {
    throw new SettingError(`${name} ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  throw new SettingError(`${name} ${file} is not a PEM file`);
};
