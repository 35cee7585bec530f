import { group } from '@assay/settings';

/** The classifier has no settings of its own. */
export const classifierSettings = group({});
