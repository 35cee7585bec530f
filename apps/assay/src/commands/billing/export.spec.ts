import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assay } from '../../program.ts';
import { Terminal } from '../../terminal/terminal.ts';

const ended = '{"kind":"end","images":1,"findings":2,"pages":0}';
const findings = [
  '{"kind":"export","version":1}',
  '{"kind":"image","classified":{"findings":[{},{}]}}',
  ended,
  '',
].join('\n');
const file = 'BilledCost,BillingCurrency\n0.29,USD\n0.29,USD\n';

describe('assay export', () => {
  let tallyHeaders: Record<string, string>;
  let refused: string | undefined;
  let requestCount: number;
  let answered: string;
  let isCut: boolean;
  const server = createServer((_, response) => {
    requestCount += 1;
    if (refused !== undefined) return void response.writeHead(503).end(refused);
    response.writeHead(200, { 'content-type': 'text/csv', ...tallyHeaders }).write(answered);
    if (isCut) response.destroy();
    else response.end();
  });
  let url: string;
  beforeEach(async () => {
    [refused, requestCount] = [undefined, 0];
    [answered, isCut, tallyHeaders] = [file, false, {}];
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  const exported = async (...more: readonly string[]): Promise<{ readonly file: string; readonly notes: string }> => {
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
    }).parseAsync(['export', ...(more.length > 0 ? more : ['--period', '2026-11'])], { from: 'user' });
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

  it('writes all findings unchanged, and counts them', async () => {
    answered = findings;
    expect(await exported('--format', 'findings')).toEqual({
      file: findings,
      notes: expect.stringContaining('1 image, 2 findings') as string,
    });
  });

  it.each([
    ['its last line is missing', findings.replace(`${ended}\n`, ''), false, /its last line is missing/],
    ['a line is missing', findings.replace(/\{"kind":"image.*\n/, ''), false, /it has 0 images and 0 findings, but/],
    ['the connection breaks', findings.slice(0, 50), true, /^the export is incomplete: /],
  ])('fails if %s', async (_, text, cut, message) => {
    [answered, isCut] = [text, cut];
    await expect(exported('--format', 'findings')).rejects.toMatchObject({
      reason: 'failed',
      message: expect.stringMatching(message) as string,
    });
  });

  it('takes no options of charges with findings', async () => {
    await expect(exported('--format', 'findings', '--period', '2026-11')).rejects.toMatchObject({ reason: 'usage' });
    await expect(exported('--format', 'findings', '--json')).rejects.toMatchObject({ reason: 'usage' });
    expect(requestCount).toBe(0);
  });
});
