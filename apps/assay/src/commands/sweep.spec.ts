import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assay } from '../program.ts';
import { Terminal } from '../terminal/terminal.ts';

const held = {
  registryId: '/r',
  loginServer: 'myreg.azurecr.io',
  state: 'held',
  gone: 340,
  known: 341,
  since: '2026-11-28T08:00:00.000Z',
};

describe('assay sweep', () => {
  let asked: { method: string | undefined; url: string | undefined; body: unknown }[];
  let answer: object;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (more: Buffer) => {
      body += more.toString();
    });
    request.on('end', () => {
      asked.push({ method: request.method, url: request.url, body: body === '' ? undefined : JSON.parse(body) });
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  let url: string;
  beforeEach(async () => {
    asked = [];
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  const called = async (...words: readonly string[]): Promise<string> => {
    const written: string[] = [];
    await assay({
      env: { ASSAY_URL: url, ASSAY_API_TOKEN: 't' },
      directory: '/',
      terminal: new Terminal(
        {
          write: (text: string) => {
            written.push(text);
          },
        },
        { write: () => undefined },
        {},
      ),
    }).parseAsync(['sweep', ...words], { from: 'user' });
    return written.join('');
  };

  it('lists which sweeps are held', async () => {
    answer = { value: [held, { registryId: '/s', loginServer: 'other.test', state: 'clear' }] };
    const lines = (await called()).split('\n').map((line) => line.replaceAll(/\s+/g, ' ').trim());
    expect(lines).toEqual(
      expect.arrayContaining(['myreg.azurecr.io held 340 of 341 2026-11-28 08:00:00', 'other.test clear']),
    );
    expect(JSON.parse(await called('list', '--json'))).toEqual({
      sweeps: [held, { registryId: '/s', loginServer: 'other.test', state: 'clear' }],
    });
  });

  it('orders that what is held is believed', async () => {
    answer = { ...held, state: 'confirmed', by: 'ana', why: 'emptied' };
    expect(await called('confirm', 'myreg.azurecr.io:5000', '--why', 'emptied')).toContain(
      'Ordered: up to 340 of 341 images of myreg.azurecr.io',
    );
    expect(asked).toEqual([
      { method: 'POST', url: '/assay/sweeps/myreg.azurecr.io%3A5000/confirm', body: { why: 'emptied' } },
    ]);
  });
});
