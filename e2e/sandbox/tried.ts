import type { SandboxDriver } from '../../apps/sandbox-runner/src/sandbox/sandbox.ts';
import type { Staging } from '../../apps/sandbox-runner/src/sandbox/staging.ts';
import { hasWall, type WallId } from '../../apps/sandbox-runner/src/sandbox/walls.ts';
import { firstUser } from '../../apps/sandbox-runner/test/users.ts';
import { judge, unclear, type Attack, type Outcome } from './attack.ts';
import { awaited, ownProcesses } from './processes.ts';
import type { Scene } from './scene.ts';
import { weakened, type Place } from './weakened.ts';

/** An attack in one sandbox: as it is, and with the walls that stop it taken away. */
export interface Tried {
  readonly driver: SandboxDriver;
  readonly attack: string;
  readonly outcome: Outcome;
  /** The walls that stop it, each for itself. */
  readonly stoppedBy: readonly WallId[];
  /** What came of it without any of them. Missing where that cannot be had here. */
  readonly without?: Outcome;
  /** The kernel refuses it without any wall, too, so there was nothing to see. */
  readonly notOnThisKernel: boolean;
  /** Walls that were to stop it alone, and what came of that, where it was not so. */
  readonly weak: readonly { readonly wall: WallId; readonly outcome: Outcome }[];
  readonly ms: number;
}

export interface Stage {
  readonly scene: Scene;
  readonly shim: string;
  readonly driver: SandboxDriver;
  readonly staging: Staging;
}

const patienceMs = 15_000;
const isRoot = process.getuid?.() === 0;
/**
 * Who is not root has one user for all, and the dead that an attack leaves count until the system has waited for them.
 */
const fewProcesses = 15;
let trials = 0;

/** A user of the host for each trial: the dead of the last one count until somebody has waited for them. */
const userOf = (trial: number): number => 20_000 + ((firstUser + trial) % 40_000);

const attempt = async (
  attack: Attack,
  removed: ReadonlySet<WallId>,
  { scene, shim, driver, staging }: Stage,
): Promise<Outcome> => {
  const { args, prefix, attempt: own, limits, timeoutMs = patienceMs, input = scene.input, database } = attack;
  const marker = `assay-attack-${process.pid}-${trials++}`;
  const place: Place = { driver, staging, ...(isRoot ? { user: userOf(trials) } : {}) };
  if (!isRoot) await awaited(() => (ownProcesses() < fewProcesses ? true : undefined), patienceMs);
  const sandbox = weakened(place, {
    removed,
    shim,
    database: scene.database,
    ...(prefix ? { prefix: prefix(scene) } : {}),
  });
  const run = (words: readonly string[], more: object = {}, signal?: AbortSignal) =>
    sandbox.run(
      {
        program: scene.attacker,
        args: words,
        input,
        timeoutMs,
        ...(database ? { database } : {}),
        ...(limits ? { limits } : {}),
        ...more,
      },
      signal,
    );
  try {
    return own ? await own({ scene, place, removed, marker, run }) : judge(await run([...args!(scene), marker]));
  } catch (error) {
    return unclear((error as Error).message.replace(/^the .* sandbox did not start: /, ''));
  }
};

/** Tries it in the whole sandbox, then without all walls that stop it, then with each of these alone. */
export const tryAttack = async (attack: Attack, stage: Stage): Promise<Tried> => {
  const began = performance.now();
  const { name, kernelMayRefuse = false } = attack;
  const here = (all: readonly WallId[]): WallId[] => all.filter((wall) => hasWall(wall, stage.driver, isRoot));
  const [stoppedBy, behind] = [here(attack.stoppedBy), here(attack.behind ?? [])];
  const outcome = await attempt(attack, new Set(), stage);
  const tried = { driver: stage.driver, attack: name, outcome, stoppedBy };
  // Its walls stand within runsc, which has no switch for them.
  if (stage.driver === 'gvisor') return { ...tried, notOnThisKernel: false, weak: [], ms: performance.now() - began };
  // Nobody but root does without a user namespace.
  if (!isRoot && stoppedBy.includes('user-namespace'))
    return { ...tried, notOnThisKernel: false, weak: [], ms: performance.now() - began };
  const without = await attempt(attack, new Set([...stoppedBy, ...behind]), stage);
  const weak: { wall: WallId; outcome: Outcome }[] = [];
  if (stoppedBy.length + behind.length > 1) {
    for (const wall of stoppedBy) {
      const alone = await attempt(attack, new Set([...stoppedBy, ...behind].filter((other) => other !== wall)), stage);
      if (alone.how !== 'held') weak.push({ wall, outcome: alone });
    }
  }
  return {
    ...tried,
    without,
    notOnThisKernel: kernelMayRefuse && without.how !== 'escaped',
    weak,
    ms: performance.now() - began,
  };
};
