import { readFileSync } from 'node:fs';

/** A setting that cannot be used: one line with its name, its value and what would be valid. */
export class SettingError extends Error {
  readonly code = 'configuration';
}

/** True if a failed start is due to a setting: by its code, or by a message that starts with a setting's name. */
export const isAboutSetting = (error: unknown): boolean =>
  error instanceof Error &&
  ((error as { code?: unknown }).code === 'configuration' || /^ASSAY_[A-Z_]+ /.test(error.message));

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
