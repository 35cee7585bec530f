import type { Scanned } from '../read-model/evidence.ts';

/** The basis of a status: the scanner and its packages, the witness, and the advisories with their age now. */
export const evidenceShown = ({ scanner, inventory, warnings, witness, database }: Scanned, now: number): object => ({
  scanner,
  inventory,
  warnings,
  witness,
  database,
  databaseAgeMs: Math.max(0, now - Date.parse(database.builtAt)),
});
