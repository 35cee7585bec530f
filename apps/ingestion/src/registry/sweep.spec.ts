import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RegistryObserved } from '@assay/events';
import { pushLayout, startLocalRegistry } from '@assay/local-registry';
import { RegistryClient, RegistryError } from '@assay/registry';
import { startTelemetry, type ServiceTracer } from '@assay/telemetry';
import { eventually, patienceMs } from '@assay/testing';
import { started, untraced } from '../../test/service.ts';
import { observedExample, registryId } from '../../test/fixtures.ts';
import type { SweepPosition } from '../domain/state.ts';
import { sweepRegistry, type Sweepable, type Swept } from './sweep.ts';

const layout = (name: string): string => new URL(`../../../../e2e/images/${name}`, import.meta.url).pathname;

/** A registry whose notifications are all lost, and the service that knows the registry. */
const setting = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'assay-sweep-'));
  const registry = await startLocalRegistry({ directory, host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    await registry.close();
    await rm(directory, { recursive: true, force: true });
  });
  const access = { loginServer: registry.loginServer, plainHttp: true, allowAddresses: ['127.0.0.0/8'] };
  const service = await started([{ registryId, ...access }]);
  const observed: RegistryObserved = { ...observedExample, ...access };
  const push = (name: string, repository: string, tag = 'v1') =>
    pushLayout(layout(name), { registry: registry.loginServer, repository, tag, plainHttp: true });
  const remove = (repository: string, reference: string) =>
    fetch(`${registry.url}/v2/${repository}/manifests/${reference}`, { method: 'DELETE' });
  const sweep = async (
    more: {
      url?: string;
      connect?: () => Sweepable;
      behindMs?: number;
      now?: () => number;
      sliceMs?: number;
      from?: SweepPosition | undefined;
      tracer?: ServiceTracer;
    } = {},
  ): Promise<Omit<Swept, 'untagged'>> => {
    const { untagged: _, ...swept } = await sweepRegistry(
      observed,
      {
        log: service.log,
        store: service.store,
        tracer: more.tracer ?? untraced,
        now: more.now ?? (() => Date.now() - (more.behindMs ?? 0)),
        access: () => (more.url ? { ...access, loginServer: more.url } : access),
        connect: more.connect,
        sliceMs: more.sliceMs,
      },
      AbortSignal.timeout(patienceMs),
      more.from,
    );
    return swept;
  };
  /** Findings of a sweep are known once the worker has consumed them. */
  const known = async (pushed: number, deleted = 0): Promise<void> =>
    eventually(
      async () =>
        (await service.emitted('image.pushed')).length === pushed &&
        (await service.emitted('image.deleted')).length === deleted,
    );
  return { ...service, registry, push, remove, sweep, known };
};

