import { declaredAccess, derived, type Settings } from '@assay/settings';
import { openAccess, sharedToken, type Access } from './access.ts';
import { OidcAccess } from './oidc.ts';

/** The callers' authentication: as a whole, and by their issuers' tokens alone. */
export interface CallerAccess {
  readonly access: Access;
  /** Undefined without issuers. */
  readonly oidc: OidcAccess | undefined;
}

export const accessSettings: Settings<CallerAccess> = derived(declaredAccess, (given) => {
  const oidc = OidcAccess.by(given);
  return { oidc, access: given.token ? sharedToken(given.token, oidc) : (oidc ?? openAccess) };
});
