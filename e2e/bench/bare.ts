import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface BareCopy {
  close(): Promise<void>;
}

/** What the bench holds the services against: kafkajs by itself, copying each record of a topic to another as it is. */
export const startBareCopy = ({ broker, group, from, to }: { readonly broker: string; readonly group: string; readonly from: string; readonly to: string }): BareCopy => {
  const script = fileURLToPath(new URL('bare-copy.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', script, broker, group, from, to], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(child, 'exit');
  return { close: async () => { child.stdin.end(); await ended; } };
};
