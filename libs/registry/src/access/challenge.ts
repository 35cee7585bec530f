import { RegistryError } from '../error.ts';

/** The authentication challenge of a 401. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service: string | undefined };

const parameter = (challenge: string, name: string): string | undefined =>
  new RegExp(`[\\s,]${name}="([^"]*)"`, 'i').exec(challenge)?.[1];

/** Prefers Bearer among several challenges: its token is valid for one repository and for minutes only. */
export const challengeOf = (header: string | readonly string[] | undefined): Challenge => {
  const offers = [header ?? []].flat();
  const bearer = offers.find((offer) => /(^|,\s*)bearer\s/i.test(offer));
  const realm = bearer && parameter(bearer, 'realm');
  if (bearer && realm) return { scheme: 'bearer', realm, service: parameter(bearer, 'service') };
  if (offers.some((offer) => /(^|,\s*)basic\b/i.test(offer))) return { scheme: 'basic' };
  throw new RegistryError('unauthorized', 'refused without a usable challenge');
};
