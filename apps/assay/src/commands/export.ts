import { Option, type Command } from 'commander';
import { asking } from '../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../shell.ts';
import { periodIn } from './options.ts';

interface Options { format: string; period?: string; data?: string; json?: boolean }

export const registerExport = (program: Command, shell: Shell): void => {
  program.command('export').summary('the charges, one line each')
    .description('Writes the charges to stdout, one line each, in FOCUS columns.')
    .addOption(new Option('--format <format>', 'the only one so far').choices(['focus-csv']).default('focus-csv'))
    .option('--period <month>', 'charges of one month (UTC), as in 2026-11; else all', periodIn)
    .addOption(dataOption()).addOption(jsonOption())
    .addHelpText('after', `
Examples
  assay export --format focus-csv --period 2026-11 > charges.csv
  assay export --data .assay/demo
  assay export --json     with what caused each, and totals`)
    .action(({ format, period, data, json }: Options) => asking(shell, dataOf(shell, data), async (api) => {
      const charges = await api.charges(period);
      if (json) return shell.terminal.json(charges);
      shell.terminal.raw(await api.export(format, period));
      const totals = charges.totals.map(({ amount, currency, charges: count }) => `${count} ${count === 1 ? 'charge' : 'charges'}, ${amount} ${currency}`).join('; ');
      shell.terminal.note(totals || `nothing was charged${period === undefined ? '' : ` in ${period}`}`);
    }));
};
