import { useMemo } from 'react';
import { answered, api } from './client.ts';
import { useAnswer } from './use-answer.ts';

/** The registries that the caller may see, with the counts of their images. */
export const useRegistries = () =>
  useAnswer(['/assay/registries'], (signal) => answered(api.GET('/assay/registries', { signal })));

/** The subscriptions of these registries. */
export const useSubscriptions = (): readonly string[] => {
  const { data } = useRegistries();
  return useMemo(
    () => [...new Set((data?.value ?? []).map(({ subscriptionId }) => subscriptionId))].toSorted(),
    [data],
  );
};
