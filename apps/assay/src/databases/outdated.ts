import type { Scanner } from '@assay/events';
import type { ScannerDescription } from '@assay/sandbox-runner';
import { scannersDirectoryIn, type ScannerRegistration } from '@assay/sandbox-runner/scanner/registration';
import type { Api } from '../client/api.ts';
import { isOlder, unreadLines, unreadSystems } from '../client/unread-systems.ts';
import { commandName, homeOf, type Shell } from '../shell.ts';

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

/** The scanner of a suite, and its file as `look` named it. */
interface InUse {
  readonly scanner: Pick<Scanner, 'name' | 'version'>;
  readonly file: string | undefined;
}

/**
 * Returns in one line the command that builds the current scanner, where this machine can build it.
 *
 * @param unread lines about systems of images that the one in use does not read
 * @returns undefined if the one in use is current, or one of the operator's own, which comes before an installed one
 */
export const newerLine = async (
  { env, home }: { readonly env: NodeJS.ProcessEnv; readonly home: string },
  { title, sources: [current] }: Pick<ScannerRegistration, 'title' | 'sources'>,
  { scanner, file }: InUse,
  unread: readonly string[],
): Promise<string | undefined> => {
  const isOwn = file === undefined || file.startsWith(scannersDirectoryIn(home));
  if (!isOwn || !isOlder(scanner.version, current.version)) return undefined;
  if ((await current.lacking?.(env)) !== undefined) return undefined;
  const [why = `the scanner is ${title} ${scanner.version}`] = unread.map((line) => line.split(':', 1)[0]);
  return (
    `${why}: \`${commandName({ env })} scanner install\` builds ${current.version} here, at low priority, and this ` +
    'suite takes it into use without a restart'
  );
};

/** Prints that line about the scanner of a suite, if there is one to print. */
export const offerScanner = async (shell: Shell, inUse: InUse, api: Pick<Api, 'scanners'>): Promise<void> => {
  const { scannerFor } = await import('@assay/sandbox-runner');
  const machine = { env: shell.env as NodeJS.ProcessEnv, home: homeOf(shell) };
  const line = await newerLine(machine, scannerFor(shell.env), inUse, unreadLines(await unreadSystems(api)));
  if (line !== undefined) shell.terminal.note(line);
};
