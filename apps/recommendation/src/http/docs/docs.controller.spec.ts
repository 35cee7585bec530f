import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';

let assay: ServiceUnderTest;
beforeAll(async () => {
  assay = await suite({
    arm: {
      access: {
        identify: () => {
          throw new Error('somebody was asked who he is');
        },
      },
    },
  });
});
afterAll(() => assay.close());

const get = (url: string) => assay.app.inject({ method: 'GET', url });

describe('the API document and its page', () => {
  it('are public', async () => {
    const answer = await get('/openapi.json');
    expect([answer.statusCode, answer.headers['content-type'], answer.json()]).toMatchObject([
      200,
      'application/json; charset=utf-8',
      { openapi: '3.1.1' },
    ]);
    expect(Object.keys(answer.json<{ paths: object }>().paths)).toEqual(
      expect.arrayContaining([
        '/assay/export',
        '/ingest/acr',
        '/subscriptions/{subscriptionId}/providers/Microsoft.Security/pricings',
      ]),
    );
  });

  it('load nothing from other hosts', async () => {
    const { body, headers } = await get('/docs');
    const needed = [...body.matchAll(/(?:src|href)="([^"]+)"/g)]
      .map(([, link]) => link!)
      .filter((link) => !link.startsWith('data:'));
    expect(needed.length).toBeGreaterThan(2);
    for (const link of needed) expect([link, (await get(link)).statusCode]).toEqual([link, 200]);
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
  });

  it.each(['/docs/index.html', '/docs/..%2fpackage.json', '/docs/constructor', '/docs/package.json'])(
    'have no %s',
    async (url) => {
      expect((await get(url)).statusCode).toBe(404);
    },
  );
});
