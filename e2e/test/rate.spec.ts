import { expect, it } from 'vitest';
import { Api } from '../../apps/assay/src/client/api.ts';
import { TestSuite } from './suite.ts';

it('a caller has a rate without gate, webhooks and health checks; the command line retries', async () => {
  const {
    suite: {
      endpoint: { url, token },
    },
    data,
  } = await TestSuite.start({ env: { ASSAY_REQUESTS_PER_SECOND: '1', ASSAY_REQUESTS_BURST: '2' } });
  const get = async (path: string, of = token, method = 'GET') => {
    const response = await fetch(url + path, { method, headers: { authorization: `Bearer ${of}` } });
    await response.body?.cancel();
    return response;
  };
  const statuses = async (path: string, of?: string, method?: string) => {
    const all = [];
    for (let n = 0; n < 4; n += 1) all.push((await get(path, of, method)).status);
    return all;
  };
  const gate = `/assay/images/sha256:${'0'.repeat(64)}/gate`;
  for (const path of ['/assay/images', '/assay/charges', '/assay/plans'])
    await expect.poll(() => statuses(path), { message: path }).toContain(429);
  // The read model may still be catching up.
  await expect.poll(() => statuses(gate)).toEqual([200, 200, 200, 200]);
  expect(await statuses('/ingest/registry', data.secret('webhook-local'), 'POST')).toEqual([202, 202, 202, 202]);
  expect(await statuses('/healthz')).toEqual([200, 200, 200, 200]);
  const api = new Api(url, token);
  for (let n = 0; n < 3; n += 1) expect(await api.images()).toEqual([]);
});
