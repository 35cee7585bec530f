import type { Command } from 'commander';

/** Finds the deepest command that the arguments name. */
const meant = (program: Command, words: readonly string[]): readonly string[] => {
  const [first, ...rest] = words.filter((word) => !word.startsWith('-'));
  const command = program.commands.find((one) => one.name() === first);
  return command ? [command.name(), ...meant(command, rest)] : [];
};

/** Returns the help command for the arguments. */
export const helpOf = (program: Command, words: readonly string[]): string =>
  `assay ${[...meant(program, words), '--help'].join(' ')}`;
