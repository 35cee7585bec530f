import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderBlobs } from '@assay/event-sourcing';
import { decode } from '@assay/events';
import type { NewRecord } from '@assay/messaging';
import { ClusterReports } from './reports.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const digestOf = (n: number): string => `sha256:${String(n).padStart(64, '0')}`;

let folder: string;
let blobs: FolderBlobs;
let records: NewRecord[];
let now: number;
let reports: ClusterReports;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-running-'));
  blobs = new FolderBlobs(folder);
  [records, now] = [[], Date.parse('2026-12-01T00:00:00.000Z')];
  const append = (more: readonly NewRecord[]): Promise<never[]> => {
    records.push(...more);
    return Promise.resolve([]);
  };
  reports = new ClusterReports({ log: { append, partitions: 4 }, blobs, now: () => now });
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Reports digests, by number, in namespaces. */
const report = (images: Readonly<Record<number, readonly string[]>>, cluster = 'prod') =>
  reports.take({
    cluster,
    images: Object.entries(images).flatMap(([n, namespaces]) =>
      namespaces.length === 0
        ? [{ digest: digestOf(Number(n)) }]
        : namespaces.map((namespace) => ({ digest: digestOf(Number(n)), namespace })),
    ),
    by: 'robot',
  });

/** The events since the last look, in a line each. */
const published = (): readonly string[] =>
  records.splice(0).map((record) => {
    const decoded = decode(record.topic, record);
    if (decoded.kind !== 'event') throw new Error(JSON.stringify(decoded));
    const { event } = decoded;
    expect(event.sequence).toBeUndefined();
    if (event.topic === 'cluster.reported') return `${event.data.cluster}: ${event.data.digests}`;
    if (event.topic !== 'image.running') throw new Error(event.topic);
    expect([event.subject, event.data.seenAt]).toEqual([event.data.digest, new Date(now).toISOString()]);
    const { digest, state, namespaces, since } = event.data;
    return `${Number(digest.slice(7))} ${state} ${namespaces?.join('+') ?? '-'} ${since.slice(8, 13)}`;
  });

describe('a report', () => {
  it('publishes what is new, gone for a day, or a week old', async () => {
    expect(await report({ 1: ['web', 'shop', 'web'], 2: [] })).toEqual({ digests: 2, firstSeen: 2, gone: 0, again: 0 });
    expect(published()).toEqual(['1 running shop+web 01T00', '2 running - 01T00', 'prod: 2']);
    now += hourMs;
    expect(await report({ 1: ['shop', 'web'], 2: [] })).toMatchObject({ firstSeen: 0, gone: 0, again: 0 });
    expect(published()).toEqual(['prod: 2']);
    now += hourMs;
    expect(await report({ 1: ['shop'] })).toMatchObject({ again: 1 });
    expect(published()).toEqual(['1 running shop 01T00', 'prod: 1']);
    now += dayMs - hourMs - 1;
    await report({ 1: ['shop'] });
    expect(published()).toEqual(['prod: 1']);
    now += 1;
    expect(await report({ 1: ['shop'] })).toMatchObject({ gone: 1 });
    expect(published()).toEqual(['2 gone - 01T00', 'prod: 1']);
    now += hourMs;
    await report({ 1: ['shop'], 2: [] });
    expect(published()).toEqual(['2 running - 02T02', 'prod: 2']);
    now += 6 * dayMs;
    expect(await report({ 1: ['shop'], 2: [] })).toMatchObject({ again: 1 });
    expect(published()).toEqual(['1 running shop 01T00', 'prod: 2']);
  });

  it('counts for the images below an index, once they are known, and until it is gone', async () => {
    let children = new Map<string, readonly string[]>();
    const log = { append: (more: readonly NewRecord[]) => Promise.resolve((records.push(...more), [])), partitions: 4 };
    reports = new ClusterReports({ log, blobs, now: () => now, childrenOf: () => Promise.resolve(children) });
    await report({ 1: ['shop'] });
    expect(published()).toEqual(['1 running shop 01T00', 'prod: 1']);
    children = new Map([[digestOf(1), [digestOf(2), digestOf(3)]]]);
    now += hourMs;
    expect(await report({ 1: ['shop'], 3: ['web'] })).toMatchObject({ digests: 2, firstSeen: 2 });
    expect(published()).toEqual(['3 running shop+web 01T01', '2 running shop 01T01', 'prod: 2']);
    children = new Map();
    now += hourMs;
    await report({ 1: ['shop'] });
    expect(published()).toEqual(['3 running shop 01T01', 'prod: 1']);
    now += dayMs;
    expect(await report({ 4: [] })).toMatchObject({ firstSeen: 1, gone: 3 });
    expect(published()).toContain('2 gone - 01T01');
  });

  it('shows again what came back after a process ended behind the event that it was gone', async () => {
    await report({ 1: [] });
    published();
    now += dayMs;
    let puts = 0;
    const put: FolderBlobs['put'] = (...blob) =>
      (puts += 1) > 1 ? Promise.reject(new Error('ended')) : blobs.put(...blob);
    const ending = {
      put,
      get: blobs.get.bind(blobs),
      delete: blobs.delete.bind(blobs),
      pointer: blobs.pointer.bind(blobs),
      point: blobs.point.bind(blobs),
    };
    const append = (more: readonly NewRecord[]): Promise<never[]> => Promise.resolve((records.push(...more), []));
    const other = new ClusterReports({ log: { append, partitions: 4 }, blobs: ending, now: () => now });
    await expect(other.take({ cluster: 'prod', images: [], by: 'robot' })).rejects.toThrow('ended');
    expect(published()).toContain('1 gone - 01T00');
    await report({ 1: [] });
    expect(published()).toEqual(['1 running - 01T00', 'prod: 1']);
  });

  it('counts for its own cluster, and begins again if its blob is lost', async () => {
    await report({ 1: [] });
    await report({ 2: [] }, 'edge');
    published();
    rmSync(join(folder, 'running'), { recursive: true });
    now += 2 * dayMs;
    expect([await report({ 1: [] }), await report({ 2: [] }, 'edge')]).toMatchObject([
      { firstSeen: 1, gone: 0 },
      { firstSeen: 1, gone: 0 },
    ]);
  });

  it('keeps one blob of a cluster, and takes one report of it at a time', async () => {
    const all = await Promise.all([report({ 1: [] }), report({ 1: [] }), report({ 1: [], 2: [] })]);
    expect(all.map(({ firstSeen }) => firstSeen)).toEqual([1, 0, 1]);
    const left: object[] = [];
    for await (const blob of blobs.list('running')) left.push(blob);
    expect(left).toHaveLength(1);
  });

  it('is compared with the one before after the log took nothing', async () => {
    const failing = new ClusterReports({
      log: { append: () => Promise.reject(new Error('away')), partitions: 4 },
      blobs,
    });
    await expect(failing.take({ cluster: 'prod', images: [{ digest: digestOf(1) }], by: 'robot' })).rejects.toThrow();
    expect(await report({ 1: [] })).toMatchObject({ firstSeen: 1 });
  });

  it('names at most fifty namespaces', async () => {
    await report({ 1: Array.from({ length: 60 }, (_, n) => `n${String(n).padStart(2, '0')}`) });
    expect(JSON.parse(records[0]!.value)).toMatchObject({ namespaces: { length: 50 } });
  });
});
