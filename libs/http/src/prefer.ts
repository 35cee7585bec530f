import { headerOf, type ArmRequest } from './http.ts';

/** Splits at commas outside quotes. */
const preferencePattern = /(?:[^,"]|"(?:[^"\\]|\\.)*")+/g;
const waitPattern = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;|$)/i;

/**
 * Returns the seconds of `Prefer: wait=N` (RFC 7240). Ignores values that are no number; the first valid one counts.
 */
export const waitPreferred = (request: Pick<ArmRequest, 'headers'>): number | undefined => {
  const { prefer } = request.headers;
  const text = typeof prefer === 'object' ? prefer.join(',') : headerOf(request, 'prefer');
  const found = (text?.match(preferencePattern) ?? [])
    .map((preference) => waitPattern.exec(preference)?.[1])
    .find((seconds) => seconds !== undefined);
  return found === undefined ? undefined : Number(found);
};
