import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedLog } from '@assay/messaging';
import { examine } from '../doctor/examine.ts';
import { assay } from '../program.ts';
import { DataFolder, type Endpoint } from '../suite/data.ts';
import { Terminal } from '../terminal/terminal.ts';
import { runningSuite } from './connection.ts';

describe('a data folder with a running suite', () => {
  let root: string;
  let original: string;
  let endpoint: Endpoint;
  let log: EmbeddedLog;
  let requests: string[];
  const server = createServer(({ method, url, headers }, response) => {
    requests.push(`${method} ${url} ${headers.authorization ?? ''}`.trim());
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify(url === '/healthz' ? { id: 'this run' } : { value: [] }));
  });

  beforeEach(async () => {
    requests = [];
    root = mkdtempSync(join(tmpdir(), 'assay-copy-'));
    original = join(root, 'original');
    mkdirSync(original);
    const data = new DataFolder(original);
    log = new EmbeddedLog(data.log);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    endpoint = {
      id: 'this run',
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      token: 'a-token',
      pid: 1,
      data: original,
      log: data.identity()!,
      registries: [],
    };
    writeFileSync(data.endpoint, JSON.stringify(endpoint));
  });
  afterEach(async () => {
    // Some tests close it.
    await Promise.resolve(log.close()).catch(() => undefined);
    server.close();
    server.closeAllConnections();
    rmSync(root, { recursive: true, force: true });
  });

  const copied = (): string => {
    const path = join(root, 'copy');
    cpSync(original, path, { recursive: true });
    return path;
  };
  const called = (folder: string, ...args: readonly string[]) =>
    assay({
      env: {},
      directory: '/',
      terminal: new Terminal({ write: () => undefined }, { write: () => undefined }, {}),
    }).parseAsync([...args, '--data', folder], { from: 'user' });

  it('leads to its suite, also under another path', async () => {
    expect(await runningSuite(new DataFolder(original))).toEqual(endpoint);
    renameSync(original, join(root, 'moved'));
    expect(await runningSuite(new DataFolder(join(root, 'moved')))).toEqual(endpoint);
  });

  it('as a copy leads to no suite, and sends no request and no token', async () => {
    const copy = copied();
    expect(await runningSuite(new DataFolder(copy))).toBeUndefined();
    const order = ['drop', 'classifier/scan.completed/0/0', '--why', 'x'];
    await expect(called(copy, ...order)).rejects.toMatchObject({
      reason: 'no-suite',
      message: `no suite is running on ${copy}: it is a copy, and its address is that of the suite of ${original}`,
    });
    expect(requests).toEqual([]);
    await expect(called(original, ...order)).resolves.toBeDefined();
    expect(requests).toContain('POST /assay/parked/classifier/scan.completed/0/0/drop Bearer a-token');
  });

  it('as a copy makes the doctor explain how to go on', async () => {
    const copy = copied();
    const suiteOf = async (folder: string) =>
      (
        await examine({
          env: { PATH: '/nowhere', ASSAY_SANDBOX_DRIVER: 'none' },
          home: '/nowhere',
          data: new DataFolder(folder, true),
        })
      ).checks.find(({ name }) => name === 'suite');
    expect(await suiteOf(copy)).toEqual({
      name: 'suite',
      state: 'could-be-better',
      found: `no suite is running on this data: its folder is a copy of ${original}`,
      remedies: [
        `\`assay up --data ${copy}\` starts a suite here; --data ${original} reaches the suite of the ` +
          'original folder',
      ],
    });
    expect(requests).toEqual([]);
    expect(await suiteOf(original)).toMatchObject({ state: 'good', found: `running at ${endpoint.url} (process 1)` });
  });

  it('leads to a suite in other processes, which has no log there', async () => {
    await log.close();
    rmSync(new DataFolder(original).log);
    writeFileSync(new DataFolder(original).endpoint, JSON.stringify({ ...endpoint, log: undefined }));
    await called(original, 'database', 'list');
    expect(requests).toContain('GET /assay/databases Bearer a-token');
    expect(existsSync(new DataFolder(original).log)).toBe(false);
  });

  describe('that does not answer', () => {
    const orders = [['list'], ['update'], ['import', '/nowhere.tar.gz'], ['verify']];

    it.each(orders)('makes the command `database %s` fail in words, and begins no log', async (...order) => {
      const data = new DataFolder(original);
      await log.close();
      rmSync(data.log);
      for (const text of [JSON.stringify({ ...endpoint, id: 'another', log: undefined }), 'half of {']) {
        writeFileSync(data.endpoint, text);
        await expect(called(original, 'database', ...order)).rejects.toMatchObject({
          reason: 'no-suite',
          message: expect.stringMatching(/^the suite of .* does not answer$/) as string,
          remedy: expect.stringContaining('endpoint.json') as string,
        });
      }
      expect(readdirSync(original)).toEqual(['endpoint.json']);
    });

    it('leaves a log beside the address of another suite alone', async () => {
      const data = new DataFolder(original);
      writeFileSync(data.endpoint, JSON.stringify({ ...endpoint, log: undefined }));
      await expect(called(original, 'database', 'list')).rejects.toMatchObject({
        reason: 'no-suite',
        message: expect.stringContaining('has a log of its own') as string,
        remedy: expect.stringContaining('move log.db away') as string,
      });
    });

    it('and was killed: its own log is worked on', async () => {
      writeFileSync(new DataFolder(original).endpoint, JSON.stringify({ ...endpoint, id: 'another' }));
      await log.close();
      await called(original, 'database', 'list');
      expect(requests.filter((line) => line.includes('a-token'))).toEqual([]);
    });
  });

  it.each([
    ['by an older version', { log: undefined }],
    ['by another run', { id: 'another run' }],
  ])('is not trusted if its endpoint was written %s', async (_, more) => {
    writeFileSync(new DataFolder(original).endpoint, JSON.stringify({ ...endpoint, ...more }));
    expect(await runningSuite(new DataFolder(original))).toBeUndefined();
    expect(requests.filter((line) => line.includes('a-token'))).toEqual([]);
  });
});
