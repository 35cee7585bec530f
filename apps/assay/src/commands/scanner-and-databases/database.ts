import { existsSync } from 'node:fs';
import { InvalidArgumentError, type Command } from 'commander';
import { withSteps } from '@assay/advisories/database-error';
import { isDigest } from '@assay/events/patterns';
import type { DatabaseAnswer, DatabaseOutcome, JavaDatabaseAnswer, OrderProgress } from '../../client/answers.ts';
import type { Api } from '../../client/api.ts';
import { agingLines } from '../../client/notices.ts';
import { connectToRunning, requireOwnLog, runningSuite } from '../../client/connection.ts';
import { clientSettings } from '../../settings.ts';
import { dataOf, dataOption, jsonOption, shownPath, type Shell } from '../../shell.ts';
import type { DataFolder } from '../../suite/data.ts';
import { Failure } from '../../terminal/failure.ts';
import { minuteOf } from '../../terminal/format.ts';
import { table } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { whyOption } from '../options.ts';

interface Options {
  data?: string;
  json?: boolean;
}
interface ForceOptions extends Options {
  force?: boolean;
}
interface RecallOptions extends Options {
  why: string;
  dryRun?: boolean;
}

const forced = 'take it although it is older than the one in use, has much less, or was recalled';

export const registerDatabase = (program: Command, shell: Shell): void => {
  const command = program
    .command('database')
    .summary('fetch, list, choose or recall vulnerability databases')
    .description(
      'The vulnerability database by which images are assessed, and the database that names Java archives. They are ' +
        'taken from a mirror (ASSAY_DATABASE_SOURCES), checked, put into the blob store and announced; runners ' +
        'switch to them without a restart, and every image that they concern is assessed again. Without a suite, the ' +
        'next suite on --data begins with them.',
    );
  command
    .command('update')
    .summary('take the newest one from a mirror')
    .description(
      'Asks all sources, and takes the newest database if it is newer than the one in use; then that of Java ' +
        'archives. One that is damaged, older or implausible is refused, and the one in use stays.',
    )
    .option('--force', forced)
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay database update
  assay database update --force

A running suite has its own ASSAY_DATABASE_SOURCES. Those of this command count
without one, and are refused by a suite that has others.`,
    )
    .action((options: ForceOptions) => update(shell, options));
  command
    .command('import <path>')
    .summary('take one from a file or a folder')
    .description(
      'Takes a database from an archive (db.tar.gz, or javadb.tar.gz of Java archives, as published) or from ' +
        'a folder with trivy.db or trivy-java.db, and metadata.json. Nothing is downloaded.',
    )
    .option('--force', forced)
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay database import db.tar.gz
  assay database import javadb.tar.gz
  assay database import ~/.cache/trivy/db`,
    )
    .action((path: string, options: ForceOptions) => importFrom(shell, path, options));
  command
    .command('list', { isDefault: true })
    .summary('list the databases')
    .description('Lists the databases that were announced. Those that are stored can be used again.')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples\n  assay database\n  assay database list --json')
    .action((options: Options) => list(shell, options));
  command
    .command('use')
    .summary('use a stored one again')
    .argument('<digest>', 'as in `assay database list`', digestIn)
    .description('Announces a stored database again. Every image is assessed by it, also if it is older.')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples\n  assay database use sha256:<64 hex digits>')
    .action((digest: string, options: Options) => use(shell, digest, options));
  command
    .command('verify')
    .summary('read the stored archive of the one in use again')
    .description('Reads the archive of the database in use from the blob store, to its last page.')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples\n  assay database verify')
    .action((options: Options) => verify(shell, options));
  command
    .command('recall')
    .summary('stop trusting one')
    .argument('<digest>', 'as in `assay database list`', digestIn)
    .description(
      'Recalls a database. If it is in use, the last one that came into use seven days ago or earlier takes its ' +
        'place, or else the one before, and every image is assessed again. Until then, images that were assessed by ' +
        'it last are undetermined. It is not taken from a source any more. Prints first what that changes, and ends ' +
        'when the gate obeys.',
    )
    .option('--dry-run', 'show what it would change, and recall nothing')
    .addOption(whyOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', "\nExamples\n  assay database recall sha256:<64 hex digits> --why 'it lacks Debian'")
    .action((digest: string, options: RecallOptions) => recall(shell, digest, options));
};

