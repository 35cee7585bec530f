import type { SandboxCommand, SandboxRun } from '../../apps/sandbox-runner/src/sandbox/sandbox.ts';
import type { WallId } from '../../apps/sandbox-runner/src/sandbox/walls.ts';
import type { Scene } from './scene.ts';
import type { Place } from './weakened.ts';

/** What came of an attack. An attacker that says nothing proves nothing: unclear is never good. */
export interface Outcome {
  readonly how: 'held' | 'escaped' | 'unclear';
  readonly what: string;
}

export const held = (what: string): Outcome => ({ how: 'held', what });
export const escaped = (what: string): Outcome => ({ how: 'escaped', what });
export const unclear = (what: string): Outcome => ({ how: 'unclear', what });

type Command = Partial<Pick<SandboxCommand, 'limits' | 'timeoutMs' | 'input' | 'database'>>;

/** One attack while it happens, in a sandbox that may lack walls. */
export interface Trial {
  readonly scene: Scene;
  readonly place: Place;
  readonly removed: ReadonlySet<WallId>;
  /** An argument that no other process has. */
  readonly marker: string;
  run(args: readonly string[], command?: Command, signal?: AbortSignal): Promise<SandboxRun>;
}

export interface Attack extends Command {
  readonly name: string;
  /** Each of these stops it alone; with all of them gone it escapes. */
  readonly stoppedBy: readonly WallId[];
  /** Gone as well when those are: they stop it, too, but not always. */
  readonly behind?: readonly WallId[];
  /** For the attacker: the name of its attack, and what it needs to know. */
  readonly args?: (scene: Scene) => readonly string[];
  /** Where the attacker's own words are not enough. */
  readonly attempt?: (trial: Trial) => Promise<Outcome>;
  /** Put in front of the command line: what a careless service hands on. */
  readonly prefix?: (scene: Scene) => readonly string[];
  /** The host has to see the attacker, which in gVisor it does not. */
  readonly seenFromHost?: true;
  /** Kernels differ: where this one refuses it without walls too, there is nothing to see. */
  readonly kernelMayRefuse?: true;
}

/** What the attacker and its end say. */
export const judge = ({ ended, code, killedFor, securityViolation, stdout, stderr }: SandboxRun): Outcome => {
  const said = stdout.subarray(0, 300).toString('utf8').trim();
  if (said.startsWith('escaped: ')) return escaped(said.slice(9));
  if (securityViolation) return held('killed by the filter');
  if (ended === 'killed') return held(`killed: ${killedFor}`);
  if (ended === 'signalled') return held(`ended by signal ${code! - 128}`);
  if (said.startsWith('held: ')) return held(said.slice(6));
  return unclear(`status ${code}, ${said || stderr || 'no word'}`);
};