describe('a sweep', () => {
  it('finds once a push that no notification reported', async () => {
    const { push, sweep, known, emitted } = await setting();
    expect(await sweep()).toEqual({ found: 0, gone: 0 });
    const { digest } = await push('windows', 'team/windows');
    expect(await sweep()).toEqual({ found: 1, gone: 0 });
    await known(1);
    expect(await emitted('notification.received')).toMatchObject([
      { data: { sender: 'sweep', action: 'push', repository: 'team/windows', tag: 'v1', digest, registryId } },
    ]);
    expect(await emitted('image.pushed')).toMatchObject([
      { data: { origin: 'sweep', digest, tags: ['v1'], facts: { os: 'windows' } } },
    ]);
    expect(await sweep()).toEqual({ found: 0, gone: 0 });
    expect(await emitted('image.pushed')).toHaveLength(1);
  });

  it('finds nothing new while the store is being filled', async () => {
    const { push, sweep, known, store, emitted } = await setting();
    await push('windows', 'team/windows');
    await sweep();
    await known(1);
    const [scan, head] = [store.scan.bind(store), store.checkpoint.bind(store)];
    // As after an emptied store: it has no states, and its checkpoint is not restored.
    Object.assign(store, {
      scan: async () => [],
      checkpoint: async (partition: number) => {
        const found = await head(partition);
        return found && { ...found, restored: false, evaluated: false };
      },
    });
    await expect(sweep()).rejects.toThrow('is being filled from the log');
    Object.assign(store, { scan, checkpoint: head });
    expect(await sweep()).toEqual({ found: 0, gone: 0 });
    expect(await emitted('notification.received')).toHaveLength(1);
  });

  it('finds another tag of a known image, and the same image in another repository', async () => {
    const { push, sweep, known, emitted } = await setting();
    await push('windows', 'team/windows');
    await sweep();
    await known(1);
    await push('windows', 'team/windows', 'latest');
    await push('windows', 'team/copy');
    expect(await sweep()).toEqual({ found: 2, gone: 0 });
    await known(3);
    expect((await emitted('image.pushed')).map(({ data }) => [data.repository, data.tag])).toEqual(
      expect.arrayContaining([
        ['team/windows', 'latest'],
        ['team/copy', 'v1'],
      ]),
    );
    expect(await sweep()).toEqual({ found: 0, gone: 0 });
  });

  it('follows a tag to another image, and finds it gone', async () => {
    const { push, remove, sweep, known, emitted, aboutTags } = await setting();
    const first = await push('windows', 'team/app');
    await sweep();
    await known(1);
    await expect.poll(() => emitted('tag.moved')).toMatchObject([{ data: { digest: first.digest, origin: 'sweep' } }]);
    const second = await push('debian-13.0', 'team/app');
    await sweep();
    await known(2);
    await expect
      .poll(() => emitted('image.tagged'))
      .toMatchObject([
        { key: first.digest, data: { tags: [], lost: [{ tag: 'v1', digest: second.digest }] } },
        { key: second.digest, data: { tags: ['v1'] } },
      ]);
    const before = (await aboutTags()).length;
    expect(await sweep()).toEqual({ found: 0, gone: 0 });
    expect((await aboutTags()).length).toBe(before);
    await remove('team/app', second.digest);
    await sweep();
    await expect
      .poll(async () => (await emitted('tag.moved')).map(({ data }) => data.digest))
      .toEqual([first.digest, second.digest, undefined]);
  });

  it('of ten thousand names of one digest costs in proportion to the names', async () => {
    const { push, sweep, known, emitted, store } = await setting();
    const { digest } = await push('windows', 'team/windows');
    const names = Array.from({ length: 10_000 }, (_, nth) => `release-${nth}`);
    const namesBytes = Buffer.byteLength(JSON.stringify(names));
    let [written, requests] = [0, 0];
    const transact = store.transact.bind(store);
    Object.assign(store, {
      transact: (...given: Parameters<typeof transact>) => {
        written += [...given[2].states.map(({ state }) => state), ...given[2].outbox.map(({ value }) => value)].reduce(
          (sum, { length }) => sum + length,
          0,
        );
        return transact(...given);
      },
    });
    const listing = (tags: readonly string[]) =>
      listingOf(tags, () => {
        requests += 1;
        return digest;
      });
    expect(await sweep({ connect: listing(names) })).toEqual({ found: 10, gone: 0 });
    await known(10);
    const notifications = (await emitted('notification.received')).map(({ data }) => data);
    expect(notifications.flatMap(({ tags }) => tags)).toEqual(names);
    expect([
      requests,
      Buffer.byteLength(JSON.stringify(notifications)) < 2 * namesBytes,
      written < 100 * namesBytes,
    ]).toEqual([10_000, true, true]);
    // A known name costs one request each, and names beyond the limit are not published.
    expect(await sweep({ connect: listing([...names, 'one-more']) })).toEqual({ found: 0, gone: 0 });
  });

  it('finds no name for a second time, however long ago it was found', async () => {
    const { push, sweep, known } = await setting();
    const { digest } = await push('windows', 'team/windows');
    const names = Array.from({ length: 20 }, (_, nth) => `release-${nth}`);
    const begun = Date.now();
    for (let day = 0; day < names.length; day += 1) {
      const listing = {
        connect: listingOf(names.slice(0, day + 1), () => digest),
        now: () => begun + day * 86_400_000,
      };
      expect(await sweep(listing)).toEqual({ found: 1, gone: 0 });
      await known(day + 1);
      expect(await sweep(listing)).toEqual({ found: 0, gone: 0 });
    }
  });

  it('publishes one name of an image that must be inspected again, not all known names', async () => {
    const { push, remove, sweep, known, emitted } = await setting();
    const { digest } = await push('windows', 'team/windows');
    await push('windows', 'team/windows', 'latest');
    expect(await sweep()).toEqual({ found: 1, gone: 0 });
    await known(1);
    await remove('team/windows', digest);
    await sweep();
    await known(1, 1);
    for (const tag of ['v1', 'latest', 'new']) await push('windows', 'team/windows', tag);
    expect(await sweep()).toEqual({ found: 1, gone: 0 });
    await known(2, 1);
    expect((await emitted('notification.received')).map(({ data }) => [data.action, data.tag, data.tags])).toEqual([
      ['push', 'latest', ['latest', 'v1']],
      ['delete', undefined, undefined],
      ['push', 'new', undefined],
    ]);
    expect((await emitted('image.pushed')).at(-1)!.data.tags).toEqual(['latest', 'v1', 'new']);
  });

  it('finds a deletion once, then the next push, although the emptied repository is still listed', async () => {
    const { push, remove, sweep, known, emitted } = await setting();
    const { digest } = await push('windows', 'team/windows');
    await push('helm-chart', 'team/chart');
    await sweep();
    await known(2);
    await remove('team/windows', digest);
    expect(await sweep()).toEqual({ found: 0, gone: 1 });
    await known(2, 1);
    expect(await emitted('image.deleted')).toMatchObject([{ data: { digest, repository: 'team/windows' } }]);
    expect(await sweep()).toEqual({ found: 0, gone: 0 });
    await push('windows', 'team/windows');
    expect(await sweep()).toEqual({ found: 1, gone: 0 });
    await known(3, 1);
    expect(await sweep()).toEqual({ found: 0, gone: 0 });
  });

  it('on a host whose clock is behind finds a deletion and a push once, too', async () => {
    const { push, remove, sweep, known } = await setting();
    const { digest } = await push('windows', 'team/windows');
    await sweep();
    await known(1);
    await remove('team/windows', digest);
    expect(await sweep({ behindMs: 60_000 })).toEqual({ found: 0, gone: 1 });
    await known(1, 1);
    expect(await sweep()).toEqual({ found: 0, gone: 0 });
    await push('windows', 'team/windows');
    expect(await sweep({ behindMs: 60_000 })).toEqual({ found: 1, gone: 0 });
    await known(2, 1);
    expect(await sweep()).toEqual({ found: 0, gone: 0 });
  });

  it('reports neither an image that only lost its tag nor one that an index lists as gone', async () => {
    const { push, remove, sweep, known } = await setting();
    await push('windows', 'team/windows');
    await push('alpine-index', 'team/alpine');
    expect(await sweep()).toEqual({ found: 2, gone: 0 });
    // The index, its image and its attestation, and the other image.
    await known(4);
    await remove('team/windows', 'v1');
    expect(await sweep()).toEqual({ found: 0, gone: 0 });
  });

  it('publishes nothing if the registry cannot be reached', async () => {
    const { push, sweep, known, emitted, registry } = await setting();
    await push('windows', 'team/windows');
    await sweep();
    await known(1);
    await registry.close();
    await expect(sweep()).rejects.toMatchObject({ code: 'unreachable' });
    expect(await emitted('notification.received')).toHaveLength(1);
  });

  it('continues after a repository that is listed but empty, or cannot be read', async () => {
    const { push, sweep, known, registry } = await setting();
    await push('windows', 'team/windows');
    const { url } = await catalogue(registry.url, ['gone/away', 'not/yours', 'team/windows'], {
      'gone/away': 404,
      'not/yours': 403,
    });
    expect(await sweep({ url })).toMatchObject({
      found: 1,
      gone: 0,
      incomplete: { message: expect.stringContaining('not/yours (unauthorized: the registry answered 403)') },
    });
    await known(1);
    expect(await sweep({ url })).toMatchObject({ found: 0, gone: 0 });
    const { url: busy } = await catalogue(registry.url, ['busy', 'team/windows'], { busy: 503 });
    expect(await sweep({ url: busy })).toMatchObject({ incomplete: { code: 'sweep-incomplete' } });
  });

  it('skips and names a tag that fails, and deletes nothing of its repository', async () => {
    const { push, remove, sweep, known, registry } = await setting();
    const { digest } = await push('windows', 'a');
    await push('helm-chart', 'b');
    const { url } = await catalogue(registry.url, ['a', 'b', 'c'], {});
    expect(await sweep({ url })).toEqual({ found: 2, gone: 0 });
    await known(2);
    await push('helm-chart', 'a', 'x');
    await push('windows', 'c');
    await remove('a', digest);
    const broken = await catalogue(registry.url, ['a', 'b', 'c'], { 'a/manifests/x': 500 });
    expect(await sweep(broken)).toMatchObject({
      found: 1,
      gone: 0,
      incomplete: {
        message:
          `${registry.loginServer} did not return a:x (unreachable: the registry answered 500); nothing of ` +
          'the same repository is marked as deleted',
      },
    });
    await known(3);
    expect(await sweep({ url })).toEqual({ found: 1, gone: 1 });
  });

  it('treats an image that fails as neither there nor gone, and checks the others', async () => {
    const { push, remove, sweep, known, registry } = await setting();
    const { digest } = await push('windows', 'a');
    await push('windows', 'b');
    expect(await sweep()).toEqual({ found: 2, gone: 0 });
    await known(2);
    for (const repository of ['a', 'b']) await remove(repository, digest);
    const { url } = await catalogue(registry.url, ['a', 'b'], { [`a/manifests/${digest}`]: 500 });
    expect(await sweep({ url })).toMatchObject({ found: 0, gone: 1, incomplete: {} });
    await known(2, 1);
    expect(await sweep()).toEqual({ found: 0, gone: 1 });
  });

  it('deletes nothing of a repository in which one image fails, in any order of the requests', async () => {
    const { push, remove, sweep, known, registry } = await setting();
    const digests = [(await push('windows', 'a', 'x')).digest, (await push('helm-chart', 'a', 'y')).digest];
    expect(await sweep()).toEqual({ found: 2, gone: 0 });
    await known(2);
    for (const digest of digests) await remove('a', digest);
    for (const digest of digests) {
      const { url } = await catalogue(registry.url, ['a'], { [`a/manifests/${digest}`]: 500 });
      expect(await sweep({ url })).toMatchObject({ gone: 0, incomplete: {} });
    }
    expect(await sweep()).toEqual({ found: 0, gone: 2 });
  });

  it.each([
    ['wants to be left alone', new RegistryError('rate-limited', 'the registry answered 429'), 0],
    ['keeps it waiting', new RegistryError('timeout', 'out of time'), 6 * 60_000],
  ])('stops asking a registry that %s, keeps what it found, and deletes nothing', async (_, error, ms) => {
    const { push, sweep, known } = await setting();
    await push('windows', 'gone');
    await sweep();
    await known(1);
    let [now, requests] = [Date.now(), 0];
    const connect = (): Sweepable => ({
      repositories: async function* () {
        yield* ['first', 'second'];
      },
      tags: async function* () {
        yield* ['good', 'bad', 'next'];
      },
      head: async (_repository, tag) => {
        requests += 1;
        if (tag === 'good') return `sha256:${'a'.repeat(64)}`;
        now += ms;
        throw error;
      },
      close: async () => undefined,
    });
    expect(await sweep({ connect, now: () => now })).toMatchObject({
      found: 1,
      gone: 0,
      incomplete: { message: expect.stringContaining('first:bad') },
    });
    expect(requests).toBe(2);
  });

  it('keeps what it found if the list of repositories breaks off', async () => {
    const { sweep } = await setting();
    const connect = (): Sweepable => ({
      repositories: async function* () {
        yield 'first';
        throw new RegistryError('unreachable', 'the registry answered 500');
      },
      tags: async function* () {
        yield 'v1';
      },
      head: async () => `sha256:${'a'.repeat(64)}`,
      close: async () => undefined,
    });
    expect(await sweep({ connect })).toMatchObject({ found: 1, incomplete: { code: 'sweep-incomplete' } });
  });

  it('reports an unreadable image again after a day, then each time after twice as long', async () => {
    const { registry, sweep, known, emitted } = await setting();
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const body = JSON.stringify({ schemaVersion: 2, mediaType, layers: [] });
    const put = await fetch(`${registry.url}/v2/team/broken/manifests/v1`, {
      method: 'PUT',
      headers: { 'content-type': mediaType },
      body,
    });
    expect(put.status).toBe(201);
    const [begun, hourMs] = [Date.now(), 60 * 60_000];
    const found: number[] = [];
    let total = 0;
    for (let hours = 0; hours < 30 * 24; hours += 6) {
      const swept = await sweep({ now: () => begun + hours * hourMs });
      if (swept.found > 0) found.push(hours);
      total += swept.found;
      await known(total);
    }
    expect(found).toEqual([0, 24, 48, 96, 192, 384]);
    expect((await emitted('image.pushed'))[0]!.data).toMatchObject({
      inspection: { code: expect.stringMatching(/^bad-/) },
    });
  });
});

