import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { Api } from '../../client/api.ts';
import { resolveDigest, tagIn } from './resolve.ts';

const digestOf = (index: number): string => `sha256:${index.toString(16).padStart(6, '0')}${'0'.repeat(58)}`;
const images = Array.from({ length: 2_500 }, (_, index) => ({
  digest: digestOf(index),
  loginServer: 'myreg.test:5000',
  repository: `team/app-${index}`,
  tags: ['1'],
}));

/** A suite with many images, which has the filters and pages of the list. Counts the rows that it sends. */
const manyImages = async (): Promise<{ readonly api: Api; readonly sent: { rows: number } }> => {
  const sent = { rows: 0 };
  const server = createServer(({ url = '', headers: { host = '' } }, response) => {
    const asked = new URL(url, `http://${host}`);
    const query = Object.fromEntries(asked.searchParams);
    const found = images.filter(({ digest, loginServer, repository, tags }) => {
      const name = `${loginServer}/${repository}`;
      return (
        (query.repository === undefined || query.repository === repository) &&
        [`${name}@${digest}`, ...tags.map((tag) => `${name}:${tag}`)].some((each) => each.includes(query.q ?? ''))
      );
    });
    const [from, top] = [Number(query.$skipToken ?? 0), Number(query.top ?? 100)];
    asked.searchParams.set('$skipToken', String(from + top));
    const value = found.slice(from, from + top);
    sent.rows += value.length;
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ value, ...(from + top < found.length ? { nextLink: asked.href } : {}) }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
  });
  return { api: new Api(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'a token'), sent };
};

it.each([
  'team/app-2',
  'team/app-2:1',
  'myreg.test:5000/team/app-2:1',
  `team/app-2@${digestOf(2)}`,
  'sha256:000002',
  '000002',
])('finds %s among many images without reading the others', async (text) => {
  const { api, sent } = await manyImages();
  await expect(resolveDigest(api, text)).resolves.toBe(digestOf(2));
  expect(sent.rows).toBe(1);
});

it('takes repository:tag for the image that the tag names, or named at a time', async () => {
  const [now, then, pushed] = [digestOf(1), digestOf(2), digestOf(3)];
  const api = (named: Record<string, readonly string[]>) =>
    ({
      tags: async ({ at = 'now' }: { at?: string }) => (named[at] ?? []).map((digest) => ({ digest })),
      images: async () => [{ digest: pushed, repository: 'team/web', loginServer: 'r', tags: ['1.0'] }],
    }) as unknown as Api;
  const known = api({ now: [now], '2026-11-20T23:59:59Z': [then] });
  expect(await resolveDigest(known, 'team/web:1.0')).toBe(now);
  expect(await resolveDigest(known, 'team/web:1.0@2026-11-20')).toBe(then);
  await expect(resolveDigest(known, 'team/web:1.0@2026-11-01')).rejects.toMatchObject({ reason: 'not-found' });
  await expect(resolveDigest(api({ now: [now, then] }), 'team/web:1.0')).rejects.toMatchObject({ reason: 'usage' });
  expect(await resolveDigest(api({}), 'team/web:1.0@2026-11-01')).toBe(pushed);
  expect(tagIn('reg.test:5000/team/web:1.0')).toEqual({
    registry: 'reg.test:5000',
    repository: 'team/web',
    tag: '1.0',
  });
  expect([tagIn('sha256:000002'), tagIn('team/web')]).toEqual([undefined, undefined]);
});

it('names no image by part of its name', async () => {
  const { api } = await manyImages();
  await expect(resolveDigest(api, 'app-2:1')).rejects.toMatchObject({ reason: 'not-found' });
});
