import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { SettingError } from './settings.ts';

/**
 * Makes a folder and those above it. Node's own `recursive` goes on for ever where a file system has no room for
 * folders, and says so as /proc does.
 */
const make = (folder: string): void => {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(folder) !== folder) make(dirname(folder));
  mkdirSync(folder);
};

/** Makes a folder, where it is not there, and sees whether it can be written to. */
export const makeWritable = (folder: string): void => {
  make(folder);
  accessSync(folder, constants.W_OK | constants.X_OK);
};

/**
 * @param named what the folder was named by: a setting, an option
 * @throws SettingError where nothing can be written to it
 */
export const writableFolder = (folder: string, named: string): void => {
  try {
    makeWritable(folder);
  } catch (error) {
    throw new SettingError(
      `${named} ${folder} cannot be written to (${(error as NodeJS.ErrnoException).code}): give a folder that can`,
    );
  }
};
