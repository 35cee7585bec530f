import { createHmac } from 'node:crypto';
import { Controller, Get, Module, Req } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { TestIssuer } from '../../test/issuer.ts';
import { armApplication } from '../application.ts';
import type { ArmRequest } from '../http.ts';
import type { Access } from './access.ts';
import { accessSettings } from './access-settings.ts';
import type { KeyTimes } from './issuer-keys.ts';
import { callerOf, NeedsSomewhere } from './needs.ts';
import { assignmentsIn } from './assignments.ts';
import { OidcAccess } from './oidc.ts';

@Controller('assay')
class Me {
  @Get('me')
  @NeedsSomewhere('findings/read')
  me(@Req() request: ArmRequest): object {
    return { name: callerOf(request).name, readable: callerOf(request).readable };
  }
}
@Module({ controllers: [Me] })
class MeModule {}

const roles = JSON.stringify([
  { principal: { sub: 'ana' }, role: 'Security Reader', scope: '/' },
  { principal: { groups: 'readers' }, role: 'Reader', scope: '/subscriptions/00000000-0000-0000-0000-000000000001' },
]);
const now = (): number => Math.floor(Date.now() / 1000);
const encoded = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Generated once, since it takes a while. */
let stranger: ReturnType<typeof generateKeyPair> | undefined;
const strangersKey = () => {
  stranger ??= generateKeyPair('RS256', { extractable: true });
  return stranger;
};

const accessIn = (env: Readonly<Record<string, string | undefined>>): Access => accessSettings.read(env).access;

let issuer: TestIssuer;
let app: NestFastifyApplication;
beforeEach(async () => {
  issuer = await TestIssuer.start();
  app = await started(
    accessIn({ ASSAY_OIDC_ISSUER: issuer.issuer, ASSAY_OIDC_AUDIENCE: 'assay, api://assay', ASSAY_ROLES: roles }),
  );
  onTestFinished(() => issuer.close());
});

const started = async (access: Access): Promise<NestFastifyApplication> => {
  const application = await armApplication(MeModule, { access });
  await application.init();
  await application.getHttpAdapter().getInstance().ready();
  onTestFinished(() => application.close());
  return application;
};

const send = async (
  token?: string,
  of = app,
): Promise<{ status: number; code?: string; body: Record<string, unknown>; challenge: string }> => {
  const answer = await of.inject({
    method: 'GET',
    url: '/assay/me',
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  const body = answer.json<{ error?: { code: string } }>();
  return {
    status: answer.statusCode,
    ...(body.error ? { code: body.error.code } : {}),
    body: body as Record<string, unknown>,
    challenge: String(answer.headers['www-authenticate']),
  };
};

describe('a token of a configured issuer', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['RSA', 'RS256', {}],
    ['PSS', 'PS256', {}],
    ['an elliptic curve', 'ES256', {}],
    ['several audiences', 'RS256', { aud: ['other', 'api://assay'] }],
    ['a clock a little ahead', 'RS256', { nbf: now() + 30 }],
    ['a clock a little behind', 'RS256', { exp: now() - 30 }],
  ])('is believed: %s', async (_, alg, claims) => {
    const options =
      alg === 'ES256' ? { alg, kid: 'ec-1' } : alg === 'PS256' ? { alg, kid: 'pss', key: await pss() } : { alg };
    expect(await send(await issuer.token(claims, options))).toMatchObject({
      status: 200,
      body: { name: `ana (${issuer.issuer})`, readable: 'everything' },
    });
  });

  it('gives what its claims are assigned, and nothing without an assignment', async () => {
    expect((await send(await issuer.token({ sub: 'bob', groups: ['others', 'readers'] }))).body.readable).toEqual([
      { kind: 'subscription', subscriptionId: '00000000-0000-0000-0000-000000000001' },
    ]);
    for (const groups of [undefined, 'others', [['readers']], { readers: true }, ''])
      expect(await send(await issuer.token({ sub: 'bob', groups }))).toMatchObject({
        status: 403,
        code: 'AuthorizationFailed',
        body: {
          error: {
            message: expect.stringContaining("'findings/read' over scope '/' or a part of it"),
            additionalInfo: [
              {
                type: 'MissingRight',
                info: {
                  operation: 'findings/read',
                  scope: '/',
                  partly: true,
                  roles: ['ACR Reader', 'Security Reader', 'Security Admin'],
                },
              },
            ],
          },
        },
      });
  });
});

