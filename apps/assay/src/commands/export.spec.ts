import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assay } from '../program.ts';
import { Terminal } from '../terminal/terminal.ts';

const file = 'BilledCost,BillingCurrency\n0.29,USD\n0.29,USD\n';

describe('assay export', () => {
  let tallyHeaders: Record<string, string>;
  let refused: string | undefined;
  let requestCount: number;
  const server = createServer((_, response) => {
    requestCount += 1;
    if (refused !== undefined) return void response.writeHead(503).end(refused);
    response.writeHead(200, { 'content-type': 'text/csv', ...tallyHeaders }).end(file);
  });
  let url: string;
  beforeEach(async () => {
    [refused, requestCount] = [undefined, 0];
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  const exported = async (): Promise<{ readonly file: string; readonly notes: string }> => {
    const [out, err]: [string[], string[]] = [[], []];
    await assay({
      env: { ASSAY_URL: url, ASSAY_API_TOKEN: 't' },
      directory: '/',
      terminal: new Terminal(
        {
          write: (text: string) => {
            out.push(text);
          },
        },
        {
          write: (text: string) => {
            err.push(text);
          },
        },
        {},
      ),
    }).parseAsync(['export', '--period', '2026-11'], { from: 'user' });
    return { file: out.join(''), notes: err.join('') };
  };

  it('writes the file unchanged and prints its total', async () => {
    tallyHeaders = { 'x-assay-charges': '2', 'x-assay-total': '0.58 USD' };
    expect(await exported()).toEqual({ file, notes: expect.stringContaining('2 charges, 0.58 USD') as string });
  });

  it('does not wait for an error that lasts, and prints its remedy', async () => {
    refused = JSON.stringify({ error: { code: 'NeedsOperator', message: 'Partition 0 waits; upgrade this service.' } });
    await expect(exported()).rejects.toMatchObject({
      reason: 'failed',
      message: 'Partition 0 waits; upgrade this service.',
      remedy: 'it continues once that is done, not before',
    });
    expect(requestCount).toBe(1);
  });

  it.each<[string, Record<string, string>]>([
    ['more charges were said', { 'x-assay-charges': '3', 'x-assay-total': '0.58 USD' }],
    ['another sum was said', { 'x-assay-charges': '2', 'x-assay-total': '0.87 USD' }],
    ['nothing was said', {}],
  ])('fails if %s', async (_, headers) => {
    tallyHeaders = headers;
    await expect(exported()).rejects.toMatchObject({
      reason: 'failed',
      message: expect.stringMatching(
        /^the export is incomplete: the file has 2 charges, 0.58 USD, but was announced with/,
      ) as string,
    });
  });
});
