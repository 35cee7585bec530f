import { announce, unitNotDrawn } from './drawn-files.ts';

/** Names the files that are left out before the first test. */
export default (): void => announce(unitNotDrawn);
