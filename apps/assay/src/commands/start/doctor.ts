import type { Command } from 'commander';
import type { WallCheck } from '@assay/sandbox-runner';
import type { Check, Examination } from '../../doctor/check.ts';
import { dataOf, dataOption, homeOf, jsonOption, type Shell } from '../../shell.ts';
import { exitCodes } from '../../terminal/failure.ts';
import { broken } from '../../terminal/table.ts';

interface Options {
  data?: string;
  json?: boolean;
}

export const registerDoctor = (program: Command, shell: Shell): void => {
  program
    .command('doctor')
    .summary('check what a scan needs, and how to get it')
    .description(
      'Checks everything that a scan needs on this machine, and tries each wall of the sandbox. Reads the state of ' +
        'the running suite: its services, its partitions at a standstill, its parked events. Checks Kafka and Redis ' +
        'if ASSAY_KAFKA_BROKERS and ASSAY_REDIS_URL name them. Downloads nothing and changes nothing.',
    )
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
The verdict comes first, then the problems with their remedies, then what is in
order, then the walls of the sandbox with the attacks that they stop.

Exit 0 if a scan can run. Exit 1 if none can, if one wall of the sandbox does
not stand, if one service of the suite does not work, or if one partition is at
a standstill. A missing scanner is no fault if the first start can download it.`,
    )
    .action(async ({ data, json }: Options) => {
      const { examine } = await import('../../doctor/examine.ts');
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

const checkText = ({ terminal: { colors, width } }: Terminal, checks: readonly Check[], names: number): string[] => {
  const signs = { good: colors.green('ok'), 'could-be-better': colors.yellow('!!'), bad: colors.red('no') };
  const indented = indentedBy(names + 5, width);
  return checks.flatMap(({ name, state, found, remedies = [] }) => [
    `${signs[state]} ${name.padEnd(names)}  ${indented(found)}`,
    ...remedies.map((remedy) => `${' '.repeat(names + 5)}${colors.dim(indented(remedy))}`),
  ]);
};

/** Prints a line for each wall, and evidence for a wall that does not stand. A shared remedy is printed once, last. */
export const wallText = ({ terminal: { colors, width } }: Terminal, walls: readonly WallCheck[]): string[] => {
  const signs = {
    stands: colors.green('ok'),
    'not-here': colors.dim('--'),
    unknown: colors.yellow('??'),
    missing: colors.red('no'),
  };
  const indented = indentedBy(5, width);
  return walls.flatMap(({ name, stops, state, found, remedy }, index) => [
    `${signs[state]} ${indentedBy(3, width)(`${name} - ${state === 'not-here' ? 'would stop' : 'stops'} ${stops}`)}`,
    ...(state === 'stands'
      ? []
      : [
          `     ${colors.dim(indented(found))}`,
          ...(remedy === undefined || remedy === walls[index + 1]?.remedy
            ? []
            : [`     ${colors.dim(indented(remedy))}`]),
        ]),
  ]);
};

const legend = (walls: readonly WallCheck[]): string[] => {
  const meanings = [
    ['stands', 'ok  it stands'],
    ['not-here', '--  this sandbox does without it'],
    ['unknown', '??  it could not be checked'],
    ['missing', 'no  it does not stand'],
  ] as const;
  return meanings.filter(([state]) => walls.some((wall) => wall.state === state)).map(([, meaning]) => meaning);
};

/** Prints the verdict, the problems, the checks without a problem and the walls, with a blank line between them. */
export const doctorText = (shell: Terminal, { canScan, unwell, checks, walls }: Examination): string => {
  const { colors } = shell.terminal;
  const verdict = !canScan
    ? colors.red('No scan can run on this machine as it is.')
    : unwell.length > 0
      ? colors.red(`A scan can run on this machine, but the suite does not work: ${unwell.join(', ')}.`)
      : colors.green('A scan can run.');
  const of = (...states: readonly Check['state'][]): readonly Check[] =>
    states.flatMap((wanted) => checks.filter(({ state }) => state === wanted));
  const order: readonly WallCheck['state'][] = ['missing', 'unknown', 'stands', 'not-here'];
  const names = Math.max(...checks.map(({ name }) => name.length));
  const sections = [
    [verdict],
    checkText(shell, of('bad', 'could-be-better'), names),
    checkText(shell, of('good'), names),
    walls.length === 0
      ? []
      : [
          'Walls of the sandbox, each with the attack that it stops:',
          ...legend(walls).map((line) => `  ${line}`),
          ...wallText(
            shell,
            order.flatMap((wanted) => walls.filter(({ state }) => state === wanted)),
          ),
        ],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
};
