import type { World } from './scene/world.ts';

/** Something hostile, and what must become of it. */
export interface Input {
  /** The row of the threat table that it is (`R3`), or `beyond` it. */
  readonly row: string;
  readonly what: string;
  /** Beyond the table: the published flaw or the idea that it comes from. */
  readonly source?: string;
  /** What must happen, in words. */
  readonly must: string;
  /** Lets it happen and says what did.
   * @throws Error where that is not what must */
  happen(world: World): Promise<string>;
}

/** Inputs after which everything must be as before. */
export interface Group {
  readonly name: string;
  /** Several are under way at once, unless they would be in each other's way. */
  readonly oneByOne?: boolean;
  readonly inputs: readonly Input[];
}

/** A status that an image ends with, and the reason that is said with it. */
export interface Ending {
  readonly status: string;
  readonly reason?: string | RegExp;
}

/**
 * After so long what never ends is given up. How long it takes is not judged: that depends on what else the machine
 * does.
 */
export const patienceMs = 10 * 60_000;

/** Holds what happened against what must. */
export const hold = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what);
};
