/** How callers get a token. */
export class SignIn {
  /**
   * @param issuer the address of the OIDC issuer that callers sign in at; undefined if there is only a shared token
   * @param audience the first audience for which its tokens are accepted
   */
  constructor(
    readonly issuer?: string,
    readonly audience?: string,
  ) {}
}
