import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { Api } from '../../client/api.ts';
import { resolveDigest } from './resolve.ts';

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

it('names no image by part of its name', async () => {
  const { api } = await manyImages();
  await expect(resolveDigest(api, 'app-2:1')).rejects.toMatchObject({ reason: 'not-found' });
});
