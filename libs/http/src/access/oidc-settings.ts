import { SettingError, type declaredAccess, type ValueOf } from '@assay/settings';

/** The settings as given, each valid by itself. */
export type GivenAccess = ValueOf<typeof declaredAccess>;

export interface OidcSettings {
  /** Exactly as in the claim `iss`. */
  readonly issuers: readonly string[];
  readonly audiences: readonly string[];
  readonly algorithms: readonly string[];
  readonly clockSkewSeconds: number;
}

/** Signatures that only the issuer can make. Excludes shared secrets: a party that can verify those could also sign. */
const asymmetric = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** Keys fetched over plain HTTP could be forged in transit; loopback has no one in between. */
const isSafe = (url: URL): boolean =>
  url.protocol === 'https:' ||
  (url.protocol === 'http:' && /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(url.hostname));

const issuerOf = (text: string): string => {
  const url = URL.parse(text);
  if (!url || !isSafe(url) || url.search !== '' || url.hash !== '' || /["\\]/.test(text))
    throw new SettingError(
      `ASSAY_OIDC_ISSUER must be the https address of an issuer, as it stands in the claim \`iss\`, not '${text}'`,
    );
  return text;
};

/**
 * Reads the trusted issuers; undefined without any.
 * @throws SettingError if the settings are incomplete
 */
export const oidcSettings = (given: GivenAccess): OidcSettings | undefined => {
  const { audiences, algorithms, roles, clockSkewSeconds } = given;
  const issuers = given.issuers.map(issuerOf);
  if (issuers.length === 0) {
    const alone = audiences.length > 0 ? 'ASSAY_OIDC_AUDIENCE' : roles && 'ASSAY_ROLES';
    if (alone) throw new SettingError(`${alone} has no effect without ASSAY_OIDC_ISSUER: set both or neither`);
    return undefined;
  }
  if (audiences.length === 0)
    throw new SettingError(
      'ASSAY_OIDC_ISSUER needs ASSAY_OIDC_AUDIENCE: a token for another API must not be valid for this one',
    );
  const unknown = algorithms.find((algorithm) => !asymmetric.includes(algorithm));
  if (unknown)
    throw new SettingError(`ASSAY_OIDC_ALGORITHMS must be some of ${asymmetric.join(', ')}, not '${unknown}'`);
  return {
    issuers,
    audiences,
    algorithms: algorithms.length > 0 ? algorithms : ['RS256', 'PS256', 'ES256'],
    clockSkewSeconds,
  };
};
