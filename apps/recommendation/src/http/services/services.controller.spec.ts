import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { addressesIn, Peers } from './peers.ts';
import { emitted } from '../../../../../libs/read-model/test/fixtures.ts';
import { suite } from '../../../test/suite.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server with a fixed answer that records the requests. */
const answering = async (status: number, body: unknown): Promise<{ url: string; requests: string[] }> => {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests: requests };
};
const is = (name: string, reasons: string[] = [], notes: string[] = []) => ({ services: [{ name, reasons, notes }] });

const listed = async (peers: Peers): Promise<Record<string, any>> => {
  const assay = await suite({ peers });
  try {
    const { status, body } = await assay.get('/assay/services');
    expect(status).toBe(200);
    return Object.fromEntries(body.value.map(({ name, ...rest }: { name: string }) => [name, rest]));
  } finally {
    await assay.close();
  }
};

describe('the health of services', () => {
  it('is reported by each service, and as unreachable for dead ones', async () => {
    const [ready, notReady, other, strange] = [
      await answering(200, { status: 'ready', ...is('ingestion', [], ['it has a note']) }),
      await answering(503, { status: 'not ready', reasons: ['the store does not answer'], ...is('billing') }),
      await answering(200, { status: 'ready', ...is('billing') }),
      await answering(200, '<html>'),
    ];
    const gone = await answering(200, {});
    await new Promise((resolve) => {
      servers.pop()!.close(resolve);
    });
    const found = await listed(
      new Peers(
        addressesIn(
          `ingestion=${ready.url}, billing=${notReady.url}/ , ` +
            `classifier=${gone.url},eligibility=${other.url},sandbox-runner=${strange.url}`,
        ),
      ),
    );
    expect(found).toMatchObject({
      ingestion: { status: 'ready', address: ready.url, reasons: [], notes: ['it has a note'] },
      billing: { status: 'not-ready', reasons: ['the store does not answer'] },
      classifier: {
        status: 'unreachable',
        address: gone.url,
        reasons: [expect.stringMatching(/^no answer \(.*ECONNREFUSED/)],
      },
      eligibility: { status: 'unreachable', reasons: ['another service answers there: billing'] },
      'sandbox-runner': { status: 'unreachable' },
      recommendation: { status: 'unknown', reasons: ['ASSAY_SERVICES does not name it'] },
    });
    expect(ready.requests).toEqual(['/readyz?verbose']);
  });

  it('is requested at each address of a service, and cached for further callers', async () => {
    const [one, two] = [await answering(200, is('billing')), await answering(503, { reasons: ['it starts'] })];
    const peers = new Peers(addressesIn(`billing=${one.url},billing=${two.url}`));
    const [first, second] = await Promise.all([peers.standings(), peers.standings()]);
    expect(first.filter(({ name }) => name === 'billing').map(({ status, address }) => [status, address])).toEqual([
      ['ready', one.url],
      ['not-ready', two.url],
    ]);
    expect(second).toBe(first);
    expect(one.requests).toHaveLength(1);
  });

  it('covers the services in the same process, when all run there', async () => {
    const found = await listed(
      new Peers([], async () => [
        { name: 'classifier', reasons: [], notes: [] },
        { name: 'billing', reasons: ['it is behind'], notes: [] },
      ]),
    );
    expect(found).toMatchObject({
      classifier: { status: 'ready' },
      billing: { status: 'not-ready', reasons: ['it is behind'] },
      ingestion: { status: 'unknown', reasons: ['it does not run in this process'] },
    });
    expect(Object.keys(found)).toEqual([
      'ingestion',
      'eligibility',
      'sandbox-runner',
      'classifier',
      'recommendation',
      'billing',
    ]);
  });

  it('includes the work before each service, and the events that are parked in it', async () => {
    const work = { lag: 3, outboxAgeSeconds: 1.5, viewBehindSeconds: 0.5 };
    const { url } = await answering(200, {
      services: [{ ...is('classifier').services[0], instance: 'run-1', version: '0.1.0', figures: work }],
    });
    const assay = await suite({ peers: new Peers(addressesIn(`classifier=${url}`)) });
    try {
      const parked = { command: 'park', by: 'classifier', why: 'invalid: x', outcome: 'parked' } as const;
      await assay.publish(
        ...[1, 2].map((offset) =>
          emitted('operator.acted', { ...parked, target: `classifier/scan.completed/0/${offset}` }),
        ),
      );
      const { value } = (await assay.get('/assay/services')).body;
      expect(value.find(({ name }: { name: string }) => name === 'classifier')).toEqual({
        name: 'classifier',
        address: url,
        instance: 'run-1',
        version: '0.1.0',
        status: 'ready',
        reasons: [],
        notes: [],
        ...work,
        parked: 2,
      });
      expect(value.map(({ name, parked: number }: { name: string; parked: number }) => [name, number])).toContainEqual([
        'billing',
        0,
      ]);
    } finally {
      await assay.close();
    }
  });

  it.each(['behind', 'cut-off'] as const)('is shown without parked events while the view is %s', async (state) => {
    const assay = await suite();
    try {
      vi.spyOn(assay.view, 'freshness').mockResolvedValue(
        state === 'behind' ? { state, lag: 3 } : { state, asOf: '2026-11-24T09:00:00.000Z' },
      );
      const { status, body } = await assay.get('/assay/services');
      expect([status, body.value.length > 0]).toEqual([200, true]);
      expect(body.value.filter((service: object) => 'parked' in service)).toEqual([]);
    } finally {
      await assay.close();
    }
  });

  it('of runners includes walls, slots, scanner and database', async () => {
    const digest = `sha256:${'1'.repeat(64)}`;
    const runner = {
      driver: 'bwrap',
      walls: [{ name: 'finds no /proc', stands: true, detail: 'answer -2' }],
      triedAt: '2026-11-24T08:00:00.000Z',
      slots: { used: 1, of: 2 },
      bounds: { memory: 'watchdog', processes: 'rlimit', processor: 'rlimit', end: 'process group', why: 'not root' },
      scanner: { name: 'trivy', version: '0.66.0', digest },
      database: { digest, builtAt: '2026-11-23T22:20:00.000Z', demonstration: false },
    };
    const [one, old] = [
      await answering(200, { services: [{ ...is('sandbox-runner').services[0], instance: 'run-1', runner }] }),
      await answering(503, { reasons: ['it starts'] }),
    ];
    const assay = await suite({
      peers: new Peers(addressesIn(`sandbox-runner=${one.url},sandbox-runner=${old.url},billing=${old.url}`)),
    });
    try {
      const { database, bounds, ...shown } = runner;
      expect((await assay.get('/assay/runners')).body.value).toEqual([
        {
          id: 'run-1',
          address: one.url,
          status: 'ready',
          reasons: [],
          notes: [],
          seenAt: expect.any(String),
          ...shown,
          boundedBy: bounds,
          database: { ...database, ageHours: 11 },
        },
        {
          address: old.url,
          status: 'not-ready',
          reasons: ['it starts'],
          notes: [],
          seenAt: expect.any(String),
        },
      ]);
    } finally {
      await assay.close();
    }
  });

  it.each([
    ['clasifier=http://a', "names 'clasifier'"],
    ['http://a', "names 'http://a'"],
    ['billing=ftp://a', "gives 'ftp://a' for billing"],
    ['billing=', "gives '' for billing"],
    ['billing=http://u:p@a', 'for billing'],
  ])('refuses %s', (text, message) => {
    expect(() => addressesIn(text)).toThrow(message);
    expect(() => addressesIn(text)).toThrow(/^ASSAY_SERVICES /);
  });
});
