import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assay } from '../../program.ts';
import { Terminal } from '../../terminal/terminal.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const answer = (changes: object = {}): string =>
  JSON.stringify({
    decision: 'allow',
    reason: 'no-findings',
    message: 'The image has no finding that counts.',
    pending: false,
    digest,
    ...changes,
  });

describe('assay gate', () => {
  let answers: (readonly [status: number, body: string])[];
  let requests: Pick<IncomingMessage, 'url' | 'headers'>[];
  const server = createServer(({ url, headers }, response) => {
    requests.push({ url, headers });
    const [status, body] = answers.length > 1 ? answers.shift()! : answers[0]!;
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  let url: string;
  beforeEach(async () => {
    [answers, requests] = [[[200, answer()]], []];
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  );

  const gated = async (...args: readonly string[]) => {
    const [out, err]: [string[], string[]] = [[], []];
    const terminal = new Terminal(
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
    );
    const before = process.exitCode;
    await assay({ env: { ASSAY_URL: url, ASSAY_API_TOKEN: 'token' }, directory: '/nowhere', terminal }).parseAsync(
      ['gate', digest, ...args],
      { from: 'user' },
    );
    const code = process.exitCode;
    process.exitCode = before;
    return { code, out: out.join(''), err: err.join('') };
  };

  it.each([
    ['allow', 0, 'Allowed'],
    ['deny', 1, 'Denied'],
    ['unknown', 2, 'Unknown'],
  ])('%s ends with %i and prints the reason', async (decision, code, heading) => {
    answers = [[200, answer({ decision, reason: 'a-reason', message: 'Because.' })]];
    expect(await gated()).toMatchObject({ code, out: `${heading}: Because. [a-reason]\n` });
    expect(JSON.parse((await gated('--json')).out)).toMatchObject({ decision, reason: 'a-reason' });
  });

  it('prints the upgrade to do first as a line to copy, and the page of the image', async () => {
    const command = `apk upgrade --no-cache ${'long-name '.repeat(20)}libssl3`;
    const upgrade = { package: 'openssl', fixed: '3.5.1-r0', closes: 3, command };
    answers = [[200, answer({ decision: 'deny', message: 'Because.', page: 'https://a.test/portal/i', upgrade })]];
    expect((await gated()).out.split('\n').slice(1, 4)).toEqual([
      '  fix first   openssl → 3.5.1-r0, closes 3 findings',
      `  type        ${command}`,
      '  page        https://a.test/portal/i',
    ]);
  });

  it('passes its options on', async () => {
    await gated(
      '--max-severity',
      'medium',
      '--only-fixable',
      '--platform',
      'linux/arm/v7',
      '--repository',
      'team/web',
      '--subscription',
      's',
      '--wait',
      '20s',
    );
    expect(requests[0]).toMatchObject({
      url:
        `/assay/images/${digest}/gate?maxSeverity=medium&onlyFixable=true` +
        '&platform=linux%2Farm%2Fv7&repository=team%2Fweb&subscription=s',
      headers: { prefer: 'wait=20', authorization: 'Bearer token' },
    });
    await gated();
    expect(requests[1]!.url).toBe(`/assay/images/${digest}/gate?maxSeverity=none&onlyFixable=false`);
    expect(requests[1]!.headers.prefer).toBeUndefined();
  });

  it('names what the decision does not rest on, below it', async () => {
    const leftOut = [{ repository: 'team/web', digest, platform: 'windows/amd64', reason: 'windows-image' }];
    answers = [[200, answer({ leftOut, advisoriesAt: '2025-01-01T00:00:00Z' })]];
    expect((await gated()).out).toMatch(
      /^Allowed: The image has no finding .* \[no-findings\] \(by advisories of \d+ days ago, 2025-01-01\)\n/,
    );
    answers = [[200, answer({ leftOut })]];
    expect((await gated()).out).toBe(
      'Allowed: The image has no finding that counts. [no-findings]\n' +
        'Left out: windows/amd64, team/web@sha256:abababababab: windows-image\n',
    );
    expect(JSON.parse((await gated('--json')).out)).toMatchObject({ leftOut });
  });

  it('waits for a pending decision, in waits that a server grants', async () => {
    answers = [
      [200, answer({ decision: 'unknown', reason: 'not-known', pending: true })],
      [503, '{}'],
      [200, answer({ decision: 'deny', reason: 'findings-above' })],
    ];
    expect(await gated('--wait', '10m')).toMatchObject({ code: 1 });
    expect(requests.map(({ headers }) => headers.prefer)).toEqual(['wait=50', 'wait=50', 'wait=50']);
  });

  it('is unknown when the time is up', async () => {
    answers = [
      [200, answer({ decision: 'unknown', reason: 'in-progress', message: 'The image is queued.', pending: true })],
    ];
    expect(await gated('--wait', '1s')).toMatchObject({
      code: 2,
      out: 'Unknown: The image is queued. [in-progress]\n',
    });
    expect(requests.filter(({ url: path }) => path!.includes('/gate'))).toHaveLength(2);
  });

  it.each<[string, readonly [number, string]]>([
    ['refuses', [401, '{}']],
    ['says no JSON', [200, '<html>allow</html>']],
    ['says something else', [200, '{"decision":"toString"}']],
    ['says nothing', [200, 'null']],
    ['fails', [500, '{}']],
  ])('is unknown if a server %s', async (_, response) => {
    answers = [response];
    expect((await gated('--wait', '10m')).code).toBe(2);
  });

  it('is unknown if no server answers, and waits for one that does', async () => {
    await new Promise((resolve) => {
      server.close(resolve);
    });
    const { code, out, err } = await gated('--json');
    expect({ code, ...(JSON.parse(out) as object) }).toMatchObject({
      code: 2,
      decision: 'unknown',
      reason: 'not-answered',
    });
    expect(err).toContain('ECONNREFUSED');
    const waiting = gated('--wait', '20s');
    server.listen(Number(new URL(url).port), '127.0.0.1');
    expect((await waiting).code).toBe(0);
  });

  it('prints the basis of the decision at each place', async () => {
    const place = {
      repository: 'team/web',
      digest,
      status: 'unhealthy',
      decision: 'unknown',
      doubts: ['inventory-disagrees'],
      evidence: {
        scanner: { name: 'trivy', version: '0.74.0' },
        witness: { version: '0123456789ab', layers: 1, packages: 3, databases: [], unread: [], disagreements: [] },
        database: { builtAt: '2026-11-24T00:00:00.000Z' },
      },
    };
    const unscanned = {
      repository: 'team/b',
      digest,
      status: 'undetermined',
      statusReason: 'parked',
      decision: 'unknown',
    };
    answers = [[200, answer({ decision: 'unknown', reason: 'r', message: 'M.', places: [place, unscanned] })]];
    expect((await gated()).out.split('\n')).toEqual([
      'Unknown: M. [r]',
      'team/web@sha256:ababab…  unhealthy: unknown',
      '  scanned by  trivy 0.74.0',
      '  packages    not counted',
      '  witness     0123456789ab: 3 packages in 1 layer',
      expect.stringMatching(/^  advisories  of 2026-11-24, .+ old$/),
      '  doubts      inventory-disagrees',
      'team/b@sha256:ababab…  undetermined (parked): unknown',
      '',
    ]);
    expect(JSON.parse((await gated('--json')).out)).toMatchObject({ places: [place, unscanned] });
  });

  it('warns of the demonstration database', async () => {
    answers = [[200, answer({ demonstrationDatabase: true })]];
    expect((await gated()).err).toContain('demonstration database');
  });
});