const digestIn = (text: string): string => {
  if (isDigest(text)) return text;
  throw new InvalidArgumentError('A database is named by sha256: and 64 hex digits, as in `assay database list`.');
};

/** The orders of this command, to a running suite or in a data folder without one. */
type Orders = Pick<
  Api,
  | 'databases'
  | 'javaDatabases'
  | 'databaseOrder'
  | 'useDatabase'
  | 'recallDatabase'
  | 'lookAtRecall'
  | 'heldDatabase'
  | 'releaseDatabase'
  | 'refuseDatabase'
> &
  // Only a suite has these.
  Partial<Pick<Api, 'runners' | 'services' | 'obeysRecall'>>;

const isRemote = (shell: Shell, data: DataFolder): boolean =>
  Boolean(clientSettings.read(shell.env).url) && !data.isGiven;

/** True if the order would begin a log in a folder that has none. Only one that brings a database may. */
const isEmpty = (shell: Shell, data: DataFolder): boolean =>
  !isRemote(shell, data) && !existsSync(data.log) && !existsSync(data.endpoint);

/**
 * True if the command speaks to a suite, and does not work on the log itself.
 *
 * @throws Failure `no-suite` if a suite that the folder belongs to does not answer
 */
const isServed = async (shell: Shell, data: DataFolder): Promise<boolean> => {
  if (isRemote(shell, data) || (await runningSuite(data))) return true;
  await requireOwnLog(shell, data);
  return false;
};

/** @throws Failure `not-found` if there is no database to use, verify or recall */
const requireDatabases = (shell: Shell, data: DataFolder): DataFolder => {
  if (!isEmpty(shell, data)) return data;
  throw new Failure(
    'not-found',
    `no database was announced yet in ${shownPath(shell, data.path)}`,
    'take one by `assay database update`, or give another --data folder',
  );
};

export const withOrders = async <T>(
  shell: Shell,
  data: DataFolder,
  work: (orders: Orders) => Promise<T>,
): Promise<T> => {
  if (await isServed(shell, data)) return work((await connectToRunning(shell, data, 'start one with `assay up`')).api);
  const { withKeeper } = await import('../../databases/orders.ts');
  return withKeeper(shell, data, (keeper) =>
    work({
      databases: () => keeper.list(),
      javaDatabases: () => keeper.listJava(),
      databaseOrder: (order, content, onProgress) => {
        const { force, ...blob } = content as { force?: boolean } & Parameters<typeof keeper.import>[0];
        if (order === 'verify') return keeper.verify();
        return order === 'update'
          ? keeper.update({ isForced: force, onProgress })
          : keeper.import(blob, { isForced: force, onProgress });
      },
      useDatabase: (digest) => keeper.use(digest),
      heldDatabase: () => keeper.held(),
      releaseDatabase: (digest, healthy, why) => keeper.release(digest, healthy, { by: 'operator', why }),
      refuseDatabase: (digest, why) => keeper.refuse(digest, { by: 'operator', why }),
      lookAtRecall: (digest) => keeper.lookAtRecall(digest),
      recallDatabase: async (digest, why) => {
        const instead = await keeper.recall(digest, { by: 'operator', why });
        return { digest, ...(instead ? { instead } : {}) };
      },
    }),
  );
};

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

const progressTo =
  ({ terminal }: Shell) =>
  (progress: OrderProgress): void =>
    terminal.progress(
      'of' in progress
        ? `database: it takes much away; ${progress.answered} of ${progress.of} partitions of the runners answered`
        : `database: ${megabytes(progress.doneBytes)} of ${megabytes(progress.totalBytes)} from ${progress.source}`,
    );