describe('the tokens of Entra ID', () => {
  it('are accepted in both versions, by issuer and audience, and their subjects are kept apart', async () => {
    const v1 = await TestIssuer.start('/tenant/');
    onTestFinished(() => v1.close());
    await v1.rotate('v1');
    const kid = 'rsa-v1';
    const assigned = JSON.stringify([
      { principal: { iss: issuer.issuer, sub: 'ana' }, role: 'SecurityReader', scope: '/' },
      { principal: { tid: 'tenant', roles: 'BillingReader' }, role: 'BillingReader', scope: '/' },
    ]);
    const of = await started(
      accessIn({
        ASSAY_OIDC_ISSUER: `${issuer.issuer},${v1.issuer}`,
        ASSAY_OIDC_AUDIENCE: 'application-id,api://application-id',
        ASSAY_ROLES: assigned,
      }),
    );
    expect(
      await send(await issuer.token({ aud: 'application-id', ver: '2.0', tid: 'tenant', azp: 'a client' }), of),
    ).toMatchObject({ status: 200 });
    expect(
      await send(
        await v1.token({ aud: 'api://application-id', ver: '1.0', tid: 'tenant', appid: 'a client' }, { kid }),
        of,
      ),
    ).toMatchObject({ status: 403 });
    // A token in the name of one issuer, signed by the other, is refused.
    for (const name of [kid, 'rsa-1'])
      expect(
        await send(
          await v1.token({ aud: 'application-id', iss: issuer.issuer }, { kid: name, key: v1.keys[kid]!.privateKey }),
          of,
        ),
      ).toMatchObject({ status: 401 });
    expect(
      await send(await v1.token({ aud: 'api://application-id', iss: 'https://sts.windows.net/other/' }, { kid }), of),
    ).toMatchObject({ status: 401 });
  });
});

