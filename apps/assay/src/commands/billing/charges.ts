import type { Command } from 'commander';
import type { ChargesAnswer } from '../../client/answers.ts';
import { withApi } from '../../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { oneLine } from '../../terminal/colors.ts';
import { table } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { shortName } from '../../terminal/format.ts';
import { periodIn } from '../options.ts';

interface Options {
  period?: string;
  open?: boolean;
  data?: string;
  json?: boolean;
}

export const registerCharges = (program: Command, shell: Shell): void => {
  program
    .command('charges')
    .summary('show the total, and the assessments without a price')
    .description('Shows the total of the charges, and how many assessments wait for a price.')
    .option('--period <month>', 'charges of one month (UTC), such as 2026-11; default: all', periodIn)
    .option('--open', 'list assessments that no price rule covers on their day')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay charges --period 2026-11
  assay charges --open       then fix ASSAY_PRICES, and restart billing
  assay export --period 2026-11 > charges.csv     one line each`,
    )
    .action(({ period, open, data, json }: Options) =>
      withApi(shell, dataOf(shell, data), async (api) => {
        const charges = await api.charges(period);
        if (json) return shell.terminal.json(open ? charges.waiting : charges);
        shell.terminal.result(open ? waitingText(shell.terminal, charges) : chargesText(charges, period));
      }),
    );
};

const numbered = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** @returns text like `3 charges and 1 correction` */
const linesText = (charges: number, corrections: number): string =>
  [
    ...(charges > 0 || corrections === 0 ? [numbered(charges, 'charge')] : []),
    ...(corrections > 0 ? [numbered(corrections, 'correction')] : []),
  ].join(' and ');

export const chargesText = ({ totals, value, waiting }: ChargesAnswer, period?: string): string => {
  const when = period === undefined ? '' : ` in ${period}`;
  const correctionsIn = (currency: string): number =>
    value.filter((line) => line.currency === currency && line.correctionOf !== undefined).length;
  const lines = totals.map(
    ({ amount, currency, charges }) =>
      `${linesText(charges - correctionsIn(currency), correctionsIn(currency))}${when}: ${amount} ${currency}.`,
  );
  const open =
    waiting.length === 0
      ? []
      : [
          `${waiting.length === 1 ? '1 assessment waits' : `${waiting.length} assessments wait`} for a price: ` +
            '`assay charges --open` lists them.',
        ];
  return [...(lines.length > 0 ? lines : [`There are no charges${when}.`]), ...open].join('\n');
};

const waitingText = ({ width, colors }: Pick<Terminal, 'width' | 'colors'>, { waiting }: ChargesAnswer): string => {
  if (waiting.length === 0) return 'Nothing waits for a price.';
  const rows = waiting.map(({ chargedFor, subscriptionId, repository, digest }) => [
    chargedFor.slice(0, 10),
    oneLine(subscriptionId),
    oneLine(shortName(`${repository}@${digest}`)),
  ]);
  return table(
    [{ title: 'DAY WITHOUT A PRICE' }, { title: 'SUBSCRIPTION' }, { title: 'IMAGE', grows: true }],
    rows,
    width,
    colors.dim,
  );
};
