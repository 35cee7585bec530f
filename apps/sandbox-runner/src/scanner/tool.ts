import { spawn } from 'node:child_process';
import { cleaned } from '../sandbox/run/cleaned.ts';

export interface ToolOptions {
  env: NodeJS.ProcessEnv;
  cwd: string;
  timeoutMs: number;
}

const keptBytes = 64 * 1024;
const shownCharacters = 400;

/**
 * Runs a tool of this machine to its end.
 * @throws Error that names the missing tool, or has the tool's last output
 */
export const runTool = (tool: string, args: readonly string[], { env, cwd, timeoutMs }: ToolOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(tool, args, {
      env,
      cwd,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    let emitted = Buffer.alloc(0);
    child.stderr.on('data', (chunk: Buffer) => {
      emitted = Buffer.concat([emitted, chunk]).subarray(-keptBytes);
    });
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(error.code === 'ENOENT' ? `there is no ${tool}` : error.message)),
    );
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(`${tool} ended with ${signal ?? `status ${code}`}: ${cleaned(emitted).slice(-shownCharacters)}`),
        );
    });
  });
