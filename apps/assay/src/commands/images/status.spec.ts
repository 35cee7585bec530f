import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assay } from '../../program.ts';
import { Terminal } from '../../terminal/terminal.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const placement = {
  digest,
  status: 'unhealthy',
  subscriptionId: 's',
  repository: 'team/web',
  loginServer: 'registry.test',
  tags: ['1'],
  listedIn: [],
  times: { classified: '2026-11-24T09:15:02.600Z' },
};
const halted = 'Partition 0 of billing stands still: see `assay halted`';

describe('assay status of an uncharged image', () => {
  let charges: readonly [number, object];
  let charge: object | undefined;
  let images: readonly object[];
  const listed = (path: string): object =>
    path.startsWith('/assay/images')
      ? { value: images, total: images.length, all: images.length, counts: { unhealthy: images.length }, hidden: 0 }
      : { value: [] };
  const requests: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    requests.push(url);
    const [status, body] = url.startsWith('/assay/charges')
      ? charges
      : [200, url.endsWith(digest) ? { digest, placements: [{ ...placement, charge }] } : listed(url)];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  let url: string;
  beforeEach(async () => {
    [charge, images, requests.length] = [undefined, [], 0];
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  const printed = async (...args: readonly string[]): Promise<string> => {
    const out: string[] = [];
    await assay({
      env: { ASSAY_URL: url, ASSAY_API_TOKEN: 't' },
      directory: '/',
      terminal: new Terminal(
        {
          write: (text: string) => {
            out.push(text);
          },
        },
        { write: () => undefined },
        {},
      ),
    }).parseAsync(['status', ...args], { from: 'user' });
    return out.join('');
  };
  const shown = (...options: readonly string[]): Promise<string> => printed(digest, ...options);

  it.each<[string, readonly [number, object], string, object]>([
    [
      'that billing stands still',
      [503, { error: { code: 'NeedsOperator', message: `${halted}.` } }],
      `charge      unknown: ${halted}`,
      { chargeUnknown: halted },
    ],
    [
      'that it waits for a price',
      [200, { totals: [], value: [], waiting: [{ ...placement, chargedFor: '' }] }],
      'charge      none yet: it waits for a price (`assay charges --open`)',
      { chargeWaits: true },
    ],
    ['that there is none', [200, { totals: [], value: [], waiting: [] }], 'charge      none', {}],
    ['what is known to who may not ask', [403, { error: { message: 'no' } }], 'charge      none', {}],
  ])('prints %s', async (_, answer, expected, more) => {
    charges = answer;
    expect(
      (await shown())
        .split('\n')
        .find((line) => line.includes('charge'))
        ?.trim(),
    ).toBe(expected);
    const [image] = (JSON.parse(await shown('--json')) as { placements: [object] }).placements;
    expect(image).toEqual({ ...placement, list: [], ...more });
    expect(requests.filter((path) => path.startsWith('/assay/charges'))).toEqual([
      '/assay/charges?top=1000&period=2026-11',
      '/assay/charges?top=1000&period=2026-11',
    ]);
  });

  it('shows of how many children an index is the worst, without those that are left out', async () => {
    images = [{ ...placement, children: [{}, {}, { leftOut: 'windows-image' }] }];
    expect(await printed()).toMatch(/ as the worst of 2\n/);
  });

  it('requests no charge that is known', async () => {
    charge = { amount: '0.29', currency: 'USD' };
    expect(await shown()).toContain('charge      0.29 USD');
    expect(requests.filter((path) => path.startsWith('/assay/charges'))).toEqual([]);
  });
});
