import type { DiscoveryAnswer } from '../client/answers.ts';
import type { Api } from '../client/api.ts';
import { unwatchedLines, unwatchedRegistries } from '../client/unwatched.ts';
import { lackingLines } from '../client/listings.ts';
import type { Check } from './check.ts';

/** Names the removed registries on whose images no one decided. */
export const removedChecks = async (api: Pick<Api, 'registries'>): Promise<readonly Check[]> => {
  const undecided = (await unwatchedRegistries(api)).filter(({ removedImages }) => removedImages === undefined);
  return unwatchedLines(undecided).map((found, at) => ({
    name: 'registries',
    state: 'could-be-better',
    found,
    details: { registry: undecided[at]?.loginServer },
  }));
};

/** Names the registries whose last sweep was cut. None for a caller without the right, or in an older suite. */
export const sweepChecks = async (api: Pick<Api, 'sweeps'>): Promise<readonly Check[]> => {
  const cut = (await api.sweeps().catch(() => []))
    .filter(({ outcome }) => outcome === 'cut')
    .map(({ loginServer }) => loginServer);
  if (cut.length === 0) return [];
  return [
    {
      name: 'sweeps',
      state: 'could-be-better',
      found: `one sweep does not reach the end of ${cut.join(', ')}: lost notifications are found late there`,
      remedies: ['raise ASSAY_SWEEP_SLICE_SECONDS of ingestion; `assay sweep` shows the place'],
      details: { cut },
    },
  ];
};

/** Names what a discovery lacks: subscriptions that cannot be listed, held removals, and registries left out. */
export const discoveryChecks = async (api: Pick<Api, 'discovery'>): Promise<readonly Check[]> => {
  const { value = [], error = null }: Partial<DiscoveryAnswer> = await api.discovery().catch(() => ({}));
  return [...(error === null ? [] : [`the last good setting counts: ${error}`]), ...lackingLines(value)].map(
    (found) => ({
      name: 'discovery',
      state: 'could-be-better',
      found,
    }),
  );
};