/** A registry of one repository, in which all names are of one digest. */
const listingOf = (tags: readonly string[], head: () => string) => (): Sweepable => ({
  repositories: async function* () {
    yield 'team/windows';
  },
  tags: async function* () {
    yield* tags;
  },
  head: async () => head(),
  close: async () => undefined,
});

/** A proxy in front of a registry, with its own list of repositories and refusals for some paths. */
const catalogue = async (
  behind: string,
  repositories: readonly string[],
  refusals: Readonly<Record<string, number>>,
): Promise<{ url: string }> => {
  const server = createServer(
    (request, response) =>
      void (async () => {
        const refused = Object.entries(refusals).find(([begin]) => `${request.url!}/`.startsWith(`/v2/${begin}/`))?.[1];
        if (request.url!.startsWith('/v2/_catalog')) {
          response.end(JSON.stringify({ repositories }));
          return;
        }
        if (refused) {
          response.writeHead(refused).end('{}');
          return;
        }
        const answer = await fetch(behind + request.url!, {
          method: request.method!,
          headers: { accept: request.headers.accept ?? '*/*' },
        });
        response
          .writeHead(answer.status, {
            'docker-content-digest': answer.headers.get('docker-content-digest') ?? '',
            'content-type': answer.headers.get('content-type') ?? '',
          })
          .end(Buffer.from(await answer.arrayBuffer()));
      })(),
  );
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `127.0.0.1:${(server.address() as { port: number }).port}` };
};

