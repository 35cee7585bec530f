import 'reflect-metadata';
import { CommanderError } from 'commander';
import { assay } from './program.ts';
import type { Shell } from './shell.ts';
import { exitCodeOf, exitCodes, lineOf } from './terminal/failure.ts';
import { harmless } from './terminal/colors.ts';
import { Terminal } from './terminal/terminal.ts';
import { helpOf } from './terminal/usage.ts';

const shell: Shell = { env: process.env, directory: process.cwd(), terminal: new Terminal() };

// The reader closed the pipe: it has seen enough (`assay timeline … | head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});

const usage = (error: CommanderError): void => {
  if (error.exitCode === 0) return;
  process.exitCode = exitCodes.usage.code;
  // Without arguments Commander prints the help, which is the answer.
  if (error.code === 'commander.help') return;
  process.stderr.write(
    `${error.message.replace(/\s*\n\s*/g, ' ').replace(/\.$/, '')}: see ` +
      `\`${helpOf(assay(shell), process.argv.slice(2))}\`\n`,
  );
};

try {
  await assay(shell).parseAsync();
} catch (error) {
  shell.terminal.quiet();
  if (error instanceof CommanderError) usage(error);
  else {
    process.stderr.write(`${harmless(lineOf(error))}\n`);
    if (shell.env.ASSAY_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
// Flush the output, then exit even if a command left handles open.
process.stdout.write('', () => process.exit());
