import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { identityOf, runs } from './identity.ts';

it('knows a process again, and no other under its number', () => {
  const identity = identityOf(process.pid)!;
  expect(runs({ pid: process.pid, identity })).toBe(true);
  expect(runs({ pid: process.pid, identity: identity.replace(/\d+$/, (tick) => String(Number(tick) - 1)) })).toBe(
    false,
  );
});

it('does not know one that has ended', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const entry = { pid: child.pid!, identity: identityOf(child.pid!)! };
  expect(runs(entry)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(runs(entry)).toBe(false);
});
