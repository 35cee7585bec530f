import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { openRunDirectory } from '../../../apps/sandbox-runner/src/sandbox/run/run-directory.ts';
import { escaped, held, unclear, type Attack, type AttackOutcome, type Trial } from '../attack.ts';
import type { Doom } from '../doomed.ts';
import { attackersWith, awaited, endAll, processesWith, sleep } from '../processes.ts';

const goneMs = 4_000;

/** Checks whether anything of a run is left that should be gone. */
const leftBehind = async (marker: string): Promise<AttackOutcome> => {
  const gone = await awaited(() => (processesWith(marker).length === 0 ? true : undefined), goneMs);
  const left = processesWith(marker).length;
  endAll(marker);
  return gone ? held('nothing is left') : escaped(`${left} processes are left`);
};

const daemon =
  (how: 'quiet' | 'loud') =>
  async ({ run, marker }: Trial): Promise<AttackOutcome> => {
    const { stdout, wallMs } = await run(['daemon', how, marker]);
    const left = await leftBehind(marker);
    return {
      ...left,
      detail:
        `${left.detail}, after ${Math.round(wallMs)} ` +
        `ms${stdout.length > 0 ? ` (${stdout.toString().trim()})` : ''}`,
    };
  };

interface Doomed {
  readonly trial: Trial;
  readonly atStart: boolean;
  readonly runDirectory: string;
  readonly late?: readonly string[];
}

/** Starts a separate service that scans, and kills it. */
const killService = async ({
  trial: {
    scene,
    place: { driver, user },
    removed,
    marker,
  },
  atStart,
  runDirectory,
  late = [],
}: Doomed): Promise<void> => {
  const doom: Doom = {
    driver,
    ...(user === undefined ? {} : { user }),
    removed: [...removed],
    program: scene.attacker,
    input: scene.input,
    marker,
    atStart,
    late,
  };
  const service = spawn(process.execPath, [join(import.meta.dirname, '..', 'doomed.ts'), JSON.stringify(doom)], {
    stdio: 'ignore',
    env: { ...process.env, ASSAY_RUN_DIRECTORY: runDirectory },
  });
  const ended = once(service, 'exit');
  if (!atStart) {
    await Promise.race([ended, awaited(() => (attackersWith(marker).length > 0 ? true : undefined), 20_000)]);
    service.kill('SIGKILL');
  }
  await ended;
};

const outlivesService =
  (atStart: boolean, late: readonly string[] = []) =>
  async (trial: Trial): Promise<AttackOutcome> => {
    await killService({ trial, atStart, late, runDirectory: await mkdtemp(join(trial.scene.folder, 'doomed-')) });
    // Waits for processes that have only just started.
    if (atStart) await sleep(600);
    return leftBehind(trial.marker);
  };

const leavesFiles = async (trial: Trial): Promise<AttackOutcome> => {
  const runDirectory = join(trial.scene.folder, trial.marker);
  await killService({ trial, atStart: false, runDirectory });
  await leftBehind(trial.marker);
  const [left] = readdirSync(runDirectory);
  // Cleaning up is done by the next start.
  if (!trial.removed.has('leftovers')) await openRunDirectory(runDirectory);
  if (left === undefined) return unclear('the service had no files');
  return existsSync(join(runDirectory, left)) ? escaped('its files are left') : held('its files are gone');
};

export const processes: readonly Attack[] = [
  { name: 'starts a process', stoppedBy: ['seccomp-processes'], args: () => ['fork'] },
  {
    name: 'starts as many processes as it can',
    stoppedBy: ['seccomp-processes', 'limit-threads'],
    args: () => ['fork-bomb', '40', '100'],
    limits: { processes: 40 },
  },
  {
    name: 'starts as many threads as it can',
    stoppedBy: ['limit-threads'],
    args: () => ['threads', '40', '100'],
    limits: { processes: 40 },
  },
  { name: 'leaves a daemon', stoppedBy: ['seccomp-processes', 'pid-namespace'], attempt: daemon('quiet') },
  {
    name: 'leaves a process that holds its output',
    stoppedBy: ['seccomp-processes', 'pid-namespace'],
    attempt: daemon('loud'),
  },
  {
    name: 'signals the service',
    stoppedBy: ['pid-namespace', 'slot-user'],
    args: () => ['signal', String(process.pid)],
  },
  { name: 'sleeps for ever', stoppedBy: ['deadline'], args: () => ['sleep', '2'], timeoutMs: 700 },
  { name: 'ignores all signals and sleeps', stoppedBy: ['deadline'], args: () => ['deaf', '2'], timeoutMs: 700 },
  {
    name: 'outlives its deadline',
    stoppedBy: ['tree-kill', 'end-with-service'],
    attempt: async ({ run, marker }) => {
      const { ended } = await run(['wait', marker], { timeoutMs: 1_500 });
      const left = await leftBehind(marker);
      return ended === 'killed' ? left : unclear(ended);
    },
  },
  { name: 'outlives a service that is killed', stoppedBy: ['end-with-service'], attempt: outlivesService(false) },
  {
    // The child asks to end with its parent only after a while. By then it leads its own session.
    name: 'outlives a service that is killed before bubblewrap asks to end with it',
    stoppedBy: ['end-with-service'],
    attempt: outlivesService(false, ['--die-with-parent']),
  },
  {
    name: 'outlives a service that is killed while it starts it',
    stoppedBy: ['end-with-service'],
    behind: ['pid-namespace'],
    attempt: outlivesService(true),
  },
  { name: 'leaves files when the service is killed', stoppedBy: ['leftovers'], attempt: leavesFiles },
];