describe('a sweep whose time is over', () => {
  /** Each lookup of an image takes ten milliseconds of a time of its own; a sweep has fifteen. */
  const slicing = async () => {
    const { sweep, registry, ...more } = await setting();
    let time = Date.parse('2026-11-24T09:00:00Z');
    const connect = (): Sweepable => {
      const { loginServer } = registry;
      const client = new RegistryClient({ loginServer, plainHttp: true, allowAddresses: ['127.0.0.0/8'] });
      return {
        repositories: (signal, after) => client.repositories(signal, after),
        tags: (repository, signal, after) => client.tags(repository, signal, after),
        head: (repository, reference, signal) => {
          time += 10;
          return client.head(repository, reference, signal);
        },
        close: () => client.close(),
      };
    };
    const slice = (from?: SweepPosition) => sweep({ connect, now: () => time, sliceMs: 15, from });
    return { ...more, sweep, slice };
  };

  it('goes on the next time where it stopped, within a repository too, and finds all at last', async () => {
    const { push, slice } = await slicing();
    for (const tag of ['v1', 'v2', 'v3']) await push('windows', 'a', tag);
    for (const repository of ['b', 'c/d']) await push('windows', repository);
    const first = await slice();
    expect(first).toEqual({ found: 1, gone: 0, next: { repository: 'a', tag: 'v2' } });
    const second = await slice(first.next);
    expect(second).toEqual({ found: 2, gone: 0, next: { repository: 'b', tag: 'v1' } });
    expect(await slice(second.next)).toEqual({ found: 1, gone: 0 });
  });

  it('deletes nothing of a repository that it did not read whole, and looks up others the next time', async () => {
    const { push, remove, sweep, slice, known } = await slicing();
    for (const tag of ['v1', 'v2', 'v3']) await push('helm-chart', 'a', tag);
    const { digest } = await push('windows', 'a', 'w');
    for (const repository of ['b', 'c', 'd']) await push('windows', repository);
    await sweep();
    await known(5);
    for (const repository of ['a', 'b', 'c', 'd']) await remove(repository, digest);
    const first = await slice();
    expect(first).toEqual({ found: 0, gone: 0, next: { repository: 'a', tag: 'v2' } });
    const second = await slice(first.next);
    expect(second).toEqual({ found: 0, gone: 2 });
    await known(5, 2);
    expect(await slice(first.next)).toEqual({ found: 0, gone: 1 });
    await known(5, 3);
    expect(await sweep()).toEqual({ found: 0, gone: 1 });
  });
});

