import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { assay } from '../../program.ts';
import { Terminal } from '../../terminal/terminal.ts';

const watched = {
  registryId: '/r',
  loginServer: 'new.test',
  subscriptionName: 'Shop',
  networkAccess: 'public',
  removed: false,
  planOn: true,
  images: { unhealthy: 3, undetermined: 1, healthy: 12, notApplicable: 0, waiting: 0 },
};

/** Runs the command against a suite that gives one answer, or one for each path. */
const called = async (given: object | Record<string, object>, ...args: readonly string[]) => {
  const requests: { method: string | undefined; url: string | undefined; body: unknown }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (more: Buffer) => {
      body += more.toString();
    });
    request.on('end', () => {
      requests.push({ method: request.method, url: request.url, body: body === '' ? undefined : JSON.parse(body) });
      const others: Record<string, object> = { '/assay/sweeps': { value: [] }, '/assay/discovery': { value: [] } };
      const answer = { ...others, ...given }[request.url!] ?? given;
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
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
    ['registries', ...args],
    { from: 'user' },
  );
  return { text: written.join(''), requests };
};

it('lists the registries, with those that are not watched any more', async () => {
  const { text } = await called({
    value: [
      { ...watched, discovery: 'prod' },
      { ...watched, loginServer: 'kept.test', removed: true, removedImages: 'keep' },
      { ...watched, loginServer: 'old.test', removed: true, planOn: false, images: undefined },
    ],
  });
  expect(text.trim().split('\n').slice(1)).toEqual([
    expect.stringMatching(/^new\.test +Shop +prod +public +on +3 +1 +12$/),
    expect.stringMatching(/^kept\.test +Shop +ASSAY_REGISTRIES +no, kept +on +3 +1 +12$/),
    expect.stringMatching(/^old\.test +Shop +ASSAY_REGISTRIES +no, undecided +off +0 +0 +0$/),
  ]);
  expect((await called({ value: [] })).text).toBe(
    'No registry is watched. ASSAY_REGISTRIES names those of a suite, and ASSAY_DISCOVERY finds them.\n',
  );
});

it('shows webhooks and sweeps beside them', async () => {
  const sub = '/subscriptions/s';
  const registry = (name: string) => ({
    ...watched,
    registryId: `${sub}/${name}`,
    loginServer: name,
    discovery: 'prod',
  });
  const given = {
    '/assay/registries': { value: ['a', 'b', 'c'].map(registry) },
    '/assay/sweeps': {
      value: [
        { registryId: `${sub}/A`, loginServer: 'a', state: 'clear', outcome: 'reached', since: 't', by: 'ingestion' },
        { registryId: `${sub}/b`, loginServer: 'b', state: 'failed', why: 'unauthorized' },
      ],
    },
    '/assay/discovery': {
      value: [
        {
          discovery: 'prod',
          subscriptionId: 's',
          state: 'listed',
          listedAt: 't',
          webhooks: 2,
          withoutWebhook: [{ registryId: `${sub}/C`, why: 'no right' }],
        },
      ],
      error: null,
    },
  };
  expect((await called(given)).text.trim().split('\n').slice(1)).toEqual([
    expect.stringMatching(/^a +Shop +prod +public +on +kept +reached +3 +1 +12$/),
    expect.stringMatching(/^b +Shop +prod +public +on +kept +failed +3 +1 +12$/),
    expect.stringMatching(/^c +Shop +prod +public +on +missing +3 +1 +12$/),
  ]);
  const { registries } = JSON.parse((await called(given, '--json')).text) as { registries: object[] };
  expect(registries[0]).toMatchObject({
    webhook: 'kept',
    listing: { state: 'listed', listedAt: 't' },
    sweep: { state: 'clear', outcome: 'reached', since: 't' },
  });
});

it.each([
  ['--close', 'close', 'The images of old.test:5000 are closed within moments. Charges stay.\n'],
  ['--keep', 'keep', 'The images of old.test:5000 keep their status until they are deleted.\n'],
])('decides on the images of a removed registry by %s', async (option, images, line) => {
  const { text, requests } = await called({ value: [] }, 'removed', 'old.test:5000', option, '--why', 'moved');
  expect([text, requests]).toEqual([
    line,
    [{ method: 'POST', url: '/assay/sweeps/old.test%3A5000/removed', body: { images, why: 'moved' } }],
  ]);
});

it('decides nothing without --keep or --close', async () => {
  await expect(called({ value: [] }, 'removed', 'old.test', '--why', 'x')).rejects.toMatchObject({
    message: 'nothing is decided',
    remedy: 'give --keep or --close',
  });
});
