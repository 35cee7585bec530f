import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HaltedAnswer } from '../../client/answers.ts';
import { assay } from '../../program.ts';
import { DataFolder } from '../../suite/data.ts';
import { Terminal } from '../../terminal/terminal.ts';
import { haltedText } from './halted.ts';

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

describe('the text about partitions at a standstill', () => {
  const plain = new Terminal({ write: () => undefined }, { write: () => undefined }, {});

  it('gives the reason found, and what an order would do', () => {
    expect(haltedText(plain, [halted(first, 7), { ...halted(second, 1), service: 'billing' }])).toBe(
      [
        'PARTITION                                    SINCE (UTC)  WHY, AS FOUND THEN',
        `${first}               2026-11-24   it ends at 7, and was`,
        '  resume: reads 7 records again, skips none  09:16:00     read up to 17',
        `${second}              2026-11-24   it ends at 7, and was`,
        '  resume: reads 1 record again, skips none   09:16:00     read up to 17',
        '',
        'The log may have changed since. An order uses the log as it is.',
      ].join('\n'),
    );
  });

  const many = ['classifier', 'billing'].flatMap((service) =>
    Array.from({ length: 12 }, (_, partition) => ({
      ...halted(`${service}/scan.completed/${partition}/17`, 7),
      service,
      partition,
      since: `2026-11-24T09:16:${10 + partition}.000Z`,
      message:
        `scan.completed/${partition} differs from what was read of it: at ${partition} is another event than the ` +
        'one that was read, one of 2026-11-20T08:00:00.000Z (6b5b3654-bcaf-5a1b-8000-000000000000 1.2 for ' +
        '1f5b3654-bcaf-5a1b-8000-000000000000 1.2)',
    })),
  );

  it('groups many partitions by service and topic, with dates and without ids', () => {
    const text = haltedText({ width: 200, colors: plain.colors }, many);
    expect(text.split('\n').length).toBeLessThan(12);
    expect(text).toContain('classifier/scan.completed');
    expect(text).toContain('  12 partitions');
    expect(text).toContain('  resume: reads 84 records again, skips none');
    expect(text).toContain('at 0 is another event than the one that was read, one of 2026-11-20 08:00:00 UTC');
    expect(text).not.toContain('bcaf');
    expect(text).toContain('--each');
  });

  it('lists each partition on request', () =>
    expect(haltedText(plain, many, true)).toContain('classifier/scan.completed/11/17'));

  it('reports that there are none', () => expect(haltedText(plain, [])).toBe('No partition stands still.'));
});

describe('orders to resume', () => {
  let folder: string;
  let answers: Record<string, readonly [status: number, body: object]>;
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (request.url === '/healthz') return answer(200, { id: 'here' });
    if (request.url === '/assay/halted') return answer(200, { value: [halted(first, 7), halted(second, 1)] });
    requests.push(`${request.method} ${request.url}`);
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

  const run = async (...args: readonly string[]): Promise<readonly [text: string, code: number]> => {
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
    }).parseAsync([...args, '--data', folder], { from: 'user' });
    const code = Number(process.exitCode ?? 0);
    process.exitCode = before;
    return [written.join(''), code];
  };

  it('are carried out, pending or refused', async () => {
    answers = {
      [first]: [200, { target: first, outcome: 'resumed' }],
      [second]: [202, { target: second, outcome: 'ordered' }],
    };
    expect(await run('resume', first, '--why', 'restored')).toEqual([
      `${first} continues: it is rebuilt from the log as it is\n`,
      0,
    ]);
    expect(requests).toEqual([`POST /assay/halted/${first}/resume`]);
    expect(await run('resume', '--all', '--why', 'restored')).toEqual([
      expect.stringContaining(`${second}: ordered`),
      6,
    ]);
    answers = { [second]: [200, { target: second, outcome: 'resumed' }] };
    expect(await run('resume', first, second, '--why', 'restored')).toEqual([
      `${first}: refused: nothing stands still\n${second} continues: it is rebuilt from the log as it is\n`,
      1,
    ]);
    await expect(run('resume', first, '--why', 'restored')).rejects.toMatchObject({
      reason: 'not-found',
      remedy: '`assay halted` lists the partitions at a standstill',
    });
    await expect(run('resume', 'foo/bar', '--why', 'restored')).rejects.toThrow(
      /A partition that stands still is named <service>\/.*`assay halted`/,
    );
    await expect(run('resume', '--why', 'restored')).rejects.toMatchObject({ reason: 'usage' });
  });

  it('are listed as JSON', async () => {
    const [text, code] = await run('halted', '--json');
    expect([JSON.parse(text), code]).toEqual([{ halted: [halted(first, 7), halted(second, 1)] }, 0]);
  });
});
