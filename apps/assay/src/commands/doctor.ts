import type { Command } from 'commander';
import type { WallCheck } from '@assay/sandbox-runner';
import type { Check, Examination } from '../doctor/check.ts';
import { dataOf, dataOption, homeOf, jsonOption, type Shell } from '../shell.ts';
import { exitCodes } from '../terminal/failure.ts';
import { broken } from '../terminal/table.ts';

interface Options {
  data?: string;
  json?: boolean;
}

export const registerDoctor = (program: Command, shell: Shell): void => {
  program
    .command('doctor')
    .summary('what is there, what is missing, how to get it')
    .description(
      'Looks at everything that a scan needs on this machine, tries each wall of the sandbox, asks the suite ' +
        'that runs how each of its services stands, what stands still and what is parked, and Kafka and Redis ' +
        'where ASSAY_KAFKA_BROKERS and ASSAY_REDIS_URL name them. Fetches nothing, and changes nothing in ' +
        'either.',
    )
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Exit 0 where a scan can run, 1 where none can: one wall of the sandbox that does
not stand, one service of the suite that is dead, or a partition that stands
still, is enough. A scanner that is missing and can be fetched is fetched by the
first start.`,
    )
    .action(async ({ data, json }: Options) => {
      const { examine } = await import('../doctor/examine.ts');
      shell.terminal.progress('trying the walls of the sandbox');
      const examination = await examine({ env: shell.env, home: homeOf(shell), data: dataOf(shell, data) });
      if (json) shell.terminal.json(examination);
      else shell.terminal.result(doctorText(shell, examination));
      if (!examination.canScan || examination.unwell.length > 0) process.exitCode = exitCodes.failed.code;
    });
};

type Terminal = Pick<Shell, 'terminal'>;

const indentedBy =
  (indent: number, width: number) =>
  (text: string): string =>
    broken(text, width - indent).replaceAll('\n', `\n${' '.repeat(indent)}`);

const checkText = ({ terminal: { colors, width } }: Terminal, checks: readonly Check[]): string[] => {
  const signs = { good: colors.green('ok'), 'could-be-better': colors.yellow('!!'), bad: colors.red('no') };
  const names = Math.max(...checks.map(({ name }) => name.length));
  const indented = indentedBy(names + 5, width);
  return checks.flatMap(({ name, state, found, remedies = [] }) => [
    `${signs[state]} ${name.padEnd(names)}  ${indented(found)}`,
    ...remedies.map((remedy) => `${' '.repeat(names + 5)}${colors.dim(indented(remedy))}`),
  ]);
};

/** Prints one line for each wall that stands, and evidence and remedies for a wall that does not. */
export const wallText = ({ terminal: { colors, width } }: Terminal, walls: readonly WallCheck[]): string[] => {
  const signs = {
    stands: colors.green('ok'),
    'not-here': colors.dim('--'),
    unknown: colors.yellow('??'),
    missing: colors.red('no'),
  };
  const indented = indentedBy(5, width);
  return walls.flatMap(({ name, stops, state, found, remedy }) => [
    `${signs[state]} ${indentedBy(3, width)(`${name}: without it ${stops}`)}`,
    ...(state === 'stands'
      ? []
      : [
          `     ${colors.dim(indented(found))}`,
          ...(remedy === undefined ? [] : [`     ${colors.dim(indented(remedy))}`]),
        ]),
  ]);
};

export const doctorText = (shell: Terminal, { canScan, unwell, checks, walls }: Examination): string => {
  const { colors } = shell.terminal;
  const end = !canScan
    ? colors.red('No scan can run on this machine as it is.')
    : unwell.length > 0
      ? colors.red(`A scan could run on this machine, but the suite is not well: ${unwell.join(', ')}.`)
      : colors.green('A scan can run.');
  return [
    ...checkText(shell, checks),
    ...(walls.length > 0 ? ['', 'Walls of the sandbox, each of them tried:', ...wallText(shell, walls)] : []),
    '',
    end,
  ].join('\n');
};
