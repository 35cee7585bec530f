import { readFileSync } from 'node:fs';

type Env = Readonly<Record<string, string | undefined>>;

/** A setting that cannot be used: one line that names it, what it is and what would do. */
export class SettingError extends Error {
  readonly code = 'configuration';
}

/** A whole number above zero.
 * @throws SettingError where something else is set; a wrong value is never passed over in silence */
export const wholeNumberIn = (env: Env, name: string, otherwise: number, most = Number.MAX_SAFE_INTEGER): number => {
  const text = env[name];
  if (text === undefined || text === '') return otherwise;
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0 && number <= most) return number;
  throw new SettingError(`${name} must be a whole number from 1 to ${most}, not '${text}'`);
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
