import { CommanderError, type Command } from 'commander';
import { notADigest } from './commands/options.ts';
import { shellSettings } from './settings.ts';
import type { Shell } from './shell.ts';
import { exitCodeOf, exitCodes, lineOf, withRemedy } from './terminal/failure.ts';
import { harmless } from './terminal/colors.ts';
import { Terminal } from './terminal/terminal.ts';
import { helpOf } from './terminal/usage.ts';

const usage = (program: Command, error: CommanderError): void => {
  if (error.exitCode === 0) return;
  process.exitCode = exitCodes.usage.code;
  // Without arguments Commander prints the help, which is the answer.
  if (error.code === 'commander.help') return;
  if (error.code === notADigest) return void process.stderr.write(`${harmless(error.message)}\n`);
  process.stderr.write(`${harmless(withRemedy(error.message, `see \`${helpOf(program, process.argv.slice(2))}\``))}\n`);
};

/** Runs the command that the process was called with, and ends the process. */
export const run = async (programOf: (shell: Shell) => Command): Promise<void> => {
  const shell: Shell = { env: process.env, directory: process.cwd(), terminal: new Terminal() };
  // The reader closed the pipe: it has seen enough (`assay timeline … | head`).
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
  });
  try {
    await programOf(shell).parseAsync();
  } catch (error) {
    shell.terminal.quiet();
    if (error instanceof CommanderError) usage(programOf(shell), error);
    else {
      process.stderr.write(`${harmless(lineOf(error))}\n`);
      if (shellSettings.read(shell.env).debug && error instanceof Error) process.stderr.write(`${error.stack}\n`);
      process.exitCode = exitCodeOf(error);
    }
  }
  // Flush the output, then exit even if a command left handles open.
  process.stdout.write('', () => process.exit());
};
