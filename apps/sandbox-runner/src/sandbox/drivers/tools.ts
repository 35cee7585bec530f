import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { present } from '@assay/events';

/** Absolute paths of the machine's programs by name. */
export type ProgramPaths = Readonly<Record<string, string>>;

/**
 * Returns the path of a program that the driver needs.
 *
 * @throws TypeError if the driver does not list it among its needs: a fault of the program
 */
export const pathOf = (tools: ProgramPaths, name: string): string => present(tools[name], name);

/** The system's own folders come before PATH: a folder early in PATH must not slip in another bubblewrap. */
const systemFolders = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'];

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

export const whereIs = (name: string, env: NodeJS.ProcessEnv): string | undefined =>
  [...systemFolders, ...(env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder))]
    .map((folder) => join(folder, name))
    .find(isExecutable);

/** Finds all programs, or names the missing ones. */
export const findTools = (
  names: readonly string[],
  env: NodeJS.ProcessEnv,
): { tools: ProgramPaths; missing: string[] } => {
  const found = names.map((name) => [name, whereIs(name, env)] as const);
  return {
    tools: Object.fromEntries(found.filter((pair): pair is [string, string] => pair[1] !== undefined)),
    missing: found.filter(([, path]) => path === undefined).map(([name]) => name),
  };
};
