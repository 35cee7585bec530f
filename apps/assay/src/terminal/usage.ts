import type { Command } from 'commander';

/** Finds the deepest command that the arguments name. */
const commandPath = (program: Command, args: readonly string[]): readonly string[] => {
  const [first, ...rest] = args.filter((arg) => !arg.startsWith('-'));
  const command = program.commands.find((one) => one.name() === first);
  return command ? [command.name(), ...commandPath(command, rest)] : [];
};

/** Returns the help command for the arguments. */
export const helpOf = (program: Command, args: readonly string[]): string =>
  `assay ${[...commandPath(program, args), '--help'].join(' ')}`;
