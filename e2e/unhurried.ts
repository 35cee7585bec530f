/**
 * Tests and measurements send many requests, all with one token, so the rate is lifted.
 * `libs/http/src/access/rate.spec.ts` tests the rate.
 */
export const unhurried = {
  ASSAY_REQUESTS_PER_SECOND: '1000000',
  ASSAY_PAGE_MS: '60000',
  ASSAY_WALK_MS: '60000',
} as const;
