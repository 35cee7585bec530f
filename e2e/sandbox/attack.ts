import type { SandboxCommand, SandboxRun } from '../../apps/sandbox-runner/src/sandbox/sandbox.ts';
import type { WallId } from '../../apps/sandbox-runner/src/sandbox/walls/walls.ts';
import type { AttackScene } from './scene.ts';
import type { WeakPlace } from './weakened.ts';

/** The outcome of an attack. An attacker without output proves nothing, so an unclear outcome never counts as good. */
export interface AttackOutcome {
  readonly how: 'held' | 'escaped' | 'unclear';
  readonly detail: string;
}

export const held = (detail: string): AttackOutcome => ({ how: 'held', detail });
export const escaped = (detail: string): AttackOutcome => ({ how: 'escaped', detail });
export const unclear = (detail: string): AttackOutcome => ({ how: 'unclear', detail });

type Command = Partial<Pick<SandboxCommand, 'limits' | 'timeoutMs' | 'input' | 'database'>>;

/** One attack while it runs, in a sandbox that may lack walls. */
export interface Trial {
  readonly scene: AttackScene;
  readonly place: WeakPlace;
  readonly removed: ReadonlySet<WallId>;
  /** An argument that no other process has. */
  readonly marker: string;
  run(args: readonly string[], command?: Command, signal?: AbortSignal): Promise<SandboxRun>;
}

export interface Attack extends Command {
  readonly name: string;
  /** Each of these walls stops the attack alone; without all of them, the attack escapes. */
  readonly stoppedBy: readonly WallId[];
  /** Walls that are removed together with `stoppedBy`: they stop the attack too, but not always. */
  readonly behind?: readonly WallId[];
  /** Arguments of the attacker: the name of its attack, and what it needs to know. */
  readonly args?: (scene: AttackScene) => readonly string[];
  /** Runs the attack if the attacker's arguments are not enough. */
  readonly attempt?: (trial: Trial) => Promise<AttackOutcome>;
  /** A prefix of the command line: what a careless service would hand on. */
  readonly prefix?: (scene: AttackScene) => readonly string[];
  /** The host must see the attacker, which it does not in gVisor. */
  readonly seenFromHost?: true;
  /** Kernels differ: if this kernel refuses the attack without walls too, the attack shows nothing. */
  readonly kernelMayRefuse?: true;
}

/** The outcome, from the attacker's output and its end. */
export const judge = ({ ended, code, killedFor, securityViolation, stdout, stderr }: SandboxRun): AttackOutcome => {
  const output = stdout.subarray(0, 300).toString('utf8').trim();
  if (output.startsWith('escaped: ')) return escaped(output.slice(9));
  if (securityViolation) return held('killed by the filter');
  if (ended === 'killed') return held(`killed: ${killedFor}`);
  if (ended === 'signalled') return held(`ended by signal ${code! - 128}`);
  if (output.startsWith('held: ')) return held(output.slice(6));
  return unclear(`status ${code}, ${output || stderr || 'no word'}`);
};
