import fc from 'fast-check';
import { get as open, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AnyEvent, DataOf } from '@assay/events';
import { Caller, PositionSeal, type Access } from '@assay/http';
import { patienceMs } from '@assay/testing';
import {
  declined,
  digestOf,
  emitted,
  imageStory,
  pushFields,
  registryId,
  soon,
} from '../../../../../libs/read-model/test/fixtures.ts';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import { ChangeStreams } from './stream.ts';

let assay: ServiceUnderTest;
let port: number;
const clients: IncomingMessage[] = [];

const started = async (access?: Access): Promise<void> => {
  assay = await suite(access ? { arm: { access } } : {});
  await assay.app.listen(0, '127.0.0.1');
  port = (assay.app.getHttpServer().address() as AddressInfo).port;
  Object.assign(streams().limits, { gatherMs: 1 });
};
const streams = (): ChangeStreams => assay.app.get(ChangeStreams);
const closed = async (): Promise<void> => {
  for (const client of clients.splice(0)) client.destroy();
  (assay.app.getHttpServer() as Server).closeAllConnections();
  await assay.close();
};
beforeEach(() => started());
afterEach(closed);

const eventually = async (holds: () => void): Promise<void> => {
  await expect
    .poll(
      () => {
        holds();
        return true;
      },
      { interval: 5 },
    )
    .toBe(true);
};

interface Received {
  readonly id: string;
  readonly data: any;
}

/** A client of the stream, which reads what it sends. */
class Client {
  text = '';
  isEnded = false;
  isBroken = false;

  constructor(readonly response: IncomingMessage) {
    clients.push(response);
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (this.text += chunk));
    response.on('end', () => (this.isEnded = true));
    response.on('error', () => (this.isBroken = true));
  }

  get events(): Received[] {
    return this.text
      .split('\n\n')
      .slice(0, -1)
      .flatMap((block) => {
        const fields = new Map(
          block.split('\n').map((line) => [line.split(': ')[0], line.slice(line.indexOf(': ') + 2)]),
        );
        return fields.has('data') ? [{ id: fields.get('id')!, data: JSON.parse(fields.get('data')!) }] : [];
      });
  }

  async until(count: number): Promise<Received[]> {
    await eventually(() => expect(this.events.length).toBeGreaterThanOrEqual(count));
    return this.events;
  }
}

const follow = async (headers: Record<string, string> = {}, query = ''): Promise<Client> => {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    open(
      { port, path: `/assay/changes?${query}`, headers: { accept: 'text/event-stream', ...headers }, agent: false },
      resolve,
    ).once('error', reject);
  });
  expect(response.statusCode).toBe(200);
  const client = new Client(response);
  await eventually(() => expect(client.text).toContain('\n\n'));
  return client;
};
const resumed = (id: string): Promise<Client> => follow({ 'last-event-id': id });

/** A change of one of several images, with a number of its own. */
const numbered = (n: number, image = n, more: Partial<DataOf<'recommendation.changed'>> = {}): AnyEvent =>
  changed({ ...pushFields(digestOf(image), 1), verdict: n + 1, status: 'unhealthy', fixable: n, ...more }, n);
const changed = (data: Partial<DataOf<'recommendation.changed'>>, n: number): AnyEvent =>
  emitted('recommendation.changed', data, { time: new Date(soon + n).toISOString() });
const byNumber = (a: number, b: number): number => a - b;
const numbersOf = (events: readonly Received[]): number[] => events.map(({ data }) => data.fixable as number);

const anasId = '00000000-0000-0000-0000-0000000000aa';
/** Places that ana may read, and her access to nothing else. */
const own = {
  subscriptionId: anasId,
  registryId: registryId.replace('00000000-0000-0000-0000-000000000001', anasId),
};
const anas: Access = {
  identify: async () =>
    new Caller('ana', 'test', [{ may: ['findings/read'], scope: { kind: 'subscription', subscriptionId: anasId } }]),
};

