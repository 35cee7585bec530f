import fc from 'fast-check';
import type { ArmRequest } from '../../../libs/http/src/http.ts';
import { OidcAccess } from '../../../libs/http/src/access/oidc.ts';
import { byteEdits, edited, type ByteEdit } from '../mutating/bytes.ts';
import { editedJson, jsonEdits, type JsonEdit } from '../mutating/json.ts';
import { expectThat, type FuzzTarget } from '../target.ts';

interface TokenCase {
  readonly header: readonly JsonEdit[];
  readonly claims: readonly JsonEdit[];
  readonly signature: readonly ByteEdit[];
  readonly whole: readonly ByteEdit[];
  readonly scheme: string;
}

const keys = [
  'alg',
  'kid',
  'typ',
  'jwk',
  'jku',
  'x5u',
  'x5c',
  'crit',
  'b64',
  'zip',
  'cty',
  'iss',
  'aud',
  'sub',
  'exp',
  'nbf',
  'iat',
  'tid',
  'groups',
  'roles',
];
const cases: fc.Arbitrary<TokenCase> = fc.record({
  header: jsonEdits(keys, 2),
  claims: jsonEdits(keys, 3),
  signature: byteEdits(['A', '=', '-', '_', '.'], 1),
  whole: byteEdits(['.', ' ', ',', 'Bearer ', '=', '\u0000'], 1),
  scheme: fc.constantFrom('Bearer ', 'bearer ', 'Bearer', 'Basic ', '', 'Bearer  ', 'Bearer \t'),
});

const decoded = (part: string | undefined): string => Buffer.from(part ?? '', 'base64url').toString('utf8');
const encoded = (text: string): string => Buffer.from(text).toString('base64url');

/** A token that its issuer signed, changed afterwards. */
export const tokens: FuzzTarget<TokenCase> = {
  name: 'bearer-tokens',
  description: 'tokens of an OIDC issuer, changed after they were signed',
  perTurn: 100,
  cases,
  hold: async ({ header, claims, signature, whole, scheme }, world) => {
    const issuer = await world.issuer();
    const good = await issuer.token();
    const [ownHeader, ownClaims, mark] = good.split('.');
    // Unchanged parts keep their bytes, because the signature covers those.
    const part = (own: string | undefined, edits: readonly JsonEdit[]): string =>
      edits.length === 0 ? own! : encoded(editedJson(JSON.parse(decoded(own)), edits));
    const token = edited(
      [part(ownHeader, header), part(ownClaims, claims), edited(mark!, signature).toString('latin1')].join('.'),
      whole,
    ).toString('latin1');
    const requestsBefore = issuer.requests.length;
    const access = new OidcAccess(
      { issuers: [issuer.issuer], audiences: ['assay'], algorithms: ['RS256'], clockSkewSeconds: 60 },
      [],
    );
    const request = {
      headers: { authorization: `${scheme}${token}` },
      raw: { rawHeaders: ['authorization', `${scheme}${token}`] },
    } as unknown as ArmRequest;
    const outcome = await access.identify(request).then(
      () => 'believed',
      (error: unknown) => error,
    );
    expectThat(
      issuer.requests.slice(requestsBefore).every((path) => /\/(openid-configuration|keys)$/.test(path)),
      `it was asked for ${issuer.requests.slice(requestsBefore).join()}`,
    );
    if (outcome === 'believed') {
      const [, shown] = token.split('.');
      expectThat(decoded(shown) === decoded(ownClaims), `believed what nobody has signed: ${decoded(shown)}`);
      return;
    }
    expectThat((outcome as { getStatus?: () => number }).getStatus?.() === 401, `refused with ${String(outcome)}`);
  },
};
