import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { Api } from './api.ts';

const listening = async (answer: RequestListener): Promise<Api> => {
  const server = createServer(answer);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
  });
  return new Api(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'a token');
};

/** A suite that gives these answers, the last one to every later request. */
const answering = (status: number, ...bodies: readonly object[]): Promise<Api> => {
  const left = [...bodies];
  return listening((_, response) => {
    const body = left.length > 1 ? left.shift() : left[0];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
};

it.each([
  [403, 'failed', 'ask for a role that has it: `docs/security.md` lists the roles'],
  [404, 'not-found', '`assay status` lists the known images'],
])('a refusal has its cause and a remedy: %i', async (status, reason, remedy) => {
  const api = await answering(status, { error: { code: 'Refused', message: 'The client may not do it.' } });
  await expect(api.why('sha256:ab')).rejects.toMatchObject({ reason, remedy, message: 'The client may not do it.' });
});

it.each([200, 404])('takes a web page for no suite: %i', async (status) => {
  const api = await listening((_, response) => {
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end('<!doctype html>');
  });
  await expect(api.why('sha256:ab')).rejects.toMatchObject({ reason: 'no-suite', remedy: 'check ASSAY_URL' });
});

it('reads all pages of the charges, by time, with the totals of the first page', async () => {
  const totals = [{ currency: 'USD', amount: '0.58', charges: 2 }];
  const [early, late] = ['2026-11-01T00:00:00.000Z', '2026-11-30T00:00:00.000Z'].map((chargedFor) => ({ chargedFor }));
  const api = await answering(
    200,
    { totals, waitingTotal: 1, value: [late], waiting: [], nextLink: 'http://x/assay/charges?$skipToken=t' },
    { value: [early], waiting: [early] },
  );
  expect(await api.charges('2026-11')).toEqual({ period: '2026-11', totals, value: [early, late], waiting: [early] });
});

it('each request names the position of the last answer that had one, until a service has another key', async () => {
  const asked: unknown[] = [];
  const api = await listening(({ method, url, headers: { 'x-assay-position': position } }, response) => {
    asked.push([method, url, position]);
    const isForeign = position !== undefined && url === '/assay/scanners';
    response
      .writeHead(isForeign ? 400 : 200, method === 'POST' ? { 'x-assay-position': 'p' } : {})
      .end(JSON.stringify(isForeign ? { error: { code: 'InvalidPosition' } } : { value: [] }));
  });
  await api.rules();
  await api.confirmSweep('r', 'gone');
  await api.rules();
  await api.scanners();
  await api.rules();
  expect(asked).toEqual([
    ['GET', '/assay/rules', undefined],
    ['POST', '/assay/sweeps/r/confirm', undefined],
    ['GET', '/assay/rules', 'p'],
    ['GET', '/assay/scanners', 'p'],
    ['GET', '/assay/scanners', undefined],
    ['GET', '/assay/rules', undefined],
  ]);
});
