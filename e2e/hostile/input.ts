import type { HostileWorld } from './scene/world.ts';

/** A hostile input and its required outcome. */
export interface Input {
  /** The row of the threat table that the input covers (`R3`), or `beyond` it. */
  readonly row: string;
  readonly title: string;
  /** Classes of which a draw takes a share each; by default the row. */
  readonly classes?: readonly string[];
  /** Beyond the table: the published flaw or the idea that the input comes from. */
  readonly source?: string;
  /** The required outcome, in words. */
  readonly must: string;
  /**
   * Runs the input and describes the outcome.
   * @throws Error if the outcome is not the required one
   */
  happen(world: HostileWorld): Promise<string>;
}

/** Inputs after which everything must be as before. */
export interface InputGroup {
  readonly name: string;
  /** Inputs run concurrently, unless they would disturb each other. */
  readonly oneByOne?: boolean;
  readonly inputs: readonly Input[];
}

/** The final status of an image and its reason. */
export interface FinalStatus {
  readonly status: string;
  readonly reason?: string | RegExp;
}

/** Throws unless the outcome is the required one. */
export const hold = (holds: boolean, message: string): void => {
  if (!holds) throw new Error(message);
};
