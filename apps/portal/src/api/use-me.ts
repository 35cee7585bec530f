import type { components } from './generated/schema.ts';
import { answered, api } from './client.ts';
import { useAnswer } from './use-answer.ts';

/** The caller and its rights; undefined until they are known. */
export const useMe = (): components['schemas']['Me'] | undefined =>
  useAnswer(['/assay/me'], (signal) => answered(api.GET('/assay/me', { signal })), { every: 60_000 }).data;

/**
 * Why the caller may not do something, for a button that stays in its place; undefined if it may, or as long as its
 * rights are not known: then the service decides.
 */
export const usePrevented = (operation: string, because: (operation: string) => string): string | undefined => {
  const me = useMe();
  return me === undefined || (me.operations as readonly string[]).includes(operation) ? undefined : because(operation);
};

/** As `usePrevented`, for an act that concerns every subscription: the right within one of them is not enough. */
export const usePreventedOverAll = (operation: string, because: (operation: string) => string): string | undefined => {
  const me = useMe();
  return me === undefined || (me.everywhere as readonly string[]).includes(operation) ? undefined : because(operation);
};
