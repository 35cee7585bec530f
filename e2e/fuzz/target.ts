import type { Arbitrary } from 'fast-check';
import type { FuzzWorld } from './world.ts';

/**
 * A component that receives untrusted bytes. A case is plain data, so that it can be kept as a file and tried again.
 */
export interface FuzzTarget<Case = unknown> {
  readonly name: string;
  readonly description: string;
  /** Cases per turn: as many as take a second or two. */
  readonly perTurn: number;
  readonly cases: Arbitrary<Case>;
  /**
   * Runs one case.
   * @throws Find (or any other error) if the component fails
   */
  hold(one: Case, world: FuzzWorld): Promise<void> | void;
}

/** A violated expectation. */
export class Find extends Error {
  override readonly name = 'Find';
}

export const expectThat = (holds: boolean, otherwise: string): void => {
  if (!holds) throw new Find(otherwise);
};
