import { fileURLToPath } from 'node:url';

/** Shared by all tests of the workspace, so that the scanner is fetched once. */
export const home = fileURLToPath(new URL('../node_modules/.cache/assay', import.meta.url));