describe('the stream of changes', () => {
  it('has each change as it is published, with its cause and what was before', async () => {
    const client = await follow({ 'accept-encoding': 'gzip' });
    expect(client.response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    expect(client.response.headers['content-encoding']).toBeUndefined();
    await assay.publish(...imageStory());
    const [{ data: first }] = (await client.until(1)) as [Received];
    expect(first).toEqual({
      at: '2026-11-24T09:15:03.383Z',
      subscriptionId: '00000000-0000-0000-0000-000000000001',
      registryId,
      registry: 'myreg.registry.test',
      repository: 'team/hello',
      digest: digestOf(1),
      status: 'unhealthy',
      cause: 'scan',
      bySeverity: { Critical: 0, High: 1, Medium: 0, Low: 0, Unknown: 0 },
      fixable: 1,
      exempt: 0,
      isPush: true,
    });
    const { bySeverity } = first;
    const before = { status: 'unhealthy' as const, bySeverity };
    const fields = pushFields(digestOf(1), 1);
    await assay.publish(
      emitted('finding.classified', { ...fields, verdict: 1, classification: 2, cause: 'rule', findings: [] }),
      changed({ ...fields, verdict: 1, classification: 2, status: 'healthy', previous: before }, 1),
      changed(
        {
          ...fields,
          verdict: 1,
          classification: 2,
          status: 'undetermined',
          reason: 'stale',
          previous: { ...before, status: 'healthy' },
        },
        2,
      ),
      declined('image-deleted', { verdict: 2 }),
      changed(
        {
          ...fields,
          verdict: 2,
          classification: undefined as never,
          status: 'not-applicable',
          reason: 'image-deleted',
        },
        3,
      ),
    );
    expect(
      (await client.until(4)).slice(1).map(({ data }) => [data.status, data.cause, data.isPush, data.before?.status]),
    ).toEqual([
      ['healthy', 'rule', false, 'unhealthy'],
      ['undetermined', 'time', false, 'healthy'],
      ['not-applicable', 'declined', false, undefined],
    ]);
    // The page has the same, the newest first.
    const { body } = await assay.get('/assay/changes');
    expect(body.value.toReversed()).toEqual(client.events.map(({ data }) => data));
  });

  it('goes on after each break without loss and without repeat', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 40 }),
        fc.array(fc.nat({ max: 12 }), { maxLength: 4 }),
        async (images, breaks) => {
          await closed();
          await started();
          const half = Math.ceil(images.length / 2);
          const events = images.map((image, n) => numbered(n, image));
          let id = (await assay.get('/assay/changes')).body.position as string;
          await assay.publish(...events.slice(0, half));
          const seen: number[] = [];
          const taken = async (count: number): Promise<void> => {
            const client = await resumed(id);
            const some = (await client.until(count)).slice(0, count);
            client.response.destroy();
            seen.push(...numbersOf(some));
            id = some.at(-1)?.id ?? id;
          };
          for (const count of breaks) await taken(Math.min(count, half - seen.length));
          await assay.publish(...events.slice(half));
          const client = await resumed(id);
          seen.push(...numbersOf(await client.until(images.length - seen.length)));
          expect(seen.toSorted(byNumber)).toEqual(images.map((_, n) => n));
          // Changes of one image keep their order.
          for (const image of new Set(images)) {
            const own = seen.filter((n) => images[n] === image);
            expect(own).toEqual(own.toSorted(byNumber));
          }
        },
      ),
      { numRuns: 8 },
    ));

  it('goes on from the position of a page, and begins with the next change without one', async () => {
    await assay.publish(numbered(0), numbered(1));
    const { position } = (await assay.get('/assay/changes')).body;
    await assay.publish(numbered(2));
    const [from, without] = [await resumed(position), await follow()];
    await assay.publish(numbered(3));
    expect(numbersOf(await from.until(2)).toSorted(byNumber)).toEqual([2, 3]);
    expect(numbersOf(await without.until(1))).toEqual([3]);
  });

  it('serves a client that is far behind, while others are up to date', async () => {
    const begin = (await assay.get('/assay/changes')).body.position as string;
    const live = await follow();
    const most = 1_300;
    for (let n = 0; n < most; n += 100)
      await assay.publish(...Array.from({ length: 100 }, (_, at) => numbered(n + at, at % 7)));
    expect(numbersOf(await live.until(most)).toSorted(byNumber)).toEqual(Array.from({ length: most }, (_, n) => n));
    const late = await resumed(begin);
    expect(numbersOf(await late.until(most)).toSorted(byNumber)).toEqual(Array.from({ length: most }, (_, n) => n));
  });

  it('shows that it stands while nothing changes', async () => {
    streams().limits.heartbeatMs = 20;
    const client = await follow();
    await eventually(() =>
      expect(client.text.split('\n\n').filter((block) => block === ':').length).toBeGreaterThan(2),
    );
  });

  it('misses no change that is written while it looks', async () => {
    streams().limits.heartbeatMs = 2 * patienceMs;
    const { changeFeed: feed } = assay.view;
    const from = feed.from.bind(feed);
    vi.spyOn(feed, 'from').mockImplementationOnce(async (position) => {
      const seen = await from(position);
      await assay.publish(numbered(0));
      return seen;
    });
    expect(numbersOf(await (await follow()).until(1))).toEqual([0]);
  });

  it('ends cleanly at shutdown, and after its time', async () => {
    const client = await follow();
    assay.view.changeFeed.end();
    await eventually(() => expect([client.isEnded, client.isBroken]).toEqual([true, false]));
    expect(assay.view.changeFeed.readers).toBe(0);
    await closed();
    await started();
    streams().limits.longestMs = 50;
    const short = await follow();
    await eventually(() => expect([short.isEnded, short.isBroken]).toEqual([true, false]));
  });

  it('ends for a client that left', async () => {
    const client = await follow();
    expect(assay.view.changeFeed.readers).toBe(1);
    client.response.destroy();
    await eventually(() => expect(assay.view.changeFeed.readers).toBe(0));
  });

  it('ends a reader that does not read, and keeps no more than its limit for it', async () => {
    Object.assign(streams().limits, { bytes: 4_000, patienceMs: 300 });
    const body = await streams().open({
      position: undefined,
      caller: 'ana',
      isReadable: () => true,
      shown: (change) => change,
      closed: new AbortController().signal,
    });
    let failure: unknown;
    body.on('error', (error) => (failure = error));
    await assay.publish(...Array.from({ length: 400 }, (_, n) => numbered(n)));
    await eventually(() => expect(body.destroyed).toBe(true));
    expect(failure).toMatchObject({ name: 'AbortError' });
    // One reading of the tables at most, however much there is.
    expect(body.readableLength).toBeLessThan(500 * 1_000);
    await eventually(() => expect(assay.view.changeFeed.readers).toBe(0));
  });

  it('shows a caller the changes that it may read, and goes on behind the others', async () => {
    await closed();
    await started(anas);
    const client = await follow();
    await assay.publish(numbered(0), numbered(1, 1, own), numbered(2), numbered(3, 3, own));
    const events = await client.until(2);
    expect(numbersOf(events).toSorted(byNumber)).toEqual([1, 3]);
    expect((await assay.get('/assay/changes')).body.value).toHaveLength(2);
    const again = await resumed(events[0]!.id);
    expect(numbersOf(await again.until(1))).toEqual(numbersOf(events.slice(1)));
  });

  it('goes on from a position that a client has kept since before positions were sealed', async () => {
    await assay.publish(numbered(0), numbered(1));
    expect(numbersOf(await (await resumed('0.0.0.0')).until(2)).toSorted(byNumber)).toEqual([0, 1]);
  });

  it('shows nowhere how much happens in registries that its caller may not read', async () => {
    await closed();
    await started(anas);
    const shown = async (): Promise<string[]> => {
      const [client, { body }] = [await follow(), await assay.get('/assay/changes?top=1')];
      const token = new URL(body.nextLink).searchParams.get('$skipToken')!;
      client.response.destroy();
      const [from] = /(?<=: from ).*/.exec(client.text)!;
      return [from, body.position, JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString())];
    };
    await assay.publish(numbered(0, 0, own), numbered(1, 0, own));
    const before = await shown();
    await assay.publish(...Array.from({ length: 20 }, (_, n) => numbered(n + 2)));
    const after = await shown();
    expect(new Set([...before, ...after]).size).toBe(6);
    expect(new Set([...before, ...after].map(({ length }) => length)).size).toBe(1);
    const seal = new PositionSeal({ signingKey: 'for tests' });
    for (const [n, use] of (['changes', 'changes', 'page of changes'] as const).entries())
      expect(seal.unseal(use, after[n]!)).toBeInstanceOf(Array);
  });

  const otherKey = new PositionSeal({ signingKey: 'another key' }).seal('changes', [0, 0, 0, 0]);
  it.each([
    ['damaged', 'x'],
    ['of other partitions', '1.2.3'],
    ['of other partitions', '0.0.0.0.0'],
    ['of no offset', '0.0.0.-1'],
    ['of another log', '99999.0.0.0'],
    ['of another key', otherKey],
  ])('refuses an id that is %s', async (_, id) => {
    const headers = { accept: 'text/event-stream', 'last-event-id': id };
    expect(await assay.get('/assay/changes', headers)).toMatchObject({
      status: 410,
      body: { error: { code: 'PositionGone', target: 'Last-Event-ID' } },
    });
  });

  it('refuses the id of a place that is too far behind', async () => {
    streams().limits.mostBehind = 3;
    const { position } = (await assay.get('/assay/changes')).body;
    const headers = { accept: 'text/event-stream', 'last-event-id': position };
    await assay.publish(...Array.from({ length: 3 }, (_, n) => numbered(n)));
    await (await resumed(position)).until(3);
    await assay.publish(numbered(3));
    const { statusCode } = await assay.app.inject({ method: 'HEAD', url: '/assay/changes', headers });
    expect(statusCode).toBe(410);
    expect(await assay.get('/assay/changes', headers)).toMatchObject({
      status: 410,
      body: { error: { code: 'PositionGone', target: 'Last-Event-ID' } },
    });
  });

  it('pauses after a reading of changes that its caller may not read', async () => {
    const gatherMs = (streams().limits.gatherMs = 20);
    await assay.publish(numbered(0));
    const { changeFeed: feed } = assay.view;
    const [change] = await feed.from((await assay.view.changePosition()).map(() => 0));
    const at: number[] = [];
    vi.spyOn(feed, 'from').mockImplementation(async () => {
      at.push(performance.now());
      return at.length < 4 ? [change!] : [];
    });
    const body = await streams().open({
      position: undefined,
      caller: 'ana',
      isReadable: () => false,
      shown: (shown) => shown,
      closed: new AbortController().signal,
    });
    await eventually(() => expect(at.length).toBeGreaterThanOrEqual(4));
    body.destroy();
    const pauses = at.slice(1, 4).map((ms, n) => ms - at[n]!);
    // A timer may be early by less than a millisecond.
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(gatherMs - 1);
  });

  it('is refused beyond the most streams', async () => {
    streams().limits.most = 1;
    await follow();
    expect(await assay.get('/assay/changes', { accept: 'text/event-stream' })).toMatchObject({
      status: 503,
      headers: { 'retry-after': '10' },
    });
  });

  it('is refused to a caller that has as many as it may, and not to others', async () => {
    const asked = { position: undefined, isReadable: () => true, shown: (change: object) => change };
    const client = new AbortController();
    const open = (caller: string, { signal } = new AbortController()) =>
      streams().open({ ...asked, caller, closed: signal });
    for (let n = 1; n < 10; n += 1) await open('ana');
    const last = await open('ana', client);
    await expect(open('ana')).rejects.toMatchObject({ code: 'TooManyRequests', headers: { 'retry-after': '10' } });
    await open('bob');
    client.abort();
    last.destroy();
    const opens = () =>
      open('ana').then(
        () => true,
        () => false,
      );
    await expect.poll(opens).toBe(true);
  });
});

