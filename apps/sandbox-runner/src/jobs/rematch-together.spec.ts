import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import {
  BlobFailure,
  EmbeddedStore,
  FolderBlobs,
  JobLoop,
  putInventory,
  silent,
  type Job,
  type Worked,
  Gate,
} from '@assay/event-sourcing';
import type { PackageInventory } from '@assay/events';
import type { BlobCache } from '@assay/registry';
import type { ServiceTracer } from '@assay/telemetry';
import { ManualClock } from '@assay/testing';
import type { RematchSuccess, ScanTask } from '../domain/state.ts';
import { SandboxError } from '../sandbox/sandbox.ts';
import type { ImageScanner, ScanOutcome } from '../scanner/scanner.ts';
import { ScanJob } from './scan-job.ts';

const program = `sha256:${'1'.repeat(64)}`;
const database = { digest: `sha256:${'2'.repeat(64)}`, builtAt: '1970-01-01T00:00:00.000Z', demonstration: false };
const os = { family: 'alpine', version: '3.20.3' };

const nameOf = ({ packages }: PackageInventory): string => packages[0]!.name;

/** A match that finds one vulnerability, named after the inventory. */
const foundIn = ({ packages }: PackageInventory): ScanOutcome => ({
  outcome: 'succeeded',
  os: { ...os, endOfLife: false },
  findings: packages.map((item) => ({
    vulnerability: `CVE-${item.name}`,
    aliases: [],
    package: item.name,
    packageType: item.type,
    installedVersion: item.version,
    severity: 'High' as const,
    ratings: [],
    references: [],
    cwes: [],
  })),
  packages: [...packages],
  report: Buffer.from('{}'),
  scannerMs: 7,
});
const failed: ScanOutcome = { outcome: 'failed', code: 'wrong-artifact', message: 'one is missing', scannerMs: 1 };

