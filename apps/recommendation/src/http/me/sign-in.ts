/** How callers get a token. */
export class SignIn {
  /** @param issuer the address of the OIDC issuer that callers sign in at; undefined if there is only a shared token */
  constructor(readonly issuer?: string) {}
}
