import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
};

const isSuite = (pid: number): boolean => commandOf(pid).includes('distributed/main.ts');
/** The pid may belong to another process by now. */
const isService = (pid: number): boolean => /apps\/[a-z-]+\/dist\/main\.js/.test(commandOf(pid));

/** The services in a folder that still run. */
const runningIn = (folder: string): readonly number[] =>
  globSync(join(folder, '*', 'pid'))
    .map((file) => Number(readFileSync(file, 'utf8')))
    .filter((pid) => pid > 0 && isService(pid));

const signal = (pids: readonly number[], name: NodeJS.Signals): void => {
  for (const pid of pids)
    try {
      process.kill(pid, name);
    } catch {
      /* The process has ended. */
    }
};

/**
 * Ends the services of a suite that was killed. Nothing routes to them any more, and they would take the work of the
 * next suite's services.
 */
const endLeft = async (folder: string, print: (line: string) => void, patienceMs: number): Promise<void> => {
  const left = runningIn(folder);
  if (left.length === 0) return;
  print(
    `ending ${left.length === 1 ? 'a service' : `${left.length} services`} of a suite that was killed ` +
      `(${left.join(', ')})`,
  );
  signal(left, 'SIGTERM');
  for (const until = Date.now() + patienceMs; left.some(isService) && Date.now() < until;) await pause(50);
  signal(left.filter(isService), 'SIGKILL');
  while (left.some(isService)) await pause(20);
};

/**
 * Two suites on one Kafka and Redis would take each other's work. So the second is refused, and the services left by a
 * killed suite are ended.
 * @returns a function that lets the next suite start
 */
export const alone = async (
  services: string,
  folder: string,
  print: (line: string) => void,
  patienceMs = 15_000,
): Promise<() => void> => {
  mkdirSync(services, { recursive: true });
  const file = join(services, 'suite.pid');
  const [pid = '0', other] = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  if (Number(pid) > 0 && isSuite(Number(pid)))
    throw new Error(`a suite runs on ${services} already (process ${pid}): stop it, or give --services another folder`);
  for (const each of new Set([other || folder, folder])) await endLeft(each, print, patienceMs);
  writeFileSync(file, `${process.pid}\n${folder}`);
  const release = (): void => rmSync(file, { force: true });
  process.once('exit', release);
  return release;
};
