import { longFiles, longUnitFiles, undrawn, type FileClasses } from '../checks/long-files.ts';

const seed = Number(process.env['ASSAY_SEED']);

const notIn = (classes: FileClasses, share: string | undefined): readonly string[] =>
  undrawn(classes, seed, Number(share ?? 1));

/**
 * The long files that the seed does not draw into this run: of the tests with other programs, and of those without.
 * `npm run checks` draws; a run by itself takes all.
 */
export const notDrawn = notIn(longFiles, process.env['ASSAY_LONG_SHARE']);
export const unitNotDrawn = notIn(longUnitFiles, process.env['ASSAY_LONG_FILES']);

/** Names files, so that none is left out silently. */
export const announce = (files: readonly string[]): void => {
  if (files.length > 0)
    console.log(`seed ${seed} draws long files; \`npm run test:all\` runs all. Not drawn: ${files.join(', ')}`);
};
