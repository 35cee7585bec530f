import { decodeJwt, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { at, present } from '@assay/events';
import { unavailable } from '@assay/arm';
import type { ArmRequest } from '../http.ts';
import type { Access } from './access.ts';
import { isAccessToken } from './access-token.ts';
import { assignmentsIn, grantsOf, type Assignment } from './assignments.ts';
import { bearerOf, unauthenticated } from './bearer.ts';
import { Caller } from './caller.ts';
import { KeysUnavailable, keysOf, type KeyTimes } from './issuer-keys.ts';
import { oidcSettings, type GivenAccess, type OidcSettings } from './oidc-settings.ts';

/** Accepts the tokens of configured issuers and gives their bearers the grants assigned to their claims. */
export class OidcAccess implements Access {
  readonly #keys: ReadonlyMap<string, JWTVerifyGetKey>;
  /** Address for a client that has no token. */
  readonly authority: string;
  /** The first audience that its tokens may have. */
  readonly audience: string;

  constructor(
    private readonly settings: OidcSettings,
    private readonly assignments: readonly Assignment[],
    times?: KeyTimes,
  ) {
    this.#keys = new Map(settings.issuers.map((issuer) => [issuer, keysOf(issuer, times)]));
    this.authority = at(settings.issuers, 0);
    this.audience = at(settings.audiences, 0);
  }

  /** @throws SettingError */
  static by(given: GivenAccess): OidcAccess | undefined {
    const settings = oidcSettings(given);
    return settings && new OidcAccess(settings, assignmentsIn(given.roles));
  }

  async identify(request: ArmRequest): Promise<Caller> {
    const token = bearerOf(request, this.authority);
    try {
      const claims = await this.#claims(token);
      return new Caller(
        present(claims.sub, 'subject'),
        present(claims.iss, 'issuer'),
        grantsOf(this.assignments, claims),
      );
    } catch (error) {
      if (error instanceof KeysUnavailable)
        throw unavailable("The keys of the token's issuer cannot be read at the moment.", 5);
      throw unauthenticated(
        request,
        error instanceof errors.JWTExpired ? 'ExpiredAuthenticationToken' : 'InvalidAuthenticationToken',
        this.authority,
      );
    }
  }

  /**
   * Picks the issuer by the token's own claim, then checks the token with that issuer's keys only. Sends no request to
   * an unknown issuer.
   */
  async #claims(token: string): Promise<JWTPayload> {
    const { audiences, algorithms, clockSkewSeconds } = this.settings;
    const issuer = decodeJwt(token).iss ?? '';
    const keys = this.#keys.get(issuer);
    if (!keys) throw new errors.JWTInvalid('its issuer is not known');
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer,
      audience: [...audiences],
      algorithms: [...algorithms],
      clockTolerance: clockSkewSeconds,
      requiredClaims: ['exp', 'sub'],
    });
    if (!isAccessToken(protectedHeader, payload)) throw new errors.JWTInvalid('it was not issued for an API');
    return payload;
  }
}
