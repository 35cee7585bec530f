import { Option, type Command } from 'commander';
import type { Cleaned } from '@assay/sandbox-runner';
import { dataOf, dataOption, failuresTo, homeOf, jsonOption, type Shell } from '../../shell.ts';
import { Failure } from '../../terminal/failure.ts';
import { table } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { refuseUnlessAlone } from './alone.ts';
import { daysIn } from '../options.ts';

interface Options {
  data?: string;
  json?: boolean;
  days?: number;
  dryRun?: boolean;
}

export const registerBlobs = (program: Command, shell: Shell): void => {
  const command = program
    .command('blobs')
    .summary('delete inventories and reports that nothing names any more')
    .description(
      'The blob store holds the inventories of images and the reports of scanners, the exports of closed months ' +
        'and snapshots. Only inventories and reports are ever deleted, once no standing result and no open job has ' +
        'named them for ASSAY_BLOB_DAYS days. A runner does so daily.',
    );
  command
    .command('clean')
    .summary('delete them now')
    .description(
      'Reads all states of the runners, and then deletes the inventories and reports that none of them has named ' +
        'for so many days. If a state cannot be read, or the store is being filled from the log, nothing is deleted. ' +
        'With Kafka and Redis (ASSAY_KAFKA_BROKERS, ASSAY_REDIS_URL) and the ASSAY_BLOBS of the runners, the ' +
        'services keep running meanwhile. With --data, or without these settings, no suite may run meanwhile.',
    )
    .option('--dry-run', 'count only, and delete nothing')
    .addOption(new Option('--days <days>', 'days that they are kept, instead of ASSAY_BLOB_DAYS').argParser(daysIn))
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay blobs clean --dry-run
  assay blobs clean --days 30 --data .assay/demo`,
    )
    .action((options: Options) => cleaned(shell, options));
};

const cleaned = async (shell: Shell, { data: folder, json, dryRun = false, days: given }: Options): Promise<void> => {
  const { blobDays, cleanData, cleanDistributed } = await import('../../blobs/cleaning.ts');
  const days = given ?? blobDays(shell.env);
  if (days === 0)
    throw new Failure(
      'usage',
      'ASSAY_BLOB_DAYS is 0: blobs are kept for ever',
      'give --days to delete some all the same',
    );
  const { isDistributed } = await import('../../rebuild/distributed.ts');
  const data = dataOf(shell, folder);
  const options = { data, home: homeOf(shell), env: shell.env, failed: failuresTo(shell), days, dryRun };
  let found: Cleaned;
  if (folder === undefined && isDistributed(shell.env)) found = await cleanDistributed(options);
  else {
    await refuseUnlessAlone(shell, data);
    found = await cleanData(options);
  }
  if (json) shell.terminal.json(found);
  else shell.terminal.result(cleanedTable(shell.terminal, found));
};

export const cleanedTable = (
  { width, colors }: Pick<Terminal, 'width' | 'colors'>,
  { days, dryRun, held, areas }: Cleaned,
): string => {
  const count = ({ blobs, bytes }: Cleaned['areas'][number]['named']): string =>
    `${blobs} (${(bytes / 1_000_000).toFixed(1)} MB)`;
  const laid = table(
    [
      { title: 'AREA', grows: true },
      { title: 'NAMED', align: 'right' },
      { title: 'UNNAMED, KEPT', align: 'right' },
      { title: dryRun ? 'TO BE DELETED' : 'DELETED', align: 'right' },
    ],
    areas.map(({ area, named, waiting, deleted }) => [area, count(named), count(waiting), count(deleted)]),
    width,
    colors.dim,
  );
  const end = held
    ? 'Nothing is deleted, because no result names any blob: the log or the store may be another one than that of ' +
      'these blobs.'
    : `What nothing names is kept for ${days} ${days === 1 ? 'day' : 'days'}.`;
  return [laid, '', end].join('\n');
};
