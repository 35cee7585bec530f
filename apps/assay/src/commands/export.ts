import { Option, type Command } from 'commander';
import { faultOf } from '@assay/billing/export/tally';
import { withApi } from '../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../shell.ts';
import { Failure } from '../terminal/failure.ts';
import { periodIn } from './options.ts';

interface Options {
  format: string;
  profile: string;
  period?: string;
  data?: string;
  json?: boolean;
}

export const registerExport = (program: Command, shell: Shell): void => {
  program
    .command('export')
    .summary('print the charges, one line each')
    .description('Writes the charges to stdout, one line each, in FOCUS columns.')
    .addOption(new Option('--format <format>', 'the only format so far').choices(['focus-csv']).default('focus-csv'))
    .addOption(
      new Option(
        '--profile <profile>',
        'the columns: FOCUS 1.2, or also the old ones that the\nofficial validator requires',
      )
        .choices(['focus-1.2', 'focus-1.0'])
        .default('focus-1.2'),
    )
    .option('--period <month>', 'charges of one month (UTC), such as 2026-11; default: all', periodIn)
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay export --format focus-csv --period 2026-11 > charges.csv
  assay export --data .assay/demo
  assay export --json     with the cause of each charge, and totals`,
    )
    .action(({ format, profile, period, data, json }: Options) =>
      withApi(shell, dataOf(shell, data), async (api) => {
        if (json) return shell.terminal.json(await api.charges(period));
        const { file, ...tally } = await api.export(format, period, profile);
        shell.terminal.raw(file);
        const fault = faultOf(file, tally);
        if (fault) throw new Failure('failed', `the export is incomplete: ${fault}`, 'do not use this file; try again');
        const { charges, total, waiting } = tally;
        shell.terminal.note(
          charges === 0
            ? `there are no charges${period === undefined ? '' : ` in ${period}`}`
            : `${charges} ${charges === 1 ? 'charge' : 'charges'}, ${total}`,
        );
        if (waiting > 0)
          shell.terminal.note(
            `${waiting} more ${waiting === 1 ? 'waits' : 'wait'} for a price: \`assay charges --open\` lists them`,
          );
      }),
    );
};
