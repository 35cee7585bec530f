import { InvalidArgumentError, type Command } from 'commander';
import { present } from '@assay/events/present';
import type { PeriodAnswer } from '../../client/answers.ts';
import { withApi, connectToRunning } from '../../client/connection.ts';
import { dataOf, dataOption, jsonOption, type Shell } from '../../shell.ts';
import { oneLine } from '../../terminal/colors.ts';
import { Failure } from '../../terminal/failure.ts';
import { table } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { periodIn, whyOption } from '../options.ts';

interface ReadOptions {
  data?: string;
  json?: boolean;
}
interface OrderOptions extends ReadOptions {
  why: string;
}
interface CloseOptions extends OrderOptions {
  total?: string;
}
interface CorrectOptions extends OrderOptions {
  amount?: string;
}

type PeriodFile = NonNullable<PeriodAnswer['file']>;

const needsSuite = 'start one with `assay up`';

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
    .summary('close a month, and keep its export')
    .description(
      'Closes a month that is over. Its export is made once and kept, with its SHA-256 in the log. Later ' +
        'charges and corrections go to the bill of the next open month, with the day of the assessment. Run it ' +
        'again to continue an interrupted closing, or to see the kept file.',
    )
    .addOption(whyOption())
    .option(
      '--total <sum>',
      "the sum that is to be fixed, such as '7.54 USD': without a\nterminal to ask on it is needed",
    )
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples
  assay billing close 2026-11 --why 'month end'
  assay billing close 2026-11 --why 'month end' --total '7.54 USD'`,
    )
    .action((month: string, options: CloseOptions) => close(shell, month, options));
  billing
    .command('correct <charge>')
    .summary('give back a charge, or a part of it')
    .description(
      'Gives back the rest of a charge, or adds an amount to it. The charge stays. The correction is a line of ' +
        'its own, with author and reason, on the bill of an open month.',
    )
    .option(
      '--amount <amount>',
      'amount to add, below zero to give back, in the currency\nof the charge; default: give back the rest',
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
    .summary('list the closed months')
    .description('Lists the closed months with their totals.')
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

/** The sum that is to be fixed: as it is given, or as a person agrees to it. */
const agreed = async ({ terminal }: Shell, month: string, found: Pick<PeriodFile, 'totals'>): Promise<string> => {
  const sum = totalsText(found);
  const answer = await terminal.answer(
    `The sum of ${month} is ${sum}. Closed, it cannot be opened again. Close it? [y/N] `,
  );
  if (answer === undefined)
    throw new Failure(
      'usage',
      `the sum of ${month} is ${sum}, and nobody can be asked whether to fix it`,
      `read its charges with \`assay charges --period ${month}\`, then add --total '${sum}'`,
    );
  if (!/^y(es)?$/i.test(answer)) throw new Failure('failed', `${month} is not closed`);
  return sum;
};

const close = async (shell: Shell, month: string, { why, total, data, json }: CloseOptions): Promise<void> => {
  const { api } = await connectToRunning(shell, dataOf(shell, data), needsSuite);
  const { totals, waiting } = await api.charges(month);
  // A month that is closed or being closed can be asked for again.
  const isBegun = total === undefined && (await api.periods()).some((one) => one.period === month);
  const sum = total ?? (isBegun ? undefined : await agreed(shell, month, { totals }));
  shell.terminal.progress(`closing ${month} …`);
  const period = await api.closePeriod(month, why, sum);
  if (json) return shell.terminal.json(period);
  if (waiting.length > 0)
    shell.terminal.note(
      `${waiting.length} more ${waiting.length === 1 ? 'waits' : 'wait'} for a price and go to a later bill: ` +
        '`assay charges --open` lists them',
    );
  const { since, by } = period;
  const file = fileOf(period);
  shell.terminal.result(
    `${month} is closed: ${file.charges === 1 ? '1 charge' : `${file.charges} charges`}, ` +
      `${totalsText(file)}.\nIts export has ${file.bytes} bytes and ${file.sha256}, closed ${since} by ` +
      `${oneLine(by)}.`,
  );
};

const correct = async (shell: Shell, charge: string, { amount, why, data, json }: CorrectOptions): Promise<void> => {
  const { api } = await connectToRunning(shell, dataOf(shell, data), needsSuite);
  const correction = await api.correctCharge(charge, why, amount);
  if (json) return shell.terminal.json(correction);
  if (correction.amount === undefined)
    return shell.terminal.result(
      `The correction of charge ${charge} is ordered and will be on the bill within moments.`,
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
  throw new InvalidArgumentError('An amount is a decimal such as 0.10, or -0.10 to give back: --amount=-0.10.');
};

const fileOf = ({ file }: PeriodAnswer): PeriodFile => present(file, 'file of the closed period');

const totalsText = ({ totals }: Pick<PeriodFile, 'totals'>): string =>
  totals.map(({ amount, currency }) => `${amount} ${currency}`).join(', ') || '0';

const periodsText = (
  { width, colors }: Pick<Terminal, 'width' | 'colors'>,
  periods: readonly PeriodAnswer[],
): string => {
  if (periods.length === 0) return 'No month is closed. `assay billing close --help` explains how to close one.';
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
