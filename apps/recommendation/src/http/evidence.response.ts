import type { Scanned } from '@assay/read-model/placement/evidence';

/** The basis of a status: the scanner and its packages, the witness, and the advisories with their date. */
export const evidenceShown = ({ scanner, inventory, warnings, uncovered, witness, database }: Scanned): object => ({
  scanner,
  inventory,
  warnings,
  uncovered,
  witness,
  database,
});
