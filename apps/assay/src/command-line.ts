import { helpOf } from '@assay/settings';
import { Command, Help, type Option } from 'commander';
import { version, type Shell } from './shell.ts';
import { exitCodes } from './terminal/failure.ts';

const codes = (): string =>
  Object.values(exitCodes)
    .map(({ code, means }) => `  ${code}  ${means}`)
    .join('\n');

/** Marks required options: the usage line shows options only as `[options]`. */
const optionDescription = (option: Option): string =>
  `${new Help().optionDescription(option)}${option.mandatory ? ' (required)' : ''}`;

const helpCommand = ['help [command]', 'print the help of a command'] as const;

type Register = (program: Command, shell: Shell) => void;

/** A command line: its commands, and what its main help states of it. */
export interface CommandLine {
  readonly description: string;
  /** Examples, a line each. */
  readonly begin: readonly string[];
  /** The settings that most commands need. */
  readonly settings: readonly string[];
  /** Lines below the settings. */
  readonly more: readonly string[];
  /** The groups of the main help, as one needs them. Each has a folder of that name in `commands`. */
  readonly groups: Readonly<Record<string, readonly Register[]>>;
}

/** Builds a command line. Each command imports its modules only when it runs, so that help is fast. */
export const programOf = (shell: Shell, { description, begin, settings, more, groups }: CommandLine): Command => {
  const program = new Command('assay')
    .description(description)
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .helpCommand(...helpCommand)
    .exitOverride()
    .showHelpAfterError(false)
    .configureHelp({ optionDescription })
    .configureOutput({
      writeOut: (text) => shell.terminal.result(text),
      writeErr: (text) => {
        process.stderr.write(text);
      },
      outputError: () => undefined,
    })
    .addHelpText(
      'after',
      () => `
Begin with
${begin.map((line) => `  ${line}`).join('\n')}

Environment
${helpOf(settings)}
  NO_COLOR
      Any value: no colors.
${more.join('\n')}

Exit codes
${codes()}
\`gate\` has its own: 0 allow, 1 deny, 2 unknown. \`verify\` too: 0 good,
1 differs, 2 not sealed.
Interrupted commands end with 130 (Ctrl-C) or 143 (SIGTERM); \`up\` with 0.`,
    );
  for (const [group, registers] of Object.entries(groups)) {
    program.commandsGroup(`${group}:`);
    for (const register of registers) register(program, shell);
  }
  // Set again for its group: the commands above have inherited the one without a group.
  program.commandsGroup('Start:').helpCommand(...helpCommand);
  return program;
};
