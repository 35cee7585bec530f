import { createHash, timingSafeEqual } from 'node:crypto';
import type { ArmRequest } from '../http.ts';
import { bearerOf, unauthenticated } from './bearer.ts';
import { almighty, type Caller } from './caller.ts';
import { OidcAccess } from './oidc.ts';

/** Finds out who sends a request.
 * @throws ArmError 401, or 503 where nobody can tell just now */
export interface Access {
  identify(request: ArmRequest): Caller | Promise<Caller>;
}

/** Nobody is asked: for tests, and for what listens nowhere. */
export const openAccess: Access = { identify: () => almighty('anybody') };

const fingerprint = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * One token that opens everything: of a suite for trying out, or of its operators. Hashes are compared, so lengths tell
 * nothing.
 */
export const sharedToken = (token: string, otherwise?: Access & { readonly authority: string }): Access => {
  const expected = fingerprint(token);
  const operator = almighty('operator');
  return {
    identify: (request) => {
      if (timingSafeEqual(fingerprint(bearerOf(request, otherwise?.authority)), expected)) return operator;
      if (otherwise) return otherwise.identify(request);
      throw unauthenticated(request, 'InvalidAuthenticationToken');
    },
  };
};

/** Who may come in, as the settings say.
 * @throws SettingError */
export const accessIn = (env: Readonly<Record<string, string | undefined>>): Access => {
  const oidc = OidcAccess.in(env);
  return env.ASSAY_API_TOKEN ? sharedToken(env.ASSAY_API_TOKEN, oidc) : (oidc ?? openAccess);
};
