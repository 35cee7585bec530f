import { announce, notDrawn } from './drawn-files.ts';

/** Names the files that are left out before the first test with other programs. */
export default (): void => announce(notDrawn);
