/**
 * Tests and measurements ask again and again, all of it with one token. What a rate does,
 * `libs/arm/src/access/rate.spec.ts` shows.
 */
export const unhurried = { ASSAY_REQUESTS_PER_SECOND: '1000000' } as const;
