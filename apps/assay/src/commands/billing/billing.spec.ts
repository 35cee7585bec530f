import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assay } from '../../program.ts';
import { Terminal } from '../../terminal/terminal.ts';

const closed = {
  period: '2026-11',
  state: 'closed',
  by: 'ana',
  why: 'month end',
  since: '2026-12-01T08:00:00.000Z',
  file: {
    sha256: `sha256:${'5f'.repeat(32)}`,
    bytes: 2381,
    charges: 3,
    totals: [
      { currency: 'EUR', amount: '3.00', charges: 1 },
      { currency: 'USD', amount: '0.58', charges: 2 },
    ],
  },
};
const correction = {
  chargeId: 'k1',
  correctionOf: 'c1',
  amount: '-0.29',
  currency: 'USD',
  chargedFor: '2026-11-24T09:15:02.600Z',
  billedIn: '2026-12',
};

describe('assay billing', () => {
  let requests: { method: string | undefined; url: string | undefined; body: unknown }[];
  let answer: object;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (more: Buffer) => {
      body += more.toString();
    });
    request.on('end', () => {
      requests.push({ method: request.method, url: request.url, body: body === '' ? undefined : JSON.parse(body) });
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  let url: string;
  beforeEach(async () => {
    requests = [];
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  const called = (...args: readonly string[]): Promise<string> => calledBy(undefined, ...args);

  /** @param person answers the question, if one is at a terminal */
  const calledBy = async (
    person: ((question: string) => string) | undefined,
    ...args: readonly string[]
  ): Promise<string> => {
    const written: string[] = [];
    const terminal = new Terminal(
      {
        write: (text: string) => {
          written.push(text);
        },
      },
      { write: () => undefined },
      {},
    );
    if (person) terminal.answer = async (question) => person(question);
    await assay({ env: { ASSAY_URL: url, ASSAY_API_TOKEN: 't' }, directory: '/', terminal }).parseAsync(
      ['billing', ...args],
      { from: 'user' },
    );
    return written.join('');
  };

  it('closes a month with the sum that it is given, and prints what is kept', async () => {
    answer = { ...closed, value: [], waiting: [] };
    const sum = '3.00 EUR, 0.58 USD';
    expect(await called('close', '2026-11', '--why', 'month end', '--total', sum)).toBe(
      `2026-11 is closed: 3 charges, 3.00 EUR, 0.58 USD.\nIts export has 2381 bytes and ` +
        `sha256:${'5f'.repeat(32)}, closed 2026-12-01T08:00:00.000Z by ana.\n`,
    );
    expect(requests.find(({ method }) => method === 'POST')).toEqual({
      method: 'POST',
      url: '/assay/periods/2026-11/close',
      body: { why: 'month end', total: sum },
    });
  });

  it('closes no month whose sum is neither given nor agreed to by a person, and names the sum', async () => {
    answer = { value: [], waiting: [], totals: [{ currency: 'USD', amount: '0.58', charges: 2 }] };
    await expect(called('close', '2026-11', '--why', 'month end')).rejects.toMatchObject({
      reason: 'usage',
      remedy: "read its charges with `assay charges --period 2026-11`, then add --total '0.58 USD'",
    });
    expect(requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('asks a person with the sum, and closes the month with it only after a yes', async () => {
    answer = { ...closed, value: [], waiting: [], totals: [{ currency: 'USD', amount: '0.58', charges: 2 }] };
    const questions: string[] = [];
    const person = (word: string) => (question: string) => {
      questions.push(question);
      return word;
    };
    await expect(calledBy(person(''), 'close', '2026-11', '--why', 'x')).rejects.toMatchObject({ reason: 'failed' });
    expect(requests.filter(({ method }) => method === 'POST')).toEqual([]);
    await calledBy(person('y'), 'close', '2026-11', '--why', 'x');
    expect(requests.find(({ method }) => method === 'POST')?.body).toEqual({ why: 'x', total: '0.58 USD' });
    expect(questions).toHaveLength(2);
    expect(questions[0]).toContain('The sum of 2026-11 is 0.58 USD.');
  });

  it('goes on with a closing without asking for its sum again', async () => {
    answer = { ...closed, value: [{ period: '2026-11' }], waiting: [] };
    await called('close', '2026-11', '--why', 'month end');
    expect(requests.find(({ method }) => method === 'POST')?.body).toEqual({ why: 'month end' });
  });

  it('refuses an invalid month like any other wrong call', async () => {
    await expect(called('close', '2026-13', '--why', 'x')).rejects.toMatchObject({
      code: 'commander.invalidArgument',
      message: expect.stringMatching(/^error: .*'2026-13'.* A period is a month such as 2026-11\.$/) as string,
    });
    expect(requests).toEqual([]);
  });

  it('corrects a charge by an amount or by all of it', async () => {
    answer = correction;
    expect(await called('correct', 'c1', '--why', 'by mistake')).toBe(
      'Charge c1 is corrected by -0.29 USD, for 2026-11-24, on the bill of 2026-12.\n',
    );
    await called('correct', 'c1', '--amount=-0.10', '--why', 'discount');
    expect(requests.map(({ url: path, body }) => [path, body])).toEqual([
      ['/assay/charges/c1/corrections', { why: 'by mistake' }],
      ['/assay/charges/c1/corrections', { why: 'discount', amount: '-0.10' }],
    ]);
    answer = { chargeId: 'c1', outcome: 'ordered' };
    expect(await called('correct', 'c1', '--why', 'by mistake')).toContain('is ordered');
  });

  it('lists the closed months', async () => {
    answer = {
      value: [closed, { period: '2026-12', state: 'closing', by: 'ana', why: 'x', since: '2027-01-01T00:00:00.000Z' }],
    };
    const lines = (await called('periods')).split('\n').map((line) => line.replaceAll(/\s+/g, ' ').trim());
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^2026-11 closed 3 3\.00 EUR, 0\.58 USD 2026-12-01 month end/),
        expect.stringMatching(/^2026-12 closing 2027-01-01/),
      ]),
    );
    answer = { value: [] };
    expect(await called('periods')).toContain('No month is closed');
  });
});
