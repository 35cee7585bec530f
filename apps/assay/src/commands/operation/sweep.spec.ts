import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assay } from '../../program.ts';
import { Terminal } from '../../terminal/terminal.ts';

const held = {
  registryId: '/r',
  loginServer: 'myreg.azurecr.io',
  state: 'held',
  gone: 340,
  known: 341,
  since: '2026-11-28T08:00:00.000Z',
};

describe('assay sweep', () => {
  let requests: { method: string | undefined; url: string | undefined; body: unknown }[];
  let answer: object;
  let status: number;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (more: Buffer) => {
      body += more.toString();
    });
    request.on('end', () => {
      requests.push({ method: request.method, url: request.url, body: body === '' ? undefined : JSON.parse(body) });
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  let url: string;
  beforeEach(async () => {
    requests = [];
    status = 200;
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  const called = async (...args: readonly string[]): Promise<string> => {
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
    }).parseAsync(['sweep', ...args], { from: 'user' });
    return written.join('');
  };

  it('lists held sweeps', async () => {
    answer = { value: [held, { registryId: '/s', loginServer: 'other.test', state: 'clear' }] };
    const lines = (await called()).split('\n').map((line) => line.replaceAll(/\s+/g, ' ').trim());
    expect(lines).toEqual(
      expect.arrayContaining(['myreg.azurecr.io held 340 of 341 2026-11-28 08:00:00', 'other.test clear']),
    );
    expect(JSON.parse(await called('list', '--json'))).toEqual({
      sweeps: [held, { registryId: '/s', loginServer: 'other.test', state: 'clear' }],
    });
  });

  it('prints the remedy of a held sweep, the cause of a failed one, and the last state of others', async () => {
    const since = '2026-11-28T09:00:00.000Z';
    const sweepOf = (loginServer: string, more: object) => ({
      registryId: `/${loginServer}`,
      loginServer,
      since,
      ...more,
    });
    answer = {
      value: [
        held,
        sweepOf('away.test', { state: 'failed', outcome: 'failed', by: 'ingestion', why: 'unreachable: ENOTFOUND' }),
        sweepOf('back.test', { state: 'clear', outcome: 'released', by: 'ingestion', why: 'it has its images' }),
        sweepOf('fine.test', { state: 'clear', outcome: 'reached', by: 'ingestion', why: 'it was swept' }),
        { registryId: '/new', loginServer: 'new.test', state: 'unknown' },
      ],
    };
    const text = (await called()).replaceAll(/ +/g, ' ');
    for (const line of [
      'away.test failed 2026-11-28 09:00:00 unreachable:\n ENOTFOUND',
      'back.test clear 2026-11-28 09:00:00 released: it',
      'fine.test clear\n',
      'new.test not swept yet',
      'If they are really gone: assay sweep confirm myreg.azurecr.io --why …',
    ])
      expect(text).toContain(line);
  });

  it('refers to the list of registries for an unknown address', async () => {
    status = 404;
    answer = { error: { code: 'RegistryNotFound', message: 'No registry of that address is watched.' } };
    await expect(called('confirm', 'nix.example', '--why', 'x')).rejects.toMatchObject({
      message: 'No registry of that address is watched.',
      remedy: '`assay registries` lists the registries',
    });
  });

  it('confirms what all partitions would close for want of a tag', async () => {
    const closings = { ...held, registryId: 'untagged-3', loginServer: 'untagged-3' };
    answer = { ...closings, state: 'confirmed', value: [held, closings] };
    expect(await called()).toMatch(/untagged-3: none of these recommendations.*confirm untagged-3/s);
    expect(await called('confirm', 'untagged', '--why', 'old')).toContain(
      'Ordered: up to 340 of 341 open recommendations of untagged-3 are closed',
    );
    expect(requests.slice(1)).toMatchObject([
      { method: 'GET' },
      { method: 'POST', url: '/assay/sweeps/untagged-3/confirm', body: { why: 'old' } },
    ]);
    answer = { value: [held] };
    expect(await called('confirm', 'untagged', '--why', 'old')).toContain('No closings');
  });

  it('confirms a held sweep', async () => {
    answer = { ...held, state: 'confirmed', by: 'ana', why: 'emptied' };
    expect(await called('confirm', 'myreg.azurecr.io:5000', '--why', 'emptied')).toContain(
      'Ordered: the next sweep, within moments, marks up to 340 of 341 images of myreg.azurecr.io',
    );
    expect(requests).toEqual([
      { method: 'POST', url: '/assay/sweeps/myreg.azurecr.io%3A5000/confirm', body: { why: 'emptied' } },
    ]);
  });
});
