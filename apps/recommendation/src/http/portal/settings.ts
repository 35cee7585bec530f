/** How users of the portal sign in. */
export class PortalSettings {
  /** The issuer that the portal sends its users to; undefined if only a token signs in. */
  readonly issuer: string | undefined;
  /** The id that the issuer gave to the portal, a public client. */
  readonly clientId: string | undefined;
  /** Scopes that the portal asks for, with spaces between. */
  readonly scope: string;

  constructor({ issuer, clientId, scope = 'openid' }: Partial<PortalSettings> = {}) {
    this.issuer = issuer;
    this.clientId = clientId;
    this.scope = scope;
  }
}
