const share = Number(process.env['ASSAY_LONG_SHARE'] ?? 1);

/**
 * How many turns of a long test a run takes: all, unless `ASSAY_LONG_SHARE` says that it draws (0 to 1), and at least
 * one. What comes in these turns is for `ASSAY_SEED` to decide, so that another run takes others.
 */
export const turnsOf = (all: number): number => Math.max(1, Math.ceil(all * share));

/** The number that everything in a run is drawn by. */
export const seed = Number(process.env['ASSAY_SEED'] ?? 1);