describe('the page of the latest changes', () => {
  it('has keyset pages, the newest first', async () => {
    const events = Array.from({ length: 12 }, (_, n) => ({
      ...numbered(n, n % 5),
      time: new Date(soon + Math.floor(n / 3)).toISOString(),
    }));
    await assay.publish(...events);
    const pages: number[] = [];
    const all = await assay.all('/assay/changes?top=5', pages);
    expect(pages).toEqual([5, 5, 2]);
    expect(all.map(({ fixable }) => fixable as number).toSorted(byNumber)).toEqual(events.map((_, n) => n));
    expect(all.map(({ at }) => at)).toEqual(events.map(({ time }) => time).toReversed());
  });

  it('has changes of one subscription, and answers to pushes or other changes, as the stream has', async () => {
    const subscriptionId = '00000000-0000-0000-0000-0000000000aa';
    const own = {
      subscriptionId,
      registryId: registryId.replace('00000000-0000-0000-0000-000000000001', subscriptionId),
    };
    const { position } = (await assay.get('/assay/changes')).body;
    await assay.publish(
      numbered(0, 0),
      numbered(1, 1, own),
      numbered(2, 0),
      numbered(3, 1, own),
      numbered(4, 1, { ...own, status: 'undetermined', reason: 'stale' }),
      numbered(5, 5),
    );
    for (const [query, numbers] of [
      [`subscription=${subscriptionId.toUpperCase()}`, [1, 3, 4]],
      ['push=true', [0, 1, 5]],
      ['push=false', [2, 3, 4]],
      [`push=false&subscription=${subscriptionId}`, [3, 4]],
    ] as const) {
      const all = await assay.all(`/assay/changes?top=1&${query}`);
      expect(all.map(({ fixable }) => fixable as number)).toEqual(numbers.toReversed());
      const client = await follow({ 'last-event-id': position }, query);
      expect(numbersOf(await client.until(numbers.length)).toSorted(byNumber)).toEqual(numbers);
    }
    expect((await assay.get('/assay/changes?push=yes')).status).toBe(400);
  });

  it('is refused in other formats, and with a wrong size', async () => {
    expect(await assay.get('/assay/changes', { accept: 'text/csv' })).toMatchObject({ status: 406 });
    expect(await assay.get('/assay/changes?top=-1')).toMatchObject({ status: 400, body: { error: { target: 'top' } } });
  });
});