it('is one trace with a span for each repository, which counts its requests', async () => {
  const { push, sweep, known, remove } = await setting();
  const exporter = new InMemorySpanExporter();
  const telemetry = await startTelemetry({
    version: '1',
    env: {},
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  const spansOf = async (more: Parameters<typeof sweep>[0] = {}) => {
    exporter.reset();
    await sweep({ ...more, tracer: telemetry.tracer('ingestion') }).catch(() => undefined);
    const spans = exporter.getFinishedSpans();
    const root = spans.at(-1)!;
    const below = spans.slice(0, -1);
    expect(below.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(
      below.map(() => root.spanContext().spanId),
    );
    return [root, ...below].map(({ name, attributes, status }) => ({
      name: name.replace(/127.*/, ''),
      ...(attributes['assay.repository'] ? { of: attributes['assay.repository'] } : {}),
      requests: attributes['assay.requests'],
      ...(attributes['assay.outcome'] ? { outcome: attributes['assay.outcome'] } : {}),
      ...(status.message ? { error: status.message } : {}),
    }));
  };
  await push('windows', 'team/copy');
  const { digest } = await push('windows', 'team/windows');
  await push('windows', 'team/windows', 'latest');
  // One request for the repositories, one for the tags of each, and one for each tag.
  expect(await spansOf()).toEqual([
    { name: 'sweep ', requests: 6, outcome: 'reached' },
    { name: 'list repository', of: 'team/copy', requests: 2 },
    { name: 'list repository', of: 'team/windows', requests: 3 },
  ]);
  await known(2);
  await remove('team/copy', digest);
  expect((await spansOf()).at(-1)).toEqual({ name: 'look up missing', requests: 1 });
  const refusing = listingOf(['latest'], () => {
    throw new RegistryError('unreachable', 'it answered 500');
  });
  expect(await spansOf({ connect: refusing })).toMatchObject([
    { outcome: 'failed', error: expect.stringContaining('it answered 500') },
    { name: 'list repository', error: 'it answered 500' },
    { name: 'look up missing' },
  ]);
});
