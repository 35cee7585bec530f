import type { SandboxDriver } from '../../apps/sandbox-runner/src/sandbox/sandbox.ts';
import type { Staging } from '../../apps/sandbox-runner/src/sandbox/run/staging.ts';
import { hasWall, type WallId } from '../../apps/sandbox-runner/src/sandbox/walls/walls.ts';
import { firstUser } from '../../apps/sandbox-runner/test/users.ts';
import { judge, unclear, type Attack, type AttackOutcome } from './attack.ts';
import { awaited, ownProcesses } from './processes.ts';
import type { AttackScene } from './scene.ts';
import { weakened, type WeakPlace } from './weakened.ts';

/** An attack in one sandbox: in the whole sandbox, and without the walls that stop it. */
export interface Tried {
  readonly driver: SandboxDriver;
  readonly attack: string;
  readonly outcome: AttackOutcome;
  /** The walls that stop it, each alone. */
  readonly stoppedBy: readonly WallId[];
  /** The outcome without any of them. Absent if that cannot be tried here. */
  readonly without?: AttackOutcome;
  /** The kernel refuses the attack without any wall, too, so the attack shows nothing. */
  readonly notOnThisKernel: boolean;
  /** Walls that should stop the attack alone but do not, each with the outcome. */
  readonly weak: readonly { readonly wall: WallId; readonly outcome: AttackOutcome }[];
  readonly ms: number;
}

export interface TrialStage {
  readonly scene: AttackScene;
  readonly shim: string;
  readonly driver: SandboxDriver;
  readonly staging: Staging;
}

const patienceMs = 15_000;
const isRoot = process.getuid?.() === 0;
/** Without root, all trials share one user. Zombies that an attack leaves count until the system has reaped them. */
const fewProcesses = 15;
let trials = 0;

/** A separate host user per trial: zombies of the last trial count until they are reaped. */
const userOf = (trial: number): number => 20_000 + ((firstUser + trial) % 40_000);

const attempt = async (
  attack: Attack,
  removed: ReadonlySet<WallId>,
  { scene, shim, driver, staging }: TrialStage,
): Promise<AttackOutcome> => {
  const { args, prefix, attempt: own, limits, timeoutMs = patienceMs, input = scene.input, database } = attack;
  const marker = `assay-attack-${process.pid}-${trials++}`;
  const place: WeakPlace = { driver, staging, ...(isRoot ? { user: userOf(trials) } : {}) };
  if (!isRoot) await awaited(() => (ownProcesses() < fewProcesses ? true : undefined), patienceMs);
  const sandbox = weakened(place, {
    removed,
    shim,
    database: scene.database,
    ...(prefix ? { prefix: prefix(scene) } : {}),
  });
  const run = (given: readonly string[], more: object = {}, signal?: AbortSignal) =>
    sandbox.run(
      {
        program: scene.attacker,
        args: given,
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

/** Tries the attack in the whole sandbox, then without all walls that stop it, then with each of these walls alone. */
export const tryAttack = async (attack: Attack, stage: TrialStage): Promise<Tried> => {
  const began = performance.now();
  const { name, kernelMayRefuse = false } = attack;
  const here = (all: readonly WallId[]): WallId[] => all.filter((wall) => hasWall(wall, stage.driver, isRoot));
  const [stoppedBy, behind] = [here(attack.stoppedBy), here(attack.behind ?? [])];
  const outcome = await attempt(attack, new Set(), stage);
  const tried = { driver: stage.driver, attack: name, outcome, stoppedBy };
  // Its walls are inside runsc, which has no switch for them.
  if (stage.driver === 'gvisor') return { ...tried, notOnThisKernel: false, weak: [], ms: performance.now() - began };
  // Only root can run without a user namespace.
  if (!isRoot && stoppedBy.includes('user-namespace'))
    return { ...tried, notOnThisKernel: false, weak: [], ms: performance.now() - began };
  const without = await attempt(attack, new Set([...stoppedBy, ...behind]), stage);
  const weak: { wall: WallId; outcome: AttackOutcome }[] = [];
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
