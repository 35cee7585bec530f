import type { WallCheck } from '@assay/sandbox-runner';

/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  readonly state: 'good' | 'could-be-better' | 'bad';
  readonly found: string;
  /** What could be done, a sentence each. */
  readonly remedies?: readonly string[];
  /** More, for machines. */
  readonly details?: object;
}

export interface Examination {
  readonly canScan: boolean;
  /** Services of the suite that runs, and do not work; none where none runs. */
  readonly unwell: readonly string[];
  readonly checks: readonly Check[];
  /** The sandbox's walls, each tried; none where there is no sandbox. */
  readonly walls: readonly WallCheck[];
}

/** A check that ended with an error, which says what could be done. */
export const failed = (name: string, error: unknown): Check => {
  const { message, remedy } = error as { readonly message: string; readonly remedy?: string };
  return { name, state: 'bad', found: message, ...(remedy === undefined ? {} : { remedies: [remedy] }) };
};