/** A store with inventories, and a scanner that matches them as a test sets it. It notes what it matches at once. */
const setting = async (match = (inventory: PackageInventory): ScanOutcome | Error => foundIn(inventory)) => {
  const home = await mkdtemp(join(tmpdir(), 'assay-together-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const blobs = new FolderBlobs(home);
  const clock = new ManualClock();
  const runs: string[][] = [];
  const reported: string[] = [];
  const ended: string[] = [];
  const answered = (inventories: readonly PackageInventory[]): ScanOutcome[] => {
    runs.push(inventories.map(nameOf));
    const outcomes = inventories.map(match);
    for (const outcome of outcomes) if (outcome instanceof Error) throw outcome;
    return outcomes as ScanOutcome[];
  };
  const scanner = {
    identity: { name: 'trivy', version: '1', digest: program },
    database,
    rematch: async (_folder: string, inventory: PackageInventory) => answered([inventory])[0]!,
    together: {
      arranged: (inventories: readonly PackageInventory[]) => [inventories],
      match: async (_folder: string, inventories: readonly PackageInventory[]) => answered(inventories),
    },
  } as unknown as ImageScanner & { together: NonNullable<ImageScanner['together']> };
  const work = new ScanJob({
    scanner,
    driver: 'none',
    blobs,
    cache: {} as BlobCache,
    clients: { to: () => expect.unreachable('no registry is asked') },
    slots: new Gate(Infinity),
    pulledBytes: new Gate(Infinity),
    pauses: { rest: () => undefined } as never,
    layouts: { begin: () => 'there', end: (layout) => void ended.push(layout) },
    newsIn: (descriptions) => descriptions,
    access: () => ({}),
    tracer: { start: () => ({ end: () => undefined }) } as unknown as ServiceTracer,
    observer: { failed: (_app, operation, error) => void reported.push(`${operation}: ${(error as Error).message}`) },
    attemptTimeoutMs: 240_000,
    maxAttempts: 3,
    clock,
  });
  const jobOf = async (name: string, task: Partial<ScanTask> = {}, more: Partial<Job> = {}): Promise<Job> => {
    const packages = [{ name, version: '1-r1', type: 'alpine', purl: `pkg:apk/alpine/${name}@1-r1` }];
    const inventory = await putInventory(blobs, { os, packages });
    return {
      partition: 0,
      key: name,
      id: 'reassess/place',
      lane: 'rescan',
      state: 'leased',
      attempt: 1,
      enqueuedAt: 0,
      payload: {
        registry: { registryId: '/r', loginServer: 'reg.test', plainHttp: false, allowAddresses: [] },
        owner: 'one',
        reassesses: { database: database.digest },
        rematch: { inventory, program },
        ...task,
      },
      ...more,
    };
  };
  const { together } = work;
  const answer = async (jobs: readonly Job[], signal = new AbortController().signal): Promise<Worked[]> =>
    Promise.all(together.work(jobs.map((job) => ({ job, signal }))));
  return { answer, blobs, clock, ended, home, jobOf, reported, runs, scanner, together, work };
};

const foundBy = (worked: Worked | undefined): string[] =>
  worked && 'result' in worked ? (worked.result as RematchSuccess).findings.map((each) => each.vulnerability) : [];

it('jobs that are done together have the result of their own inventory each', async () => {
  const { answer, jobOf, runs, ended } = await setting();
  const jobs = [await jobOf('a'), await jobOf('b'), await jobOf('c')];
  const outcomes = await answer(jobs);
  expect(runs).toEqual([['a', 'b', 'c']]);
  expect(ended).toEqual(['there']);
  expect(outcomes.map(foundBy)).toEqual([['CVE-a'], ['CVE-b'], ['CVE-c']]);
  expect(outcomes[1]).toMatchObject({
    result: { succeeded: true, rematched: true, database, packages: (jobs[1]!.payload as ScanTask).rematch!.inventory },
  });
});

it('inventories of different subscriptions are in different runs', async () => {
  const { answer, jobOf, runs } = await setting();
  const outcomes = await answer([await jobOf('a'), await jobOf('b', { owner: 'two' }), await jobOf('c')]);
  expect(runs).toEqual([['a', 'c'], ['b']]);
  expect(outcomes.map(foundBy)).toEqual([['CVE-a'], ['CVE-b'], ['CVE-c']]);
});

it('a job whose inventory has no whole match with others is done alone, and theirs are done', async () => {
  const { answer, jobOf } = await setting((inventory) => (nameOf(inventory) === 'b' ? failed : foundIn(inventory)));
  const outcomes = await answer([await jobOf('a'), await jobOf('b'), await jobOf('c')]);
  expect(outcomes.map(foundBy)).toEqual([['CVE-a'], [], ['CVE-c']]);
  expect(outcomes[1]).toEqual({ retryInMs: 0 });
});

it('joins an image only in its first attempt, and neither a scan nor a proof', async () => {
  const { together, jobOf, scanner } = await setting();
  const inventory = { dataref: 'x', sha256: 'x', bytes: 1 };
  expect(together.joins(await jobOf('a'))).toBe(true);
  expect(together.joins(await jobOf('a', {}, { attempt: 2 }))).toBe(false);
  expect(together.joins(await jobOf('a', { rematch: undefined as never }))).toBe(false);
  expect(together.joins(await jobOf('a', { rematch: { inventory, program, isProof: true } }))).toBe(false);
  Object.assign(scanner, { together: undefined });
  expect(together.joins(await jobOf('a'))).toBe(false);
});

it('a job for another database, or of another build, or without inventory leaves the others theirs', async () => {
  const { answer, jobOf, blobs } = await setting();
  const lost = await jobOf('lost');
  const { dataref } = (lost.payload as ScanTask).rematch!.inventory;
  const get = blobs.get.bind(blobs);
  vi.spyOn(blobs, 'get').mockImplementation((named) =>
    named === dataref ? Promise.reject(new BlobFailure('blob-unknown', 'lost')) : get(named),
  );
  const outcomes = await answer([
    await jobOf('a', { reassesses: { database: 'another' } }),
    await jobOf('b', { rematch: { ...(lost.payload as ScanTask).rematch!, program: 'another' } }),
    lost,
    await jobOf('c'),
  ]);
  expect(outcomes.slice(0, 3)).toEqual([{ retryInMs: 30_000, uncounted: true }, { retryInMs: 0 }, { retryInMs: 0 }]);
  expect(foundBy(outcomes[3])).toEqual(['CVE-c']);
});

it.each<[string, Error, object, number]>([
  [
    'a sandbox that does not start now',
    new SandboxError('sandbox-cannot-start', 'busy', 'wait', true),
    { uncounted: true, trouble: { code: 'sandbox-cannot-start', message: 'busy' } },
    2,
  ],
  ['a mistake of ours', new TypeError('oops'), { retryInMs: 0 }, 1],
])('%s ends the jobs of its run, and is reported', async (_, error, answered, reports) => {
  const { answer, jobOf, reported, ended } = await setting(() => error);
  const outcomes = await answer([await jobOf('a'), await jobOf('b')]);
  expect(outcomes).toMatchObject([answered, answered]);
  expect(reported).toHaveLength(reports);
  expect(ended).toEqual(['there']);
});

it('a store that is away is the trouble of each job', async () => {
  const { answer, jobOf, blobs } = await setting();
  const jobs = [await jobOf('a'), await jobOf('b')];
  vi.spyOn(blobs, 'get').mockRejectedValue(new BlobFailure('blobs-unreachable', 'away'));
  const trouble = { uncounted: true, trouble: { code: 'blobs-unreachable' } };
  expect(await answer(jobs)).toMatchObject([trouble, trouble]);
});

it('a service that stops hands its jobs back without a counted attempt', async () => {
  const { answer, jobOf, runs } = await setting(() => ({ outcome: 'cancelled', scannerMs: 1 }));
  const later = { retryInMs: 0, uncounted: true };
  expect(await answer([await jobOf('a'), await jobOf('b')], AbortSignal.abort(new Error('the service stops')))).toEqual(
    [later, later],
  );
  expect(runs).toEqual([]);
});

it('no run begins after ten seconds, so that a push does not wait for all of them', async () => {
  const { answer, jobOf, runs, clock } = await setting((inventory) => {
    clock.advance(6_000);
    return foundIn(inventory);
  });
  const owners = ['one', 'two', 'three'];
  const outcomes = await answer(await Promise.all(owners.map((owner) => jobOf(owner, { owner }))));
  expect(runs).toEqual([['one'], ['two']]);
  expect(outcomes[2]).toEqual({ retryInMs: 0, uncounted: true });
});

it('inventories that are slow to read are matched all the same', async () => {
  const { answer, blobs, clock, jobOf, runs } = await setting();
  const get = blobs.get.bind(blobs);
  vi.spyOn(blobs, 'get').mockImplementation((named) => {
    clock.advance(11_000);
    return get(named);
  });
  const outcomes = await answer([await jobOf('a'), await jobOf('b')]);
  expect(runs).toEqual([['a', 'b']]);
  expect(outcomes.map(foundBy)).toEqual([['CVE-a'], ['CVE-b']]);
});

it('jobs of a process that was killed are done by another one, each alone', async () => {
  const { jobOf, clock, runs, work } = await setting();
  const store = new EmbeddedStore(':memory:', clock);
  const { checkpoint } = await store.claim(0, 1);
  const names = ['a', 'b', 'c'];
  const put = await Promise.all(names.map((name) => jobOf(name)));
  await store.transact(0, checkpoint.epoch, {
    checkpoint: {},
    states: [],
    outbox: [],
    park: [],
    jobs: { put, remove: [] },
  });
  const [leaseMs, maxAttempts, lanes] = [15_000, 3, [{ lane: 'rescan', most: Infinity }]];
  // The killed process had all of them in one slot.
  for (const _ of names) await store.claimJob({ leaseMs, maxAttempts, lanes });
  clock.advance(leaseMs + 1);
  const loop = new JobLoop({
    app: 'toy',
    store,
    clock,
    observer: silent,
    slots: 1,
    leaseMs,
    maxAttempts,
    lanes: () => [{ lane: 'rescan', most: 1 }],
    work: (job, signal) => work.run(job, signal),
    together: work.together,
  });
  onTestFinished(() => loop.close());
  loop.start();
  const results = async () => (await store.jobsOf(0, names)).map(({ result }) => result && foundBy({ result }));
  await expect.poll(results).toEqual([['CVE-a'], ['CVE-b'], ['CVE-c']]);
  expect(runs).toEqual([['a'], ['b'], ['c']]);
});
