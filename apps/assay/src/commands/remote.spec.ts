import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { examine } from '../doctor/examine.ts';
import { assay } from '../program.ts';
import { DataFolder } from '../suite/data.ts';
import { lineOf } from '../terminal/failure.ts';
import { Terminal } from '../terminal/terminal.ts';

const layout = fileURLToPath(new URL('../../../../e2e/images/alpine-3.20.3', import.meta.url));

const noImages = { value: [], total: 0, all: 0, counts: {}, hidden: 0, unknown: 0 };

describe('a remote suite', () => {
  const server = createServer(({ headers }, response) => {
    const known = headers.authorization === 'Bearer right';
    response
      .writeHead(known ? 200 : 401, { 'content-type': 'application/json' })
      .end(JSON.stringify(known ? noImages : { error: { message: 'Authentication failed.' } }));
  });
  let url: string;
  beforeEach(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  const called = async (env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<string> => {
    const written: string[] = [];
    await assay({
      env: { ASSAY_URL: url, ...env },
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
    }).parseAsync(args, { from: 'user' });
    return written.join('');
  };

  it('is not offered remedies that it would refuse', async () => {
    expect(await called({ ASSAY_API_TOKEN: 'right' }, 'status')).toBe(
      'No image was pushed yet. Push one to a registry that the suite watches.\n',
    );
    await expect(called({ ASSAY_API_TOKEN: 'right' }, 'push', layout, '--wait')).rejects.toMatchObject({
      reason: 'usage',
      remedy: expect.stringContaining('--registry') as string,
    });
    await expect(
      called({ ASSAY_API_TOKEN: 'right' }, 'push', layout, '--wait', '--registry', 'registry.test'),
    ).rejects.toMatchObject({
      reason: 'usage',
      message: expect.stringContaining('cannot wait for a push to registry.test') as string,
      remedy: expect.stringContaining('omit --wait') as string,
    });
  });

  it('requires a token, and reports a missing or wrong token', async () => {
    await expect(called({}, 'status')).rejects.toMatchObject({
      reason: 'no-suite',
      remedy: expect.stringMatching(/^set ASSAY_API_TOKEN to a token of the suite at ASSAY_URL/) as string,
    });
    await expect(called({ ASSAY_API_TOKEN: 'wrong' }, 'status')).rejects.toMatchObject({
      reason: 'no-suite',
      remedy: 'set ASSAY_API_TOKEN to a token of that suite',
    });
  });

  it('is reported with the cause if its name or address is wrong', async () => {
    await expect(called({ ASSAY_URL: 'https://nosuch.invalid' }, 'status')).rejects.toSatisfy((error) =>
      /spelling/.test(lineOf(error)),
    );
  });

  it('is examined by the doctor', async () => {
    const suiteAt = async (at: string, token = 'right') =>
      (
        await examine({
          env: { PATH: '/nowhere', ASSAY_URL: at, ASSAY_API_TOKEN: token, ASSAY_SANDBOX_DRIVER: 'none' },
          home: '/nowhere',
          data: new DataFolder('/nowhere'),
        })
      ).checks.find(({ name }) => name === 'suite');
    expect(await suiteAt(`${url}/`)).toMatchObject({ state: 'good', found: `ASSAY_URL ${url}/ answers` });
    expect(await suiteAt(url, '')).toMatchObject({
      state: 'could-be-better',
      found: expect.stringContaining('answers 401') as string,
    });
    expect(
      (
        await examine({
          env: { PATH: '/nowhere', ASSAY_URL: url, ASSAY_SANDBOX_DRIVER: 'none' },
          home: '/nowhere',
          data: new DataFolder('/nowhere', true),
        })
      ).checks.find(({ name }) => name === 'suite')?.found,
    ).toContain('no suite is running on this data');
    expect(await suiteAt('http://127.0.0.1:1')).toMatchObject({
      state: 'could-be-better',
      found: expect.stringContaining('does not answer (bad port)') as string,
    });
  });
});
