import { undrawn } from '../checks/long-files.ts';

/** The long files that the seed does not draw into this run. `npm run checks` draws; a run by itself takes all. */
export const notDrawn = undrawn(Number(process.env['ASSAY_SEED']), Number(process.env['ASSAY_LONG_SHARE'] ?? 1));

/** Names them before the first test, so that no file is left out silently. */
export default (): void => {
  if (notDrawn.length > 0) console.log(`not drawn by seed ${process.env['ASSAY_SEED']}: ${notDrawn.join(', ')}`);
};
