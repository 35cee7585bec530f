import { mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { ownGroupIn } from '../src/sandbox/run/own-group.ts';

/** Every machine with version 2 has it, but this process may not be allowed to make groups in it. */
const here = ownGroupIn(readFileSync('/proc/self/mountinfo', 'latin1'), readFileSync('/proc/self/cgroup', 'latin1'));

/**
 * An empty group for a test, or the reason why there is none. A test prints it, to show on each machine what was
 * covered.
 */
export const groupForTest = (name: string): { path: string } | { why: string } => {
  if (process.getuid?.() !== 0) return { why: 'only root makes groups wherever it likes' };
  if (here === undefined) return { why: 'cgroup version 2 is not mounted' };
  const path = join(here.path, `assay-test-${process.pid}-${name}`);
  try {
    mkdirSync(path);
    return { path };
  } catch (error) {
    return { why: (error as Error).message };
  }
};

/** Removes a group with all below it. A group that still has processes stays, which is an error. */
export const removeGroup = (path: string): void => {
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) removeGroup(join(path, entry.name));
  rmdirSync(path);
};