const ended = ({ terminal }: Shell, json: boolean | undefined, outcome: DatabaseOutcome): void => {
  if (json) return terminal.json(outcome);
  terminal.result(outcomeText(outcome));
  const { java, lacks = [] } = outcome;
  if (lacks.length > 0) terminal.note(lacksText(lacks));
  for (const line of [...(outcome.lagging ?? []), ...(java?.lagging ?? [])]) terminal.note(line);
  const failed = [...(outcome.failed ?? []), ...(java?.failed ?? [])];
  if (failed.length > 0) terminal.note(`not used: ${failed.join('; ')}`);
  if (java?.outcome === 'failed')
    terminal.note(withSteps(`no Java database could be taken: ${java.why ?? 'unknown'}`, java.remedy));
};

const lacksText = (lacks: readonly string[]): string =>
  `note: it has nothing of ${lacks.length} releases in support (${lacks.slice(0, 6).join(', ')}` +
  `${lacks.length > 6 ? ', …' : ''}): images of them stay undetermined (advisories-missing)`;

const lineOf = (
  name: string,
  { outcome, digest = '', builtAt = '', entries, source }: NonNullable<DatabaseOutcome['java']>,
): string => {
  const details = [
    ...(entries === undefined ? [] : [`${entries.toLocaleString('en')} entries`]),
    ...(source === undefined ? [] : [`from ${source}`]),
  ].join(', ');
  const state = outcome === 'updated' ? 'is in use from now on' : 'is in use already';
  return `${name} of ${builtAt} (${digest}) ${state}${details === '' ? '.' : `: ${details}.`}`;
};

const outcomeText = ({ java, ...database }: DatabaseOutcome): string =>
  [
    lineOf('The database', database),
    ...(java && java.outcome !== 'failed' ? [lineOf('The Java database', java)] : []),
  ].join('\n');

/** The scanners of a remote suite are elsewhere. */
const noteScanner = async (shell: Shell, data: DataFolder): Promise<void> => {
  if (isRemote(shell, data)) return;
  const { noteOutdatedScanner } = await import('../../databases/outdated.ts');
  await noteOutdatedScanner(shell);
};

/** Waits for the runners of a suite. Without one, the first runner of the next suite proves what was taken. */
const provenLine = async (
  { terminal }: Shell,
  orders: Orders,
  outcome: DatabaseOutcome,
): Promise<string | undefined> => {
  const { provenOf } = await import('../../databases/proof.ts');
  const runners = orders.runners?.bind(orders);
  if (runners) return provenOf(outcome, { runners, progress: terminal.progress });
  return [outcome.outcome, outcome.java?.outcome].includes('updated')
    ? 'no runner runs here: the next suite on --data proves it by its canary'
    : undefined;
};

/** The places that the environment names. A running suite refuses others than its own. */
const sourcesOf = async ({ env }: Shell): Promise<{ readonly sources?: readonly string[] }> => {
  const { databaseSettings } = await import('@assay/ingestion');
  const { databaseSources } = databaseSettings.read(env);
  return databaseSources ? { sources: databaseSources.map(({ name }) => name) } : {};
};

const ordered = async (
  shell: Shell,
  data: DataFolder,
  json: boolean | undefined,
  order: 'update' | 'import',
  content: object,
): Promise<void> => {
  await withOrders(shell, data, async (orders) => {
    const outcome = await orders.databaseOrder(order, content, progressTo(shell));
    const line = await provenLine(shell, orders, outcome);
    ended(shell, json, outcome);
    if (line !== undefined) shell.terminal.note(line);
  });
  await noteScanner(shell, data);
};

const update = async (shell: Shell, { data: folder, json, force = false }: ForceOptions): Promise<void> => {
  shell.terminal.progress('database: looking for a newer one');
  await ordered(shell, dataOf(shell, folder), json, 'update', { force, ...(await sourcesOf(shell)) });
};

const importFrom = async (
  shell: Shell,
  path: string,
  { data: folder, json, force = false }: ForceOptions,
): Promise<void> => {
  const data = dataOf(shell, folder);
  await isServed(shell, data);
  const { storeArchive } = await import('../../databases/orders.ts');
  shell.terminal.progress(`database: storing ${path}`);
  await ordered(shell, data, json, 'import', { ...(await storeArchive(shell, data, path)), force });
};

