import { describe, expect, it } from 'vitest';
import type { Job, Trouble, Worked } from '@assay/event-sourcing';
import { RegistryError, RegistryPauses } from '@assay/registry';
import type { ServiceTracer } from '@assay/telemetry';
import { inspection } from './inspection.ts';

const tracer = { start: () => ({ end: () => undefined }) } as unknown as ServiceTracer;
const job: Job = {
  partition: 0,
  key: 'k',
  id: 'inspect/k',
  lane: 'inspect/reg.test',
  state: 'leased',
  attempt: 1,
  enqueuedAt: 0,
  payload: { loginServer: 'reg.test', repository: 'team/app', digest: 'd', listed: false },
};

/**
 * Runs one job as often as it is wanted, with a registry that always fails with the error. Returns the outcome of each
 * run.
 */
const tried = async (times: number, error: Error, lane = job.lane): Promise<Worked[]> => {
  const time = { now: 0 };
  const fails = () => Promise.reject(error);
  const work = inspection({
    access: () => ({ loginServer: 'reg.test', plainHttp: false, allowAddresses: [] }),
    clients: { to: () => ({ manifest: fails, config: fails, head: fails }) },
    pauses: new RegistryPauses(() => time.now),
    tracer,
    maxAttempts: 3,
    random: () => 1,
  });
  const worked: Worked[] = [];
  let next = { ...job, lane };
  for (let turn = 0; turn < times; turn += 1) {
    const one = await work(next, new AbortController().signal);
    worked.push(one);
    if ('result' in one) break;
    time.now += one.retryInMs;
    next = {
      ...next,
      attempt: next.attempt + (one.uncounted ? 0 : 1),
      ...(one.trouble ? { trouble: one.trouble as Trouble } : {}),
    };
  }
  return worked;
};

/**
 * Simulates a registry with images whose manifests always fail, and good images pushed behind them one by one.
 *
 * @returns how long the first good image waits for its first request, the longest such wait of the others, and the
 * number of all requests
 */
const beside = async (broken: number, whole = 40) => {
  const time = { now: 0 };
  let seed = 7;
  const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  const firstRequestAt = new Map<string, number>();
  let times = 0;
  const away = new RegistryError('unreachable', 'the registry answered 500');
  const work = inspection({
    access: () => ({ loginServer: 'reg.test', plainHttp: false, allowAddresses: [] }),
    clients: {
      to: () => ({
        manifest: async (_repository, digest) => {
          times += 1;
          if (!firstRequestAt.has(digest)) firstRequestAt.set(digest, time.now);
          throw digest.startsWith('broken') ? away : new RegistryError('bad-manifest', 'asked');
        },
        config: () => Promise.reject(away),
        head: () => Promise.reject(away),
      }),
    },
    pauses: new RegistryPauses(() => time.now),
    tracer,
    maxAttempts: 3,
    random,
  });
  const pushedAt = (nth: number): number => 90_000 + nth * 35_000;
  const waiting = [
    ...Array.from({ length: broken }, (_, nth) => ({ digest: `broken ${nth}`, from: nth })),
    ...Array.from({ length: whole }, (_, nth) => ({ digest: `whole ${nth}`, from: pushedAt(nth) })),
  ].map(({ digest, from }): { from: number; job: Job } => ({
    from,
    job: { ...job, id: digest, payload: { ...job.payload, digest } },
  }));
  for (; time.now < pushedAt(whole) + 600_000; time.now += 1000) {
    for (const due of waiting.filter(({ from }) => from <= time.now)) {
      const worked = await work(due.job, new AbortController().signal);
      if ('result' in worked) waiting.splice(waiting.indexOf(due), 1);
      else {
        due.from = time.now + worked.retryInMs;
        due.job = { ...due.job, trouble: worked.trouble ?? due.job.trouble };
      }
    }
  }
  const first = firstRequestAt.get('whole 0') ?? Infinity;
  return {
    firstMs: first - pushedAt(0),
    othersMs: Math.max(
      ...Array.from(
        { length: whole - 1 },
        (_, nth) => (firstRequestAt.get(`whole ${nth + 1}`) ?? Infinity) - Math.max(first, pushedAt(nth + 1)),
      ),
    ),
    times,
  };
};

