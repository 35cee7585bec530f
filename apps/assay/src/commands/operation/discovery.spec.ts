import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { assay } from '../../program.ts';
import { Terminal } from '../../terminal/terminal.ts';

const listed = {
  discovery: 'prod',
  subscriptionId: '00000000-0000-0000-0000-000000000001',
  subscriptionName: 'Shop',
  state: 'listed',
  listedAt: '2026-12-01T11:00:00.000Z',
  since: '2026-12-01T10:00:00.000Z',
  why: '2 watched, 1 left out',
  registries: 2,
  restricted: 1,
  leftOut: [{ registryId: '/r', loginServer: 'x.azurecr.io', why: 'it stands in ASSAY_REGISTRIES, which comes first' }],
  webhooks: 1,
  withoutWebhook: [{ registryId: '/registries/y', why: 'unauthorized: no right' }],
};

/** Runs the command against a suite that gives one answer. */
const called = async (answer: object, ...args: readonly string[]) => {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const written: string[] = [];
  const terminal = new Terminal({ write: (text: string) => void written.push(text) }, { write: () => undefined }, {});
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await assay({ env: { ASSAY_URL: url, ASSAY_API_TOKEN: 't' }, directory: '/', terminal }).parseAsync(
    ['discovery', ...args],
    { from: 'user' },
  );
  return { lines: written.join('').trimEnd().split('\n'), requests };
};

it('lists the subscriptions, what is left out, and what waits for an order', async () => {
  const { lines } = await called({
    value: [
      listed,
      { discovery: 'prod', subscriptionId: 'b', state: 'failed', gone: 7, known: 9, why: 'unauthorized: no role' },
      { discovery: 'prod', subscriptionId: 'c', state: 'held', gone: 6, known: 8 },
    ],
    error: 'ASSAY_DISCOVERY must be a list',
  });
  expect([lines[0], ...lines.slice(2)]).toEqual([
    'The last good setting counts: ASSAY_DISCOVERY must be a list',
    expect.stringMatching(/^Shop +prod +listed +2026-12-01 10:00 +2026-12-01 11:00 +2 +1 +1 +1$/),
    expect.stringMatching(/^b +prod +failed$/),
    expect.stringMatching(/^c +prod +held$/),
    'b cannot be listed: unauthorized: no role',
    '7 of the 9 registries of b are gone at once, and none of them is removed. If they are really gone: ' +
      'assay discovery confirm b --why …',
    '6 of the 8 registries of c are gone at once, and none of them is removed. If they are really gone: ' +
      'assay discovery confirm c --why …',
    'x.azurecr.io is left out: it stands in ASSAY_REGISTRIES, which comes first',
    'without a webhook, so that only sweeps find pushes: y: unauthorized: no right',
  ]);
  expect((await called({ value: [], error: null })).lines).toEqual([
    'No subscription is listed. ASSAY_DISCOVERY names them.',
  ]);
});

it('confirms a removal', async () => {
  const { lines, requests } = await called({ value: [] }, 'confirm', listed.subscriptionId, '--why', 'it ended');
  expect(requests).toEqual([`POST /assay/discovery/${listed.subscriptionId}/confirm`]);
  expect(lines[0]).toMatch(/^Ordered: /);
});