/** Claims of the tokens of each identity provider: only access tokens may be used at an API. */
describe('the kind of a token', () => {
  const tenant = '00000000-0000-0000-0000-00000000000a';
  const v2 = { ver: '2.0', tid: tenant, oid: 'o', uti: 'u', rh: 'r' };
  const v1 = { ver: '1.0', tid: tenant, oid: 'o', uti: 'u', rh: 'r' };
  interface Kind {
    readonly header?: Record<string, unknown>;
    readonly claims?: Record<string, unknown>;
  }

  it.each<[string, Kind]>([
    ['RFC 9068', { header: { typ: 'at+jwt' }, claims: { client_id: 'c', jti: 'j', scope: 'read' } }],
    [
      'RFC 9068, its type in full',
      { header: { typ: 'application/at+jwt' }, claims: { client_id: 'c', jti: 'j', auth_time: now() } },
    ],
    ['no type at all', { header: { typ: undefined } }],
    [
      'Entra v2, of a user',
      {
        claims: {
          ...v2,
          azp: 'a client',
          azpacr: '1',
          scp: 'read',
          name: 'Ana',
          preferred_username: 'ana@example.test',
        },
      },
    ],
    [
      'Entra v2, of an application with a role',
      { claims: { ...v2, azp: 'a client', azpacr: '1', roles: ['SecurityReader'] } },
    ],
    ['Entra v2, of an application without one', { claims: { ...v2, azp: 'a client', azpacr: '2' } }],
    ['Entra v2, of an application that says so', { claims: { ...v2, idtyp: 'app' } }],
    [
      'Entra v1, of a user',
      { claims: { ...v1, appid: 'a client', appidacr: '0', scp: 'user_impersonation', unique_name: 'ana' } },
    ],
    ['Entra v1, of an application without a role', { claims: { ...v1, appid: 'a client', appidacr: '1', idp: 'i' } }],
    ['Keycloak', { claims: { typ: 'Bearer', azp: 'a client', scope: 'openid profile', sid: 's', auth_time: now() } }],
    [
      'Keycloak as it was before version 25',
      { claims: { typ: 'Bearer', azp: 'a client', nonce: 'n', auth_time: now() } },
    ],
    ['Keycloak, bound to a key', { claims: { typ: 'DPoP', azp: 'a client' } }],
    ['Auth0', { claims: { azp: 'a client', scope: 'openid', gty: 'client-credentials' } }],
    ['Okta', { header: { typ: undefined }, claims: { ver: 1, jti: 'AT.1', cid: 'a client', uid: 'u', scp: ['read'] } }],
    ['Cognito', { claims: { token_use: 'access', client_id: 'c' } }],
    ['an issuer with words of its own', { claims: { typ: 'access_token' } }],
  ])('is accepted as an access token of %s', async (_, { header = {}, claims = {} }) => {
    expect(await send(await issuer.token(claims, { header }))).toMatchObject({ status: 200 });
  });

  it.each<[string, Kind]>([
    ['a nonce', { claims: { nonce: 'n' } }],
    ['the hash of an access token', { claims: { at_hash: 'h' } }],
    ['the hash of a code', { claims: { c_hash: 'h' } }],
    ['the hash of a state', { claims: { s_hash: 'h' } }],
    ['Entra v2', { claims: { ...v2, name: 'Ana', preferred_username: 'ana@example.test', nonce: 'n' } }],
    [
      'Entra v2, without a nonce and with a role',
      { claims: { ...v2, name: 'Ana', roles: ['SecurityReader'], groups: ['readers'] } },
    ],
    ['Entra v1', { claims: { ...v1, amr: ['pwd'], unique_name: 'ana', upn: 'ana@example.test' } }],
    ['Keycloak', { claims: { typ: 'ID', azp: 'a client', sid: 's', auth_time: now(), acr: '1' } }],
    ['Keycloak, to refresh', { claims: { typ: 'Refresh', azp: 'a client' } }],
    ['Keycloak, to refresh without a session', { claims: { typ: 'Offline', azp: 'a client' } }],
    ['Keycloak, to log out', { claims: { typ: 'Logout' } }],
    ['Cognito', { claims: { token_use: 'id' } }],
    ['a header that says so', { header: { typ: 'id_token+jwt' } }],
    ['a proof of possession', { header: { typ: 'dpop+jwt' } }],
    ['a message that somebody logged out', { header: { typ: 'logout+jwt' } }],
    ['a security event', { header: { typ: 'secevent+jwt' } }],
    ['a type that is no text', { header: { typ: 7 } }],
  ])('is refused where it is another one: %s', async (_, { header = {}, claims = {} }) => {
    expect(await send(await issuer.token(claims, { header }))).toMatchObject({
      status: 401,
      code: 'InvalidAuthenticationToken',
    });
  });
});

/** A key for PSS, published beside the others. */
const pss = async () => {
  const pair = await generateKeyPair('PS256', { extractable: true });
  issuer.keys.pss = { ...pair, alg: 'PS256' };
  return pair.privateKey;
};

