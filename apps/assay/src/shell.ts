import { isAbsolute, resolve } from 'node:path';
import { Option } from 'commander';
import { version } from '@assay/process/version';
import type { MetricsAddress, Telemetry } from '@assay/telemetry';
import { shellSettings } from './settings.ts';
import { DataFolder } from './suite/data.ts';
import { oneLine } from './terminal/colors.ts';
import { remedyOf, withRemedy } from './terminal/failure.ts';
import { Terminal } from './terminal/terminal.ts';

export { version };

/** Environment of every command. */
export interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly terminal: Terminal;
}

/** Assay's own folder, with scanners and their databases, and the data by default. */
export const homeOf = ({ env, directory }: Shell): string => resolve(directory, shellSettings.read(env).home);

export const dataOf = (shell: Shell, data: string | undefined): DataFolder =>
  new DataFolder(
    data === undefined ? resolve(homeOf(shell), 'data') : isAbsolute(data) ? data : resolve(shell.directory, data),
    data !== undefined,
  );

/**
 * The command as its user calls it: by `npx` where npm started it, as in a checkout; else by its name, for npx would
 * fetch a stranger's package of that name where ours is installed for all folders.
 */
export const commandName = ({ env }: Pick<Shell, 'env'>): string => (env['npm_execpath'] ? 'npx assay' : 'assay');

/** Shortens a path for typing it. */
export const shownPath = ({ directory }: Shell, path: string): string =>
  path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : path;

export const dataOption = (): Option =>
  new Option('--data <folder>', 'the data folder').default(undefined, '.assay/data');
export const jsonOption = (): Option => new Option('--json', 'print JSON, for machines');

export const telemetryOf = async ({ env }: Pick<Shell, 'env'>, metrics?: MetricsAddress): Promise<Telemetry> =>
  (await import('@assay/telemetry')).startTelemetry({ version, env, metrics });

/** Prints who exported what, in one line. */
export const accessesTo =
  ({ terminal }: Shell) =>
  (app: string, caller: string, access: string): void =>
    terminal.note(`${app}: ${access}, for ${caller}`);

/** Prints a failure inside a running suite, in one line. */
export const failuresTo =
  ({ terminal, env }: Shell) =>
  (app: string, operation: string, error: unknown): void => {
    const { debug } = shellSettings.read(env);
    const message = error instanceof Error ? (debug ? (error.stack ?? error.message) : error.message) : String(error);
    const remedy = remedyOf(error);
    const { code } = (error ?? {}) as { readonly code?: string };
    const cause = remedy === undefined || !code ? message : `${message} (${code})`;
    terminal.note(oneLine(withRemedy(`${app}: ${operation}: ${cause}`, remedy)));
  };
