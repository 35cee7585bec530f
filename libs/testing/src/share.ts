const share = Number(process.env['ASSAY_LONG_SHARE'] ?? 1);

/**
 * Number of turns of a long test: all, or the share in `ASSAY_LONG_SHARE` (0 to 1), and at least one. `ASSAY_SEED`
 * decides the content of the turns, so that another run takes others.
 */
export const turnsOf = (all: number): number => Math.max(1, Math.ceil(all * share));

/** Seed of all random choices in a run. */
export const seed = Number(process.env['ASSAY_SEED'] ?? 1);
