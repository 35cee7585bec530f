import type { Command } from 'commander';
import type { Check } from '../doctor/check.ts';
import { dataOf, dataOption, homeOf, jsonOption, type Shell } from '../shell.ts';
import { exitCodes } from '../terminal/failure.ts';
import { broken } from '../terminal/table.ts';

interface Options { data?: string; json?: boolean }

export const registerDoctor = (program: Command, shell: Shell): void => {
  program.command('doctor').summary('what is there, what is missing, how to get it')
    .description('Looks at everything that a scan needs on this machine, tries the sandbox\'s walls, and asks Kafka and Redis where ASSAY_KAFKA_BROKERS and ASSAY_REDIS_URL name them. Fetches and makes nothing.')
    .addOption(dataOption()).addOption(jsonOption())
    .addHelpText('after', `
Exit 0 where a scan can run, 1 where none can. A scanner that is missing and can
be fetched is fetched by the first start.`)
    .action(async ({ data, json }: Options) => {
      const { examine } = await import('../doctor/examine.ts');
      shell.terminal.progress('trying the sandbox');
      const { canScan, checks } = await examine({ env: shell.env, home: homeOf(shell), data: dataOf(shell, data) });
      if (json) shell.terminal.json({ canScan, checks });
      else shell.terminal.result(doctorWords(shell, canScan, checks));
      if (!canScan) process.exitCode = exitCodes.failed.code;
    });
};

export const doctorWords = ({ terminal: { colors, width } }: Pick<Shell, 'terminal'>, canScan: boolean, checks: readonly Check[]): string => {
  const signs = { good: colors.green('ok'), 'could-be-better': colors.yellow('!!'), bad: colors.red('no') };
  const names = Math.max(...checks.map(({ name }) => name.length));
  const indented = (text: string): string => broken(text, width - names - 5).replaceAll('\n', `\n${' '.repeat(names + 5)}`);
  const lines = checks.flatMap(({ name, state, found, remedies = [] }) => [
    `${signs[state]} ${name.padEnd(names)}  ${indented(found)}`, ...remedies.map((remedy) => `${' '.repeat(names + 5)}${colors.dim(indented(remedy))}`),
  ]);
  return [...lines, '', canScan ? colors.green('A scan can run.') : colors.red('No scan can run on this machine as it is.')].join('\n');
};
