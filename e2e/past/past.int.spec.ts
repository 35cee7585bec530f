import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedLog } from '@assay/messaging';
import type { Endpoint } from '../../apps/assay/src/suite/data.ts';
import { readAll, type LogReading } from '../torment/checker/reading.ts';
import { ended, makePast, makingMs, pastCommand } from './made.ts';

interface Image {
  readonly repository: string;
  readonly tags: readonly string[];
  readonly status: string;
  readonly reason?: string;
}

/** A push has a result within this time, less the part of a second in which its deadline is noticed. */
const promiseMs = 15 * 60_000 - 1_000;

let folder: string;
let reading: LogReading;
let images: readonly Image[];
let get: <T>(path: string) => Promise<T>;
let close: () => Promise<unknown>;

const opened = async (): Promise<Endpoint> => {
  const child = spawn(process.execPath, [pastCommand, folder, '--up', '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  close = async () => {
    child.kill();
    await ended(child);
  };
  let text = '';
  for await (const chunk of child.stdout) {
    text += String(chunk);
    if (text.endsWith('\n')) break;
  }
  return JSON.parse(text) as Endpoint;
};

beforeAll(async () => {
  folder = await makePast(1);
  const log = new EmbeddedLog(join(folder, 'log.db'), 12);
  reading = await readAll(log);
  await log.close();
  const { url, token } = await opened();
  get = async (path) => {
    const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as never;
  };
  images = (await get<{ value: readonly Image[] }>('/assay/images')).value;
}, makingMs);
afterAll(() => close());

const isOfGateway = ({ event }: { readonly event: { readonly data: object } }): boolean =>
  'repository' in event.data && event.data.repository === 'edge/gateway';

const countOf = (status: string, reason?: string): number =>
  images.filter((image) => image.status === status && (reason === undefined || image.reason === reason)).length;

describe('a past of 90 days', () => {
  it('keeps the laws of sets and marks, and repeats nothing', () => {
    expect(reading.broken).toEqual([]);
    expect(reading.dropped).toEqual([]);
    expect(new Set(reading.unreadable.map(({ headers }) => headers.ce_id))).toEqual(
      new Set(['an event that was cut', 'an event that is cut']),
    );
  });

  it('has images of every status, undetermined for many reasons', () => {
    expect(images.length).toBeGreaterThan(60);
    expect(countOf('healthy')).toBeGreaterThan(4);
    expect(countOf('unhealthy')).toBeGreaterThan(20);
    expect(new Set(images.filter(({ status }) => status === 'undetermined').map(({ reason }) => reason))).toEqual(
      new Set([
        'failed/invalid-image',
        'inventory-disagrees',
        'not-witnessed',
        'operating-system-end-of-life',
        'packages-unreadable',
        'parked',
        'scanner-recalled',
        'timed-out',
      ]),
    );
    expect(new Set(images.filter(({ status }) => status === 'not-applicable').map(({ reason }) => reason))).toEqual(
      new Set([
        'image-deleted',
        'no-operating-system',
        'not-a-container-image/helm-chart',
        'not-a-container-image/signature',
        'windows-image',
      ]),
    );
    expect(countOf('scanning')).toBe(1);
  });

  it('has images that found something without a push, and others that a push made healthy', () => {
    const pushes = new Set(reading.of('image.pushed').map(({ event }) => event.id));
    const changes = reading.of('recommendation.changed').map(({ event }) => event);
    const later = changes.filter(({ data }) => data.status === 'unhealthy' && data.previous?.status === 'healthy');
    expect(later.length).toBeGreaterThan(3);
    expect(later.every(({ causationid = '' }) => !pushes.has(causationid))).toBe(true);
    const last = new Map<string, string>();
    let healed = 0;
    for (const { data } of changes.toSorted((a, b) => (a.time < b.time ? -1 : 1))) {
      if (data.status === 'healthy' && last.get(data.repository) === 'unhealthy') healed += 1;
      last.set(data.repository, data.status);
    }
    expect(healed).toBeGreaterThan(3);
  });

  it('answers every push in time, but those that are late on purpose', () => {
    const firsts = new Map<string, { readonly repository: string; readonly ms: number }>();
    for (const { event } of reading.of('scan.completed')) {
      const { pushId, receivedAt, repository } = event.data;
      // Later ones answer a recall, a plan or a rule.
      if (!firsts.has(pushId)) firsts.set(pushId, { repository, ms: Date.parse(event.time) - Date.parse(receivedAt) });
    }
    const all = [...firsts.values()];
    expect(all.every(({ ms }) => ms >= 0)).toBe(true);
    // The image of research was pushed before its plan was on.
    expect(new Set(all.filter(({ ms }) => ms > promiseMs).map(({ repository }) => repository))).toEqual(
      new Set(['jobs/heavy', 'jobs/import', 'jobs/thumbnails', 'notebooks/base']),
    );
  });

  it('has one charge for each image that was assessed, in three months, one of them given back', async () => {
    const { value: charges, nextLink } = await get<{
      nextLink?: string;
      value: readonly { digest: string; subscriptionId: string; amount: string; correctionOf?: string }[];
    }>('/assay/charges?top=1000');
    expect(nextLink).toBeUndefined();
    const firsts = charges.filter(({ correctionOf }) => correctionOf === undefined);
    expect(new Set(firsts.map(({ digest, subscriptionId }) => `${digest} ${subscriptionId}`)).size).toBe(firsts.length);
    expect(charges.filter(({ correctionOf }) => correctionOf !== undefined).map(({ amount }) => amount)).toEqual([
      '-0.29',
    ]);
    const { value: periods } = await get<{ value: readonly { period: string; state: string }[] }>('/assay/periods');
    expect(periods.map(({ state }) => state)).toContain('closed');
  });

  it('has a held sweep, a recalled scanner, a parked event, and rules that are in force, ran out or went', async () => {
    const { value: sweeps } = await get<{ value: readonly { state: string; gone?: number }[] }>('/assay/sweeps');
    expect(sweeps.flatMap(({ state, gone }) => (state === 'held' ? [gone] : []))).toEqual([7]);
    const { value: scanners } = await get<{ value: readonly { recalled?: object; images: number }[] }>(
      '/assay/scanners',
    );
    expect(scanners.map(({ recalled }) => recalled !== undefined)).toEqual(expect.arrayContaining([true, false]));
    const { value: parked } = await get<{ value: readonly { service: string }[] }>('/assay/parked');
    // The view parks the same event, which is listed once.
    expect(parked.map(({ service }) => service)).toEqual(['classifier']);
    const { value: rules } = await get<{ value: readonly { ruleId: string; state: string; by: string }[] }>(
      '/assay/rules',
    );
    expect(Object.fromEntries(rules.map(({ ruleId, state }) => [ruleId, state]))).toEqual({
      'accepted-without-fix': 'in-force',
      'below-our-bar': 'in-force',
      'openssl-until-the-release': 'expired',
      'ship-the-release': 'in-force',
    });
    expect(new Set(rules.map(({ by }) => by))).toEqual(
      new Set(['ana (https://login.example.com)', 'bo (https://login.example.com)']),
    );
  });

  it('has a tag that moved on: lists keep what it names and what runs, and the rest is closed', async () => {
    type Listed = Image & { readonly digest: string; readonly running?: readonly object[]; readonly untagged?: object };
    const listed = async (query: string) =>
      (await get<{ value: readonly Listed[] }>(`/assay/images?repository=edge/gateway&${query}`)).value;
    const { value: tags } = await get<{ value: readonly { digest: string; moves: readonly { digest: string }[] }[] }>(
      '/assay/tags?repository=edge/gateway',
    );
    const [{ digest: current, moves }] = tags as [(typeof tags)[number]];
    const builds = moves.map(({ digest }) => digest);
    expect(new Set(builds).size).toBe(reading.of('image.pushed').filter(isOfGateway).length);
    const [shown, left] = [await listed(''), await listed('untagged=only')];
    expect(new Set(shown.map(({ digest }) => digest))).toEqual(new Set([current, builds[1]]));
    expect(shown.find(({ digest }) => digest === builds[1])).toMatchObject({ running: [{ cluster: 'prod' }] });
    expect(new Set(left.map(({ digest }) => digest))).toEqual(new Set(builds.slice(1)));
    const last = new Map(
      reading
        .of('recommendation.changed')
        .filter(isOfGateway)
        .map(({ event: { data } }) => [data.digest, data]),
    );
    const closed = [...last.values()].filter(({ reason }) => reason === 'untagged').map(({ digest }) => digest);
    expect(closed.length).toBeGreaterThan(2);
    expect(closed.filter((digest) => !builds.slice(3).includes(digest))).toEqual([]);
  });

  it('stands while a suite runs on it: only what was on its way goes on', async () => {
    await close();
    close = async () => undefined;
    const log = new EmbeddedLog(join(folder, 'log.db'), 12);
    const after = await readAll(log);
    await log.close();
    const known = new Set(reading.received.map(({ event }) => event.id));
    const later = after.received.flatMap(({ topic, event: { id, subject, data } }) =>
      known.has(id) || ('repository' in data && data.repository === 'models/large') ? [] : [`${topic} ${subject}`],
    );
    expect(later).toEqual([]);
  });
});
