import { createHash, timingSafeEqual } from 'node:crypto';
import type { ArmRequest } from '../http.ts';
import { bearerOf, unauthenticated } from './bearer.ts';
import { superuser, type Caller } from './caller.ts';

/**
 * Identifies the sender of a request.
 * @throws ArmError 401, or 503 while the sender cannot be verified
 */
export interface Access {
  identify(request: ArmRequest): Caller | Promise<Caller>;
}

/** Requires no authentication: for tests, and for applications that do not listen. */
export const openAccess: Access = { identify: () => superuser('anybody') };

const fingerprint = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * One token that allows every operation: for a trial, or for the operators. Compares hashes, so that timing does not
 * reveal the token's length.
 */
export const sharedToken = (token: string, fallback?: Access & { readonly authority: string }): Access => {
  const expected = fingerprint(token);
  const operator = superuser('operator');
  return {
    identify: (request) => {
      if (timingSafeEqual(fingerprint(bearerOf(request, fallback?.authority)), expected)) return operator;
      if (fallback) return fallback.identify(request);
      throw unauthenticated(request, 'InvalidAuthenticationToken');
    },
  };
};