describe('an invalid token', () => {
  const rsa = () => issuer.keys['rsa-1']!;
  const hs256 = (secret: string | Buffer, header: object, claims: object): string => {
    const signed = `${encoded(header)}.${encoded(claims)}`;
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  };
  const good = () => ({ iss: issuer.issuer, aud: 'assay', sub: 'ana', iat: now(), exp: now() + 300 });

  it.each<[string, () => Promise<string> | string, string?]>([
    ['no signature', () => `${encoded({ alg: 'none', typ: 'JWT' })}.${encoded(good())}.`],
    ['no signature, in other letters', () => `${encoded({ alg: 'nOnE', kid: 'rsa-1' })}.${encoded(good())}.`],
    [
      'the public key as a secret',
      async () => hs256(await exportSPKI(rsa().publicKey), { alg: 'HS256', kid: 'rsa-1' }, good()),
    ],
    [
      'the modulus as a secret',
      async () =>
        hs256(Buffer.from((await exportJWK(rsa().publicKey)).n!, 'base64url'), { alg: 'HS256', kid: 'rsa-1' }, good()),
    ],
    ['an empty secret', () => hs256('', { alg: 'HS256' }, good())],
    [
      'a key of its own in its header',
      async () => {
        const own = await strangersKey();
        return issuer.token({}, { key: own.privateKey, header: { jwk: await exportJWK(own.publicKey) } });
      },
    ],
    [
      'an address for keys in its header',
      async () =>
        issuer.token(
          {},
          {
            key: (await strangersKey()).privateKey,
            header: { jku: `${issuer.issuer}/evil`, x5u: `${issuer.issuer}/evil` },
          },
        ),
    ],
    [
      'a path for a key',
      async () => issuer.token({}, { kid: '../../../dev/null', key: (await strangersKey()).privateKey }),
    ],
    [
      'an address for a key',
      async () => issuer.token({}, { kid: `${issuer.issuer}/evil`, key: (await strangersKey()).privateKey }),
    ],
    ['another key under a known name', async () => issuer.token({}, { key: (await strangersKey()).privateKey })],
    [
      'an algorithm that is not allowed',
      async () => {
        const { privateKey } = await generateKeyPair('RS512');
        return issuer.token({}, { alg: 'RS512', key: privateKey });
      },
    ],
    [
      'a demand that nobody understands',
      () =>
        new SignJWT(good())
          .setProtectedHeader({ alg: 'RS256', kid: 'rsa-1', crit: ['urn:demand'], 'urn:demand': true })
          .sign(rsa().privateKey, { crit: { 'urn:demand': true } }),
    ],
    ['another issuer', () => issuer.token({ iss: 'https://elsewhere.test/tenant/v2.0' })],
    ['the same issuer, v1 for v2', () => issuer.token({ iss: issuer.issuer.replace('/v2.0', '/') })],
    ['an issuer with a slash more', () => issuer.token({ iss: `${issuer.issuer}/` })],
    ['no issuer', () => issuer.token({ iss: undefined })],
    [
      'an issuer that is no text',
      () => `${encoded({ alg: 'RS256' })}.${encoded({ ...good(), iss: [issuer.issuer] })}.AAAA`,
    ],
    ['another audience', () => issuer.token({ aud: 'https://graph.test' })],
    ['no audience', () => issuer.token({ aud: undefined })],
    ['an expired one', () => issuer.token({ exp: now() - 90 }), 'ExpiredAuthenticationToken'],
    ['one that never expires', () => issuer.token({ exp: undefined })],
    ['an expiry that is no number', () => issuer.token({ exp: 'never' })],
    ['one that is not good yet', () => issuer.token({ nbf: now() + 90 })],
    ['no subject', () => issuer.token({ sub: undefined })],
    ['a subject that is no text', () => issuer.token({ sub: { ana: true } })],
    [
      'a changed claim',
      async () => {
        const [header, , signature] = (await issuer.token()).split('.');
        return `${header}.${encoded({ ...good(), sub: 'root' })}.${signature}`;
      },
    ],
    ['a signature cut off', async () => (await issuer.token()).slice(0, -4)],
    ['nested JSON', () => `${encoded({ alg: 'RS256' })}.${encoded(`${'['.repeat(5000)}${']'.repeat(5000)}`)}.AAAA`],
    ['JSON that is none', () => `${encoded({ alg: 'RS256' })}.${encoded('{"iss":')}.AAAA`],
    ['a prototype', () => `${encoded({ alg: 'RS256' })}.${encoded('{"__proto__":{"iss":"x"},"constructor":{}}')}.AAAA`],
    ['words', () => 'open-sesame'],
    ['dots', () => '..'],
    ['five parts, as an encrypted one has', () => 'a.b.c.d.e'],
  ])('is refused: %s', async (_, make, code = 'InvalidAuthenticationToken') => {
    const answer = await send(await make());
    expect(answer).toMatchObject({ status: 401, code });
    expect(answer.challenge).toBe(
      `Bearer authorization_uri="${issuer.issuer}", error="invalid_token", ` +
        `error_description="The access token ${code.startsWith('Expired') ? 'has expired' : 'is invalid'}."`,
    );
    expect(
      issuer.requests.filter((path) => !path.endsWith('/openid-configuration') && !path.endsWith('/keys')),
    ).toEqual([]);
  });

  it('is refused where it is missing', async () => {
    expect(await send()).toMatchObject({ status: 401, code: 'AuthenticationFailed' });
    expect(
      (await app.inject({ url: '/assay/me', headers: { authorization: `Basic ${await issuer.token()}` } })).json(),
    ).toMatchObject({ error: { code: 'InvalidAuthenticationToken' } });
  });

  it('is refused by its size before it is read', async () => {
    await app.listen(0, '127.0.0.1');
    const answer = await fetch(`${(await app.getUrl()).replace('[::1]', '127.0.0.1')}/assay/me`, {
      headers: { authorization: `Bearer ${'a'.repeat(100_000)}` },
    });
    expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([
      431,
      'RequestHeaderFieldsTooLarge',
    ]);
  });
});

