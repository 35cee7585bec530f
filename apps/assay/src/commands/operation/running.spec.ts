import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { assay } from '../../program.ts';
import { Terminal } from '../../terminal/terminal.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const clusters = [
  { cluster: 'edge', reportedAt: '2026-11-25T10:00:00.000Z', digests: 3, silent: true },
  { cluster: 'prod', reportedAt: '2026-12-01T10:00:00.000Z', digests: 31 },
];
const seen = { since: '2026-11-24T09:15:00.000Z', seenAt: '2026-12-01T10:00:00.000Z' };
const image = {
  digest,
  repository: 'team/web',
  tags: ['1.0'],
  status: 'unhealthy',
  running: [
    { cluster: 'edge', ...seen, silent: true },
    { cluster: 'prod', namespaces: ['shop', 'web'], ...seen },
  ],
};
const posted: unknown[] = [];
const answered = async (request: IncomingMessage): Promise<object> => {
  if (request.method === 'GET')
    return { value: request.url === '/assay/clusters' ? clusters : [image], counts: {}, total: 1 };
  posted.push([request.url, await json(request)]);
  return { digests: 1, firstSeen: 1, gone: 2, again: 0 };
};
const server = createServer((request, response) => {
  void answered(request).then((body) => response.end(JSON.stringify(body)));
});
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});
afterEach(() => vi.restoreAllMocks());

/** All that a command prints, the notes first. */
const printed = async (...args: readonly string[]): Promise<string> => {
  const [out, notes]: [string[], string[]] = [[], []];
  const to = (lines: string[]) => ({ write: (text: string) => void lines.push(text) });
  await assay({
    env: { ASSAY_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ASSAY_API_TOKEN: 't' },
    directory: '/',
    terminal: new Terminal(to(out), to(notes), {}),
  }).parseAsync(['running', ...args], { from: 'user' });
  return [...notes, ...out].join('');
};

it('lists clusters, and what runs in them', async () => {
  const text = await printed();
  expect(text).toMatch(
    /^edge is silent: it reported last at 2026-11-25 10:00, so what runs there now is not known\.\n/,
  );
  expect(text).toMatch(/prod +2026-12-01 10:00 +31\n/);
  expect(text).toMatch(/team\/web:1\.0 +unhealthy +edge, not known now +2026-11-24 09:15\n/);
  expect(text).toMatch(/team\/web:1\.0 +unhealthy +prod \(shop, web\) +2026-11-24 09:15\n/);
  expect(JSON.parse(await printed('list', '--cluster', 'prod', '--json'))).toEqual({
    clusters: [clusters[1]],
    images: [{ ...image, running: [image.running[1]] }],
  });
});

it('reports the digests of pods, and names what it leaves out', async () => {
  const containers = [
    { name: 'web', image: `reg.test/web@${digest}` },
    { name: 'tool', image: 'reg.test/tool:1' },
  ];
  const pods = { kind: 'PodList', items: [{ metadata: { namespace: 'shop' }, spec: { containers } }] };
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(Readable.from([JSON.stringify(pods)]) as never);
  expect(await printed('report', '--cluster', 'prod')).toBe(
    'left out, because its digest is not known: reg.test/tool:1\n' +
      'prod reported 1 digest: 1 for the first time, 2 gone since.\n',
  );
  expect(posted).toEqual([['/assay/running', { cluster: 'prod', images: [{ digest, namespace: 'shop' }] }]]);
});

it('sends nothing of a list without a digest', async () => {
  posted.length = 0;
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(Readable.from(['']) as never);
  await expect(printed('report', '--cluster', 'prod')).rejects.toThrow('no digest is in the report');
  expect(posted).toEqual([]);
});
