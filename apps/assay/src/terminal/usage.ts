import type { Command } from 'commander';

/** The command, of those below, that somebody meant by his words; the last that is one. */
const meant = (program: Command, words: readonly string[]): readonly string[] => {
  const [first, ...rest] = words.filter((word) => !word.startsWith('-'));
  const command = program.commands.find((one) => one.name() === first);
  return command ? [command.name(), ...meant(command, rest)] : [];
};

/** Where it is said how the command is called. */
export const helpOf = (program: Command, words: readonly string[]): string =>
  `assay ${[...meant(program, words), '--help'].join(' ')}`;