describe('the keys of an issuer', () => {
  // Time passes only by a test's own calls.
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const times: KeyTimes = { cooldownMs: 400, freshMs: 1000, staleMs: 60_000, pauseMs: 200 };
  const quick = (over: Partial<KeyTimes> = {}) =>
    started(
      new OidcAccess(
        { issuers: [issuer.issuer], audiences: ['assay'], algorithms: ['RS256'], clockSkewSeconds: 60 },
        assignmentsIn(roles),
        { ...times, ...over },
      ),
    );
  const fetched = (): number => issuer.requests.filter((path) => path.endsWith('/keys')).length;

  it('are fetched with the first token, and once only for many at a time', async () => {
    expect(fetched()).toBe(0);
    const token = await issuer.token();
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(token)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(fetched()).toBe(1);
  });

  it('are not requested again by a flood of unknown key names', async () => {
    await send(await issuer.token());
    const { privateKey } = await strangersKey();
    const flood = await Promise.all(
      Array.from({ length: 200 }, async (_, n) =>
        send(await issuer.token({}, { kid: `made-up-${n}`, key: privateKey })),
      ),
    );
    expect(new Set(flood.map(({ status }) => status))).toEqual(new Set([401]));
    expect(fetched()).toBe(1);
  });

  it('are replaced after a change, within the minimum time between fetches', async () => {
    const of = await quick();
    expect((await send(await issuer.token(), of)).status).toBe(200);
    await issuer.rotate('2');
    const next = await issuer.token({}, { kid: 'rsa-2' });
    expect((await send(next, of)).status).toBe(401);
    vi.advanceTimersByTime(450);
    expect((await send(next, of)).status).toBe(200);
  });

  it('stay valid while the issuer is away; without any, a token is answered 503', async () => {
    const [known, fresh] = [await quick(), await quick()];
    const token = await issuer.token();
    expect((await send(token, known)).status).toBe(200);
    issuer.down = true;
    vi.advanceTimersByTime(1050);
    expect((await send(token, known)).status).toBe(200);
    const before = issuer.requests.length;
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(token, fresh)));
    expect(new Set(answers.map(({ status, code }) => `${status} ${code}`))).toEqual(
      new Set(['503 ServiceUnavailable']),
    );
    expect((await send(token, fresh)).status).toBe(503);
    expect(issuer.requests.length).toBe(before + 1);
    issuer.down = false;
    vi.advanceTimersByTime(250);
    expect((await send(token, fresh)).status).toBe(200);
  });

  it('are dropped when they could not be refreshed for too long', async () => {
    const of = await quick({ freshMs: 100, staleMs: 300, pauseMs: 10 });
    const token = await issuer.token();
    expect((await send(token, of)).status).toBe(200);
    issuer.down = true;
    vi.advanceTimersByTime(400);
    expect((await send(token, of)).status).toBe(503);
  });
});

