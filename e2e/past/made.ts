import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { takePorts } from './ports.ts';

/** The command that makes pasts and opens them. */
export const pastCommand = fileURLToPath(new URL('main.ts', import.meta.url));

/** The longest that making pasts may take on a machine with much else to do, ms. It ends only a test that hangs. */
export const makingMs = 45 * 60_000;

export const ended = async (child: ChildProcess): Promise<number | null> =>
  child.exitCode ?? ((await once(child, 'exit')) as [number | null])[0];

/**
 * Makes a past until now in a new folder, which is removed when this process ends. Of one that was made before on the
 * same day, from the same inputs, only the last hour is made.
 *
 * @param more further words of the command line
 * @returns the data folder. Its ports are kept from other processes as long as this one runs.
 * @throws Error if it was not made
 */
export const makePast = async (seed: number, more: readonly string[] = []): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-past-of-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const data = join(folder, 'data');
  const child = spawn(
    process.execPath,
    [pastCommand, data, '--seed', String(seed), '--ports', String(await takePorts()), ...more],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if ((await ended(child)) !== 0) throw new Error('the past was not made');
  return data;
};
