import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { whereIs } from '../../apps/sandbox-runner/src/sandbox/drivers/tools.ts';

const sources = join(import.meta.dirname, 'attacker');

export class CompilerError extends Error {
  override readonly name = 'CompilerError';
}

const gcc = (compiler: string, ...args: string[]): void => {
  try {
    execFileSync(compiler, ['-O1', '-Wall', '-Wextra', '-Werror', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: Buffer | string };
    throw new CompilerError(
      `gcc does not compile the attacker: ${stderr.toString().trim() || (error as Error).message} (a ` +
        'static C library is needed, too: apt-get install libc6-dev)',
    );
  }
};

/**
 * Compiles the attacker, statically because the sandbox has no libraries, and the library that removes no_new_privs.
 */
export const compile = (folder: string): { attacker: string; shim: string } => {
  const compiler = whereIs('gcc', process.env);
  if (compiler === undefined)
    throw new CompilerError('gcc is missing, with which the attacker is made: apt-get install gcc libc6-dev');
  const [attacker, shim] = [join(folder, 'attacker'), join(folder, 'shim.so')];
  gcc(
    compiler,
    '-static',
    '-pthread',
    '-o',
    attacker,
    ...readdirSync(sources)
      .filter((name) => name.endsWith('.c'))
      .map((name) => join(sources, name)),
  );
  gcc(compiler, '-shared', '-fPIC', '-o', shim, join(import.meta.dirname, 'attacker-shim.c'));
  return { attacker, shim };
};
