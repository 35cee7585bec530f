import type { Api } from '../client/api.ts';
import type { Check } from './check.ts';

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
