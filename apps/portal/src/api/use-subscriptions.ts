import { useMemo } from 'react';
import { answered, api } from './client.ts';
import { namesOf, type NamedSubscription } from './subscription-names.ts';
import { useAnswer } from './use-answer.ts';

/** The registries that the caller may see, with the counts of their images. */
export const useRegistries = () =>
  useAnswer(['/assay/registries'], (signal) => answered(api.GET('/assay/registries', { signal })));

/** The subscriptions of these registries, by name. */
export const useSubscriptions = (): readonly NamedSubscription[] => {
  const { data } = useRegistries();
  return useMemo(() => namesOf(data?.value ?? []), [data]);
};