const seconds = (worked: readonly Worked[]): (number | string)[] =>
  worked.map((one) => ('result' in one ? 'given up' : Math.round(one.retryInMs / 1000)));

describe('an inspection', () => {
  it('is retried while its registry is away, with pauses up to a minute, later up to ten', async () => {
    const away = new RegistryError('unreachable', 'the connection failed (ECONNREFUSED)');
    expect(seconds(await tried(9, away))).toEqual([2, 4, 8, 16, 32, 60, 60, 60, 60]);
    expect(seconds(await tried(12, away, 'backfill/reg.test'))).toEqual([
      2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600,
    ]);
    expect((await tried(20, away)).at(-1)).toMatchObject({
      uncounted: true,
      trouble: { code: 'unreachable', patience: 'soon', tries: 20, inARow: 20 },
    });
  });

  it('waits as long as its registry asks for', async () => {
    expect(
      seconds(
        await tried(3, new RegistryError('rate-limited', 'the registry answered 429', { retryAfterMs: 120_000 })),
      ),
    ).toEqual([150, 150, 150]);
  });

  it.each([
    [1, 2],
    [3, 15],
    [10, 60],
    [30, 300],
  ])('does not wait for other images of its registry, of which %i answer 500', async (broken, within) => {
    const { firstMs, othersMs } = await beside(broken);
    expect(firstMs / 1000).toBeLessThan(within);
    expect(othersMs / 1000).toBeLessThan(15);
  });

  it('makes few requests to a registry that is away, however many images wait', async () => {
    // In more than eleven minutes each image by itself would be tried sixteen times.
    expect((await beside(100, 0)).times).toBeLessThan(100);
  });

  it('that needs an operator is retried now and then', async () => {
    const worked = await tried(7, new RegistryError('unauthorized', 'the registry answered 403'));
    expect(seconds(worked).map((each) => Number(each) / 60)).toEqual([15, 30, 60, 120, 240, 360, 360]);
    expect(worked[0]).toMatchObject({ trouble: { code: 'unauthorized', patience: 'later', tries: 1 } });
  });

  it('that fails by the content of the digest is final', async () => {
    expect(await tried(5, new RegistryError('bad-manifest', 'no'))).toEqual([
      { result: { code: 'bad-manifest', message: 'no', attempts: 1 } },
    ]);
  });

  it('that times out three times makes room for others', async () => {
    expect(seconds(await tried(5, new RegistryError('timeout', 'not done after 15000 ms')))).toEqual([
      2, 4, 900, 1800, 3600,
    ]);
  });

  it('that fails by a mistake of ours is given up after three attempts', async () => {
    expect(seconds(await tried(5, new TypeError('ours')))).toEqual([2, 20, 'given up']);
  });

  it('sends no request to a registry that asked for a pause, and reports why', async () => {
    const pauses = new RegistryPauses(() => 0);
    pauses.failed(
      'reg.test',
      'another',
      new RegistryError('rate-limited', 'the registry answered 429', { retryAfterMs: 40_000 }),
    );
    const noClients = {
      to: () => {
        throw new Error('was asked');
      },
    };
    const work = inspection({
      access: () => ({ loginServer: 'reg.test', plainHttp: false, allowAddresses: [] }),
      clients: noClients,
      pauses,
      tracer,
      maxAttempts: 3,
      random: () => 0,
    });
    const trouble: Trouble = {
      code: 'rate-limited',
      message: 'the registry answered 429',
      patience: 'soon',
      inARow: 0,
      tries: 0,
      timeouts: 0,
    };
    const waits = { retryInMs: 40_000, uncounted: true };
    const run = (known?: Trouble): Promise<Worked> => work({ ...job, trouble: known }, new AbortController().signal);
    expect(await run()).toEqual({ ...waits, trouble });
    // The trouble is reported once, and a job that was tried keeps its own.
    expect(await run(trouble)).toEqual(waits);
    const another = { ...trouble, code: 'unreachable', message: 'the registry answered 500' };
    expect(await run({ ...another, tries: 1 })).toEqual(waits);
    expect(await run(another)).toEqual({ ...waits, trouble });
  });
});
