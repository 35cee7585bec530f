import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import { portalFiles } from './portal-files.ts';
import { PortalController } from './portal.controller.ts';
import { PortalSettings } from './settings.ts';

let assay: ServiceUnderTest;
beforeAll(async () => {
  assay = await suite({
    arm: {
      access: {
        identify: () => {
          throw new Error('a public file asked for its caller');
        },
      },
    },
  });
});
afterAll(() => assay.close());

const get = (url: string, headers: Record<string, string> = {}) => assay.app.inject({ method: 'GET', url, headers });

/** Scripts and style sheets that the page loads. */
const assets = async (): Promise<readonly string[]> =>
  [...(await get('/portal/')).body.matchAll(/(?:src|href)="(\/portal\/[^"]+)"/g)].map(([, path]) => path!);

describe('the portal', () => {
  it.each(['/portal', '/portal/', '/portal/images', '/portal/images/sha256:00', '/portal/a/b/c'])(
    'is one page for every address, such as %s',
    async (url) => {
      const { statusCode, headers, body } = await get(url);
      expect([statusCode, headers['content-type'], headers['cache-control']]).toEqual([
        200,
        'text/html; charset=utf-8',
        'no-cache',
      ]);
      expect(body).toContain('<div id="portal">');
    },
  );

  it('has nothing inline, and loads what lies beside it only', async () => {
    const { body } = await get('/portal/');
    expect(body.match(/<script(?![^>]*\bsrc=)|<style|\son\w+=|style=/g)).toBeNull();
    expect((await assets()).length).toBeGreaterThan(1);
    expect([...body.matchAll(/(?:src|href)="([^"]+)"/g)].filter(([, to]) => !to!.startsWith('/portal/'))).toEqual([]);
  });

  it('is sent under a policy without an exception', async () => {
    const { headers } = await get('/portal/');
    expect(headers).toMatchObject({
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; " +
        "trusted-types 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(headers['set-cookie']).toBeUndefined();
  });

  it('sends files that never change with the coding that the client accepts', async () => {
    for (const path of await assets()) {
      const plain = await get(path);
      expect([path, plain.statusCode, plain.headers['cache-control']]).toEqual([
        path,
        200,
        'public, max-age=31536000, immutable',
      ]);
      const [br, gzip] = [
        await get(path, { 'accept-encoding': 'gzip, br' }),
        await get(path, { 'accept-encoding': 'gzip' }),
      ];
      expect([br.headers['content-encoding'], gzip.headers['content-encoding']]).toEqual(['br', 'gzip']);
      expect(brotliDecompressSync(br.rawPayload).equals(plain.rawPayload)).toBe(true);
      expect(gunzipSync(gzip.rawPayload).equals(plain.rawPayload)).toBe(true);
    }
  });

  it.each(['/portal/assets/none.js', '/portal/assets/index.html', '/portal/assets/constructor'])(
    'has no %s',
    async (url) => {
      expect((await get(url)).statusCode).toBe(404);
    },
  );

  it('names the issuer to a user without a token, and lets the page ask it', () => {
    const sent: Record<string, string> = {};
    const reply = {
      header: (name: string, value: string) => {
        sent[name] = value;
        return reply;
      },
    };
    const portal = new PortalController(
      new PortalSettings({ issuer: 'https://login.example.com/a"b', clientId: 'id<1>', scope: 'openid api' }),
    );
    const page = portal.home({ headers: {} } as never, reply as never).toString();
    expect(sent['content-security-policy']).toContain("connect-src 'self' https://login.example.com;");
    expect(page).toContain(
      '<meta name="assay-sign-in" content="{&quot;issuer&quot;:&quot;https://login.example.com/a\\&quot;b&quot;,' +
        '&quot;clientId&quot;:&quot;id&lt;1>&quot;,&quot;scope&quot;:&quot;openid api&quot;}">',
    );
  });
});

describe('the files of the portal', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-portal-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are none where nothing was built', () => {
    expect(portalFiles(join(folder, 'none')).size).toBe(0);
  });

  it('are those that a browser loads', () => {
    mkdirSync(join(folder, 'assets'));
    for (const name of ['index.html', '.inputs', 'assets/a-1.js', 'assets/a-1.js.br', 'assets/a-1.js.map'])
      writeFileSync(join(folder, name), name);
    expect([...portalFiles(folder)]).toEqual(
      expect.arrayContaining([
        ['index.html', expect.objectContaining({ isHashed: false, bytes: { identity: Buffer.from('index.html') } })],
        [
          'assets/a-1.js',
          expect.objectContaining({
            isHashed: true,
            bytes: { identity: Buffer.from('assets/a-1.js'), br: Buffer.from('assets/a-1.js.br') },
          }),
        ],
      ]),
    );
    expect(portalFiles(folder).size).toBe(2);
  });
});
