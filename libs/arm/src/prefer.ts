import { headerOf, type ArmRequest } from './http.ts';

/** Splits at commas outside quotes. */
const each = /(?:[^,"]|"(?:[^"\\]|\\.)*")+/g;
const wait = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;|$)/i;

/**
 * Returns the seconds of `Prefer: wait=N` (RFC 7240). Ignores values that are no number; the first valid one counts.
 */
export const waitPreferred = (request: Pick<ArmRequest, 'headers'>): number | undefined => {
  const { prefer } = request.headers;
  const said = typeof prefer === 'object' ? prefer.join(',') : headerOf(request, 'prefer');
  const found = (said?.match(each) ?? []).map((one) => wait.exec(one)?.[1]).find((seconds) => seconds !== undefined);
  return found === undefined ? undefined : Number(found);
};
