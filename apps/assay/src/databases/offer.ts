import type { DatabaseSource } from '@assay/ingestion';
import { RegistryClients } from '@assay/registry';
import { commandName, type Shell } from '../shell.ts';

/** A source that has not answered by then is not offered, ms. */
const mostMs = 5_000;

type Head = (source: DatabaseSource, signal: AbortSignal) => Promise<unknown>;

/**
 * Asks the sources that `assay database update` would read whether they have a database, by one HEAD request each, and
 * returns the name of the first one that does. Nothing is downloaded.
 *
 * @returns undefined if none answers in time
 */
export const reachedSource = async (
  sources: readonly DatabaseSource[],
  head: Head,
  signal: AbortSignal,
): Promise<string | undefined> =>
  Promise.any(
    sources.map(async (source) => {
      await head(source, signal);
      return source.name;
    }),
  ).catch(() => undefined);

/** The line that offers a real database to who has that of the demonstration. */
const offerText = (source: string, command: string): string =>
  `the database is that of the demonstration, for trials only: \`${command}\` takes a real one ` +
  `from ${source}, without a restart`;

/**
 * Offers a real database in one line, if there is a network to take it from. Where sources are configured there is
 * nothing to offer: ingestion takes one by itself, or must not (`off`).
 *
 * @param more options of the command, beginning with a space
 */
export const offerDatabase = async ({ env, terminal }: Shell, more: string, stopped: AbortSignal): Promise<void> => {
  const { databaseSettings, orderedSources } = await import('@assay/ingestion');
  const settings = databaseSettings.read(env);
  if (settings.databaseSources !== undefined) return;
  const clients = new RegistryClients({ network: settings.network });
  try {
    const source = await reachedSource(
      orderedSources(settings).filter(({ kind }) => kind === 'vulnerabilities'),
      ({ access, repository, reference }, signal) => clients.to(access).head(repository, reference, signal),
      AbortSignal.any([stopped, AbortSignal.timeout(mostMs)]),
    );
    if (source !== undefined && !stopped.aborted)
      terminal.note(offerText(source, `${commandName({ env })} database update${more}`));
  } finally {
    await clients.close();
  }
};
