import type { Arbitrary } from 'fast-check';
import type { World } from './world.ts';

/**
 * Something that bytes of strangers come to. A case is plain data, so that it can be kept as a file and tried again.
 */
export interface Target<Case = unknown> {
  readonly name: string;
  readonly what: string;
  /** How many cases are tried in a turn: as many as take a second or two. */
  readonly perTurn: number;
  readonly cases: Arbitrary<Case>;
  /** Lets one happen.
   * @throws Find (or anything else) where it was not borne */
  hold(one: Case, world: World): Promise<void> | void;
}

/** What must not happen, and did. */
export class Find extends Error {
  override readonly name = 'Find';
}

export const expectThat = (holds: boolean, otherwise: string): void => {
  if (!holds) throw new Find(otherwise);
};
