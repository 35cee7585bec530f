/** The issuer that the portal's users sign in at. */
export interface Issuer {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
}

/** Facts that the service wrote into the page, since the API answers nothing before a user has signed in. */
export const issuerOfPage = (): Issuer | undefined => {
  const content = document.querySelector('meta[name="assay-sign-in"]')?.getAttribute('content');
  const given = JSON.parse(content ?? '{}') as Partial<Issuer>;
  return given.issuer === undefined || given.clientId === undefined
    ? undefined
    : { issuer: given.issuer, clientId: given.clientId, scope: given.scope ?? 'openid' };
};
