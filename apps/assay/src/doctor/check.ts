import type { WallCheck } from '@assay/sandbox-runner';

/** Result of one check. */
export interface Check {
  readonly name: string;
  readonly state: 'good' | 'could-be-better' | 'bad';
  readonly found: string;
  /** Possible remedies, a sentence each. */
  readonly remedies?: readonly string[];
  /** More details for machines. */
  readonly details?: object;
}

export interface Examination {
  readonly canScan: boolean;
  /** Services of the running suite that do not work; empty if none runs. */
  readonly unwell: readonly string[];
  readonly checks: readonly Check[];
  /** The walls of the sandbox, each tested; empty if there is no sandbox. */
  readonly walls: readonly WallCheck[];
}

/** A failed check, with the remedies of its error. */
export const failed = (name: string, error: unknown): Check => {
  const { message, remedy } = error as { readonly message: string; readonly remedy?: string };
  return { name, state: 'bad', found: message, ...(remedy === undefined ? {} : { remedies: [remedy] }) };
};

/**
 * The checks of the scanner of this machine, beside those of the running suite: if the suite announced a real database,
 * its runner has that one, and the demonstration database of this machine is no problem.
 */
export const besideAnnounced = (own: readonly Check[], ofSuite: readonly Check[]): readonly Check[] => {
  const announced = ofSuite.find(({ name }) => name === 'announced')?.details as { ageSeconds?: number } | undefined;
  if (announced?.ageSeconds === undefined) return own;
  return own.map((check) =>
    check.name === 'database' && (check.details as { demonstration?: boolean } | undefined)?.demonstration
      ? { ...check, state: 'good', found: `${check.found}; the suite has the announced one`, remedies: [] }
      : check,
  );
};
