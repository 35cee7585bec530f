import type { ToolLinks } from './links.ts';

/** How users of the portal sign in, and where else it leads them. */
export class PortalSettings {
  /** The issuer that the portal sends its users to; undefined if only a token signs in. */
  readonly issuer: string | undefined;
  /** The id that the issuer gave to the portal, a public client. */
  readonly clientId: string | undefined;
  /** Scopes that the portal asks for, with spaces between. */
  readonly scope: string;
  readonly links: ToolLinks;

  constructor({ issuer, clientId, scope = 'openid', links = {} }: Partial<PortalSettings> = {}) {
    this.issuer = issuer;
    this.clientId = clientId;
    this.scope = scope;
    this.links = links;
  }
}
