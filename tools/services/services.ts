import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Notifications } from './distribution.ts';
import { identityOf, runs } from './identity.ts';
import { kinds, type Name } from './kinds.ts';
import { ProcessLedger, type LedgerEntry } from './ledger.ts';
import { withLock } from './lock.ts';
import { freePort } from './ports.ts';

/** `silent`: its process runs and does not answer; `ended`: by itself, or killed. */
type State = 'running' | 'silent' | 'ended' | 'stopped';

export interface ServiceStatus extends Partial<LedgerEntry> {
  readonly name: Name;
  readonly state: State;
}

export interface Started extends LedgerEntry {
  readonly name: Name;
  readonly isNew: boolean;
}

const lockMs = 120_000;

/**
 * Starts every program that does not run yet.
 * @throws ServiceError of the first that cannot be started; the others run
 */
export const start = async (
  folder: string,
  only: readonly Name[],
  notifications?: Notifications,
): Promise<Started[]> => {
  const ledger = new ProcessLedger(resolve(folder));
  return await withLock(ledger.lock, lockMs, async () => {
    const outcomes = await Promise.allSettled(
      only.map((name) => startOne(resolve(folder, name), name, ledger, notifications)),
    );
    return outcomes.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason;
      return outcome.value;
    });
  });
};

const startOne = async (
  folder: string,
  name: Name,
  ledger: ProcessLedger,
  notifications: Notifications | undefined,
): Promise<Started> => {
  const before = ledger.read()[name];
  if (before && runs(before)) return { name, ...before, isNew: false };
  const port = await freePort(before?.port ?? kinds[name].port);
  const { url, pid, log } = await kinds[name].start({ folder, port, ...(notifications && { notifications }) });
  const entry: LedgerEntry = { url, port, pid, identity: identityOf(pid)!, since: new Date().toISOString(), log };
  ledger.put(name, entry);
  return { name, ...entry, isNew: true };
};

export const status = async (folder: string, only: readonly Name[]): Promise<ServiceStatus[]> => {
  const entries = new ProcessLedger(resolve(folder)).read();
  return await Promise.all(
    only.map(async (name): Promise<ServiceStatus> => {
      const entry = entries[name];
      if (!entry) return { name, state: 'stopped' };
      return {
        name,
        state: !runs(entry) ? 'ended' : (await kinds[name].answers(entry.port)) ? 'running' : 'silent',
        ...entry,
      };
    }),
  );
};

/**
 * Asks all to end, and kills those that have not ended within `graceMs`.
 * @returns those that ran
 */
export const stop = async (folder: string, only: readonly Name[], graceMs = 20_000): Promise<Name[]> => {
  const ledger = new ProcessLedger(resolve(folder));
  return await withLock(ledger.lock, lockMs, async () => {
    const stopped = await Promise.all(
      only.map(async (name) => {
        const entry = ledger.read()[name];
        const ran = entry !== undefined && runs(entry);
        if (ran) await end(entry, graceMs);
        ledger.put(name, undefined);
        return ran ? [name] : [];
      }),
    );
    return stopped.flat();
  });
};

const end = async (entry: LedgerEntry, graceMs: number): Promise<void> => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (runs(entry)) process.kill(entry.pid, signal);
    for (const deadline = Date.now() + graceMs; runs(entry) && Date.now() < deadline;) await pause(50);
  }
};
