import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ParkedAnswer } from '../../client/answers.ts';
import { assay } from '../../program.ts';
import { DataFolder } from '../../suite/data.ts';
import { Terminal } from '../../terminal/terminal.ts';
import { eventText, parkedText } from './parked.ts';

const plain = new Terminal({ write: () => undefined }, { write: () => undefined }, {});
const digest = `sha256:${'ab'.repeat(32)}`;
const event = (target: string, more: Partial<ParkedAnswer> = {}): ParkedAnswer => ({
  target,
  service: 'classifier',
  topic: 'scan.completed',
  key: digest,
  since: '2026-11-24T09:16:00.123Z',
  code: 'invalid-event',
  message: 'data/verdict must be integer',
  repositories: ['team/hello'],
  ...more,
});
const [first, second, third] = [
  'classifier/scan.completed/3/17',
  'classifier/scan.completed/3/18',
  'view/scan.completed/3/17',
] as const;

describe('the text about parked events', () => {
  it('lists the events at fault, with the number that wait behind each', () => {
    expect(
      parkedText(plain, [
        event(first),
        event(second, { waitsFor: first }),
        event(third, { key: 'a key', repositories: [] }),
      ]),
    ).toBe(
      [
        'EVENT                           CODE           SINCE (UTC)  WHY',
        'classifier/scan.completed/3/17  invalid-event  2026-11-24   data/verdict must',
        '  team/hello abababababab                      09:16:00     be integer',
        '  and 1 event behind it',
        'view/scan.completed/3/17        invalid-event  2026-11-24   data/verdict must',
        '  a key                                        09:16:00     be integer',
      ].join('\n'),
    );
  });

  it('reports that there are none', () => expect(parkedText(plain, [])).toBe('Nothing is parked.'));

  it('shows the record of each event', () => {
    const text = eventText(
      plain,
      event(second, {
        waitsFor: first,
        record: { key: digest, headers: { ce_id: 'x', ce_type: 'y' }, bytes: 70_000, value: '{"half', truncated: true },
      }),
    );
    for (const part of [
      `${second}  invalid-event`,
      `waits for ${first}`,
      'headers   ce_id: x',
      'ce_type: y',
      '70000 bytes, only the start is shown',
      '\n\n{"half',
    ])
      expect(text).toContain(part);
    expect(eventText(plain, event(first))).toContain('no longer in the log');
  });
});

describe('orders about parked events', () => {
  let folder: string;
  let answers: Record<string, readonly [status: number, body: object]>;
  let bodies: string[];
  const server = createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (request.url === '/healthz') return answer(200, { id: 'here' });
    if (request.url === '/assay/parked')
      return answer(200, { value: [event(first), event(second, { waitsFor: first }), event(third)] });
    request.on('data', (chunk: Buffer) => {
      bodies.push(`${request.method} ${request.url} ${request.headers.authorization} ${chunk.toString()}`);
    });
    request.on('end', () =>
      answer(
        ...(answers[request.url!.replace('/assay/parked/', '')] ?? [
          404,
          { error: { message: 'no such event is parked' } },
        ]),
      ),
    );
  });

  beforeEach(async () => {
    [answers, bodies] = [{}, []];
    folder = mkdtempSync(join(tmpdir(), 'assay-orders-'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    writeFileSync(join(folder, 'log.db'), '');
    writeFileSync(
      join(folder, 'endpoint.json'),
      JSON.stringify({
        id: 'here',
        log: new DataFolder(folder).identity(),
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        token: 'a-token',
        pid: 1,
        registries: [],
      }),
    );
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });

  const ordered = async (...args: readonly string[]): Promise<readonly [text: string, code: number]> => {
    const written: string[] = [];
    const before = process.exitCode;
    await assay({
      env: {},
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
    }).parseAsync([...args, '--why', 'mended', '--data', folder], { from: 'user' });
    const code = Number(process.exitCode ?? 0);
    process.exitCode = before;
    return [written.join(''), code];
  };

  it('print the results, and end with 0 on success', async () => {
    answers = {
      [`${first}/drop`]: [200, { target: first, outcome: 'dropped' }],
      [`${third}/drop`]: [200, { target: third, outcome: 'dropped' }],
    };
    expect(await ordered('drop', first, third)).toEqual([`${first} is dropped\n${third} is dropped\n`, 0]);
    expect(bodies.toSorted()).toEqual(
      [first, third].map((target) => `POST /assay/parked/${target}/drop Bearer a-token {"why":"mended"}`),
    );
  });

  it('to drop reach waiting events before the events at fault', async () => {
    answers = {
      [`${first}/drop`]: [200, { target: first, outcome: 'dropped' }],
      [`${second}/drop`]: [200, { target: second, outcome: 'dropped' }],
    };
    expect(await ordered('drop', first, second)).toEqual([`${first} is dropped\n${second} is dropped\n`, 0]);
    expect(bodies.map((body) => body.split(' ')[1])).toEqual([
      `/assay/parked/${second}/drop`,
      `/assay/parked/${first}/drop`,
    ]);
  });

  it('to drop report an event handled before, and end with 1', async () => {
    answers = { [`${second}/drop`]: [200, { target: second, outcome: 'redriven' }] };
    expect(await ordered('drop', second)).toEqual([
      `${second} was not dropped: it was handled before, once the event that it waited for was released\n`,
      1,
    ]);
  });

  it('concern every event at fault with --all, and no event behind it', async () => {
    answers = {
      [`${first}/redrive`]: [200, { target: first, outcome: 'redriven' }],
      [`${third}/redrive`]: [202, { target: third, outcome: 'ordered' }],
    };
    expect(await ordered('redrive', '--all')).toEqual([
      expect.stringContaining(`${first} is redriven\n${third}: ordered`),
      6,
    ]);
  });

  it('end with 1 if any event is still parked or refused', async () => {
    answers = {
      [`${first}/redrive`]: [200, { target: first, outcome: 'parked', code: 'handler-failed', message: 'still' }],
      [`${second}/redrive`]: [409, { error: { message: 'it waits' } }],
    };
    expect(await ordered('redrive', second, first)).toEqual([
      `${second}: refused: it waits\n${first} is still parked: handler-failed: still\n`,
      1,
    ]);
    const [text, code] = await ordered('redrive', first, '--json');
    expect([JSON.parse(text), code]).toEqual([
      { orders: [{ target: first, outcome: 'parked', code: 'handler-failed', message: 'still' }] },
      1,
    ]);
  });

  it('for one event fail with its error', async () => {
    await expect(ordered('drop', first)).rejects.toMatchObject({
      reason: 'not-found',
      remedy: '`assay parked` lists the parked events',
    });
    await expect(ordered('redrive', first, '--all')).rejects.toMatchObject({ reason: 'usage' });
  });
});
