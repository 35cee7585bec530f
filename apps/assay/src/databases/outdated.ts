import type { ScannerDescription, ScannerRegistration } from '@assay/sandbox-runner';
import { homeOf, type Shell } from '../shell.ts';

type Described = Pick<ScannerDescription, 'outdated'>;

/**
 * Returns in one line that the scanner is too old for a real database, and the steps to take.
 *
 * @param described describes the scanner of this machine, and fails with `scanner-missing` if there is none
 * @returns undefined if it is new enough, or cannot be looked at: `assay doctor` has the reason
 */
export const outdatedLine = async (
  { sources, outdated }: Pick<ScannerRegistration, 'sources' | 'outdated'>,
  described: () => Promise<Described>,
): Promise<string | undefined> => {
  try {
    return (await described()).outdated;
  } catch (error) {
    if ((error as { readonly code?: string }).code !== 'scanner-missing') return undefined;
    // The first start would fetch this one.
    const fetched = sources.find(({ name }) => name === 'pip');
    return fetched && outdated(fetched);
  }
};

/** Prints that line about the scanner of this machine, if there is one to print. */
export const noteOutdatedScanner = async (shell: Shell): Promise<void> => {
  const { findSandbox, scannerFor } = await import('@assay/sandbox-runner');
  const env = shell.env as NodeJS.ProcessEnv;
  const registration = scannerFor(shell.env);
  const line = await outdatedLine(registration, async () => {
    const sandbox = await findSandbox(env);
    const opened = await registration.open({ env, dataDirectory: homeOf(shell), sandbox, fetch: false });
    return opened.describe(sandbox, new Date());
  });
  if (line !== undefined) shell.terminal.note(line);
};
