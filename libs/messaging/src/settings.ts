import { declaredPartitions, SettingError, type Env } from '@assay/settings';

export { isAboutSetting, pemIn, SettingError } from '@assay/settings';

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
export const partitionsIn = (env: Env): number => declaredPartitions.read(env);