describe('the shared token beside an issuer', () => {
  it('is compared first, and all other tokens go to the issuer', async () => {
    const of = await started(
      accessIn({
        ASSAY_API_TOKEN: 'open-sesame',
        ASSAY_OIDC_ISSUER: issuer.issuer,
        ASSAY_OIDC_AUDIENCE: 'assay',
        ASSAY_ROLES: roles,
      }),
    );
    expect((await send('open-sesame', of)).body.name).toBe('operator (assay)');
    expect((await send(await issuer.token(), of)).body.name).toBe(`ana (${issuer.issuer})`);
    expect((await send('open-sesam', of)).status).toBe(401);
  });
});

describe('settings of an issuer', () => {
  const env = { ASSAY_OIDC_ISSUER: 'https://issuer.test', ASSAY_OIDC_AUDIENCE: 'assay', ASSAY_ROLES: '[]' };
  const role = (over: object) => ({
    ASSAY_ROLES: JSON.stringify([{ principal: { sub: 'ana' }, role: 'Security Reader', scope: '/', ...over }]),
  });
  it.each<[string, Record<string, string>, string]>([
    ['plain HTTP', { ASSAY_OIDC_ISSUER: 'http://issuer.test' }, 'must be the https address'],
    ['no address', { ASSAY_OIDC_ISSUER: 'https://issuer.test,there' }, "not 'there'"],
    ['no audience', { ASSAY_OIDC_AUDIENCE: ' ' }, 'needs ASSAY_OIDC_AUDIENCE'],
    ['a shared secret', { ASSAY_OIDC_ALGORITHMS: 'RS256,HS256' }, "not 'HS256'"],
    ['no signature', { ASSAY_OIDC_ALGORITHMS: 'none' }, "not 'none'"],
    ['a clock far off', { ASSAY_OIDC_CLOCK_SKEW_SECONDS: '86400' }, 'from 1 to 600'],
    ['no roles', { ASSAY_ROLES: '' }, 'needs ASSAY_ROLES'],
    ['roles that are no list', { ASSAY_ROLES: '/none.json' }, 'neither JSON nor the path of a readable file'],
    [
      'an unknown role',
      role({ role: 'Owner' }),
      'ASSAY_ROLES[0].role must be one of Security Reader, ACR Reader, AcrPull, Security Admin, Billing Reader',
    ],
    ['no claim', role({ principal: {} }), 'ASSAY_ROLES[0].principal must be claims'],
    ['a claim without a value', role({ principal: { sub: '' } }), 'principal must be claims'],
    ['claims that are a text', role({ principal: 'ana' }), 'principal must be claims'],
    [
      'a cluster beside another role',
      role({ cluster: 'prod' }),
      'ASSAY_ROLES[0].cluster must be the name of a cluster',
    ],
    ['no scope', role({ scope: undefined }), 'ASSAY_ROLES[0].scope must be the id'],
    ['a subscription that is none', role({ scope: '/subscriptions/x' }), 'scope must be the id'],
    [
      'a management group',
      role({ scope: '/providers/Microsoft.Management/managementGroups/all' }),
      'scope must be the id',
    ],
  ])('are refused with %s', (_, wrong, message) => expect(() => accessIn({ ...env, ...wrong })).toThrow(message));

  it('accept the names of application roles of Entra ID', () => {
    expect(
      assignmentsIn(
        JSON.stringify(
          ['SecurityReader', 'Security.Admin', 'billing-reader', 'AcrPull', 'Reader'].map((name) => ({
            principal: { roles: name },
            role: name,
            scope: '/',
          })),
        ),
      ).map(({ may }) => may[0]),
    ).toEqual(['findings/read', 'findings/read', 'charges/read', 'gate/read', 'findings/read']);
  });
});
