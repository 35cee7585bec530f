import { InvalidArgumentError, type Command } from 'commander';
import { present } from '@assay/events';
import type { PeriodAnswer } from '../client/answers.ts';
import { withApi, connectToRunning } from '../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../shell.ts';
import { oneLine } from '../terminal/colors.ts';
import { table } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { periodIn, whyOption } from './options.ts';

interface ReadOptions {
  data?: string;
  json?: boolean;
}
interface OrderOptions extends ReadOptions {
  why: string;
}
interface CorrectOptions extends OrderOptions {
  amount?: string;
}

const needsSuite = 'start one with `assay up`: its services carry it out';

export const registerBilling = (program: Command, shell: Shell): void => {
  const billing = program
    .command('billing')
    .summary('close a month, correct a charge')
    .description('Closes months of the bill, and corrects charges.')
    .addHelpText(
      'after',
      `
Examples
  assay billing close 2026-11 --why 'month end'
  assay billing correct <charge id> --why 'pushed by a test'
  assay billing periods`,
    );
  billing
    .command('close')
    .argument('<month>', 'such as 2026-11', periodIn)
    .summary('make and keep the export of a month')
    .description(
      'Closes a month that is over: its export is made once and kept, with its SHA-256 in the log. What ' +
        'comes later is on the bill of the next open month, with the day that it is for. Called again it goes ' +
        'on where it was left, or says what is kept.',
    )
    .addOption(whyOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay billing close 2026-11 --why 'month end'`,
    )
    .action((month: string, options: OrderOptions) => close(shell, month, options));
  billing
    .command('correct <charge>')
    .summary('give back a charge, or some of it')
    .description(
      'Gives back what is left of a charge, or adds an amount to it. The charge stays; the correction is a ' +
        'line of its own, with who and why, on the bill of a month that is open.',
    )
    .option(
      '--amount <amount>',
      'how much to add, below zero to give back, in the\ncurrency of the charge; else all of it is given back',
      amountIn,
    )
    .addOption(whyOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay billing correct <x_AssayChargeId> --why 'pushed by a test'
  assay billing correct <x_AssayChargeId> --amount=-0.10 --why 'discount'`,
    )
    .action((charge: string, options: CorrectOptions) => correct(shell, charge, options));
  billing
    .command('periods')
    .summary('the months that are closed')
    .description('Lists the months that are closed, with what they came to.')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay billing periods --json     with the SHA-256 of each file`,
    )
    .action(({ data, json }: ReadOptions) =>
      withApi(shell, dataOf(shell, data), async (api) => {
        const periods = await api.periods();
        if (json) return shell.terminal.json(periods);
        shell.terminal.result(periodsText(shell.terminal, periods));
      }),
    );
};

const close = async (shell: Shell, month: string, { why, data, json }: OrderOptions): Promise<void> => {
  const { api } = await connectToRunning(shell, dataOf(shell, data), needsSuite);
  shell.terminal.progress(`closing ${month} …`);
  const period = await api.closePeriod(month, why);
  if (json) return shell.terminal.json(period);
  const { waiting } = await api.charges(month);
  if (waiting.length > 0)
    shell.terminal.note(
      `${waiting.length} more ${waiting.length === 1 ? 'waits' : 'wait'} for a price, and will be on a later ` +
        `bill: \`assay charges --open\` lists them`,
    );
  const { since, by } = period;
  const file = fileOf(period);
  shell.terminal.result(
    `${month} is closed: ${file.charges === 1 ? '1 charge' : `${file.charges} charges`}, ${totalsText(file)}.\n` +
      `Its export has ${file.bytes} bytes and ${file.sha256}, since ${since} by ${oneLine(by)}.`,
  );
};

const correct = async (shell: Shell, charge: string, { amount, why, data, json }: CorrectOptions): Promise<void> => {
  const { api } = await connectToRunning(shell, dataOf(shell, data), needsSuite);
  const correction = await api.correctCharge(charge, why, amount);
  if (json) return shell.terminal.json(correction);
  if (correction.amount === undefined)
    return shell.terminal.result(
      `The correction of charge ${charge} is ordered; it will be on the bill within moments.`,
    );
  const { amount: by, billedIn } = correction;
  const currency = present(correction.currency, 'currency of the correction');
  const chargedFor = present(correction.chargedFor, 'day of the correction');
  shell.terminal.result(
    `Charge ${charge} is corrected by ${by} ${currency}, for ${chargedFor.slice(0, 10)}, on the bill of ` +
      `${billedIn ?? chargedFor.slice(0, 7)}.`,
  );
};

const amountIn = (text: string): string => {
  if (/^-?\d{1,12}(\.\d{1,9})?$/.test(text)) return text;
  throw new InvalidArgumentError('An amount is decimal, such as 0.10, and below zero to give back: --amount=-0.10.');
};

type PeriodFile = NonNullable<PeriodAnswer['file']>;

const fileOf = ({ file }: PeriodAnswer): PeriodFile => present(file, 'file of the closed period');

const totalsText = ({ totals }: PeriodFile): string =>
  totals.map(({ amount, currency }) => `${amount} ${currency}`).join(', ') || 'nothing';

const periodsText = (
  { width, colors }: Pick<Terminal, 'width' | 'colors'>,
  periods: readonly PeriodAnswer[],
): string => {
  if (periods.length === 0) return 'No month is closed: `assay billing close --help` says how to close one.';
  const rows = periods.map((period) => [
    period.period,
    period.state,
    period.file ? String(period.file.charges) : '',
    period.file ? totalsText(period.file) : '',
    `${period.since.slice(0, 10)} ${oneLine(`${period.why} (${period.by})`)}`,
  ]);
  return table(
    [
      { title: 'MONTH' },
      { title: 'STATE' },
      { title: 'CHARGES', align: 'right' },
      { title: 'TOTAL' },
      { title: 'SINCE, WHY AND BY WHOM', grows: true },
    ],
    rows,
    width,
    colors.dim,
  );
};
