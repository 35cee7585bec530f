import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HaltedAnswer } from '../client/answers.ts';
import { assay } from '../program.ts';
import { DataFolder } from '../suite/data.ts';
import { Terminal } from '../terminal/terminal.ts';
import { haltedWords } from './halted.ts';

const [first, second] = ['classifier/scan.completed/3/17', 'billing/finding.classified/3/10'] as const;
const halted = (target: string, rereads: number): HaltedAnswer => ({
  target,
  service: 'classifier',
  topic: 'scan.completed',
  partition: 3,
  readUpTo: 17,
  since: '2026-11-24T09:16:00.123Z',
  code: 'log-changed',
  message: 'it ends at 7, and was read up to 17',
  rereads,
});

describe('partitions that stand still in words', () => {
  const plain = new Terminal({ write: () => undefined }, { write: () => undefined }, {});

  it('say why, and what an order would do', () => {
    expect(haltedWords(plain, [halted(first, 7), halted(second, 1)])).toBe(
      [
        'PARTITION                                    SINCE (UTC)  WHY',
        `${first}               2026-11-24   it ends at 7, and was`,
        '  resume: reads 7 records again, skips none  09:16:00     read up to 17',
        `${second}              2026-11-24   it ends at 7, and was`,
        '  resume: reads 1 record again, skips none   09:16:00     read up to 17',
      ].join('\n'),
    );
  });

  it('say that there are none', () => expect(haltedWords(plain, [])).toBe('Nothing stands still.'));
});

describe('orders to go on', () => {
  let folder: string;
  let answers: Record<string, readonly [status: number, body: object]>;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (request.url === '/healthz') return answer(200, { id: 'here' });
    if (request.url === '/assay/halted') return answer(200, { value: [halted(first, 7), halted(second, 1)] });
    asked.push(`${request.method} ${request.url}`);
    request
      .resume()
      .on('end', () =>
        answer(
          ...(answers[request.url!.replace(/^\/assay\/halted\/|\/resume$/g, '')] ?? [
            404,
            { error: { message: 'nothing stands still' } },
          ]),
        ),
      );
  });

  beforeEach(async () => {
    answers = {};
    folder = mkdtempSync(join(tmpdir(), 'assay-resume-'));
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

  const said = async (...words: readonly string[]): Promise<readonly [text: string, code: number]> => {
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
    }).parseAsync([...words, '--data', folder], { from: 'user' });
    const code = Number(process.exitCode ?? 0);
    process.exitCode = before;
    return [written.join(''), code];
  };

  it('are carried out, or not yet, or refused', async () => {
    answers = {
      [first]: [200, { target: first, outcome: 'resumed' }],
      [second]: [202, { target: second, outcome: 'ordered' }],
    };
    expect(await said('resume', first, '--why', 'restored')).toEqual([
      `${first} goes on: it is filled from the log as it is\n`,
      0,
    ]);
    expect(asked).toEqual([`POST /assay/halted/${first}/resume`]);
    expect(await said('resume', '--all', '--why', 'restored')).toEqual([
      expect.stringContaining(`${second} is ordered`),
      6,
    ]);
    answers = { [second]: [200, { target: second, outcome: 'resumed' }] };
    expect(await said('resume', first, second, '--why', 'restored')).toEqual([
      `${first} was refused: nothing stands still\n${second} goes on: it is filled from the log as it is\n`,
      1,
    ]);
    await expect(said('resume', first, '--why', 'restored')).rejects.toMatchObject({
      reason: 'not-found',
      remedy: '`assay halted` lists what does',
    });
    await expect(said('resume', '--why', 'restored')).rejects.toMatchObject({ reason: 'usage' });
  });

  it('are asked for what there is', async () => {
    const [text, code] = await said('halted', '--json');
    expect([JSON.parse(text), code]).toEqual([{ halted: [halted(first, 7), halted(second, 1)] }, 0]);
  });
});
