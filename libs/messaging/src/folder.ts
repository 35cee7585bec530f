import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { SettingError } from '@assay/settings';

/**
 * Creates a folder and its parents. Node's own `recursive` loops for ever on a file system that answers ENOENT for a
 * new folder, such as /proc.
 */
const make = (folder: string): void => {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(folder) !== folder) make(dirname(folder));
  mkdirSync(folder);
};

/** Creates a folder if it is missing, and checks that it is writable. */
export const makeWritable = (folder: string): void => {
  make(folder);
  accessSync(folder, constants.W_OK | constants.X_OK);
};

/**
 * @param named the setting or option that named the folder
 * @throws SettingError if the folder is not writable
 */
export const writableFolder = (folder: string, named: string): void => {
  try {
    makeWritable(folder);
  } catch (error) {
    throw new SettingError(
      `${named} ${folder} cannot be written to (${(error as NodeJS.ErrnoException).code}): give a folder with ` +
        'write access',
    );
  }
};