const use = async (shell: Shell, digest: string, { data, json }: Options): Promise<void> =>
  ended(
    shell,
    json,
    await withOrders(shell, requireDatabases(shell, dataOf(shell, data)), (orders) => orders.useDatabase(digest)),
  );

const verify = async (shell: Shell, { data, json }: Options): Promise<void> => {
  const outcome = await withOrders(shell, requireDatabases(shell, dataOf(shell, data)), (orders) =>
    orders.databaseOrder('verify', {}, progressTo(shell)),
  );
  if (json) return shell.terminal.json(outcome);
  const { java } = outcome;
  shell.terminal.result(
    `The archive of the database of ${outcome.builtAt} (${outcome.digest}) is whole.` +
      (java ? `\nThe archive of the Java database of ${java.builtAt} (${java.digest}) is whole.` : ''),
  );
};

const recall = async (shell: Shell, digest: string, { data, json, why, dryRun }: RecallOptions): Promise<void> =>
  withOrders(shell, requireDatabases(shell, dataOf(shell, data)), async (orders) => {
    const { terminal } = shell;
    const { recallText, untilObeyed } = await import('../../databases/recalled.ts');
    terminal.progress('database: asking what a recall changes');
    const view = await orders.lookAtRecall(digest);
    if (dryRun) return json ? terminal.json(view) : terminal.result(recallText(view));
    terminal.note(recallText(view));
    const answer = await orders.recallDatabase(digest, why);
    const obeys = orders.obeysRecall?.bind(orders);
    if (obeys) await untilObeyed(() => obeys(digest), terminal.progress);
    if (json) return terminal.json({ ...view, ...answer });
    terminal.result(
      `The database ${digest} is recalled${obeys ? ', and the gate obeys' : ''}.` +
        (answer.instead ? `\n${outcomeText(answer.instead)}` : ' It was not in use.'),
    );
  });

const list = async (shell: Shell, { data: folder, json }: Options): Promise<void> => {
  const data = dataOf(shell, folder);
  const [databases, java, held, standings = []] = isEmpty(shell, data)
    ? [[], []]
    : await withOrders(shell, data, (orders) =>
        Promise.all([
          orders.databases(),
          orders.javaDatabases(),
          orders.heldDatabase(),
          orders.services?.().catch(() => []),
        ]),
      );
  if (json) return shell.terminal.json({ databases, java, ...(held ? { held } : {}) });
  const [{ lacks = [] } = {}] = databases;
  shell.terminal.result(
    [
      listText(shell.terminal, databases, java),
      ...(lacks.length > 0 ? [lacksText(lacks)] : []),
      ...(held ? [held.note] : []),
    ].join('\n\n'),
  );
  for (const line of agingLines(standings)) if (line !== held?.note) shell.terminal.note(line);
};

const listText = (
  { width, colors }: Pick<Terminal, 'width' | 'colors'>,
  databases: readonly DatabaseAnswer[],
  java: readonly JavaDatabaseAnswer[],
): string => {
  if (databases.length === 0) return 'No database was announced yet. `assay database update` takes one from a mirror.';
  const all = [
    ...databases.map((each) => ({ ...each, kind: each.demonstration ? ' (demonstration)' : '' })),
    ...java.map((each) => ({ ...each, kind: ' (Java)' })),
  ];
  const rows = all.map(({ builtAt, state, kind, bytes, entries, digest }) => [
    minuteOf(builtAt),
    `${state === 'in-use' ? 'in use' : state}${kind}`,
    bytes === undefined ? '' : megabytes(bytes),
    entries === undefined ? '' : entries.toLocaleString('en'),
    digest,
  ]);
  return table(
    [
      { title: 'BUILT' },
      { title: 'STATE' },
      { title: 'SIZE', align: 'right' },
      { title: 'ENTRIES', align: 'right' },
      { title: 'DIGEST', grows: true },
    ],
    rows,
    width,
    colors.dim,
  );
};
