import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi, type MockInstance } from 'vitest';
import type { AnyEvent } from '@assay/events';
import { CopyProcess } from './copy-process.ts';
import { Copies, NoCopy, type Copy } from './copies.ts';
import type { RunQuery } from './duckdb.ts';
import { patienceMs } from '@assay/testing';
import { suite, type ServiceUnderTest } from '../../../../apps/recommendation/test/suite.ts';
import { digestOf, planOn, registryObserved, tell, wholeStory } from '../../test/fixtures.ts';

const [limitMs, caller] = [60_000, 'somebody'];
/** More memory than a process may use. */
const greedy = 'select list(x) from (select repeat(n::varchar, 40) as x from range(100000000) t(n))';
const endless =
  'select count(*) from range(100000) a(x), range(100000) b(y), range(100000) c(z) where (x * y + z) % 7 = 3';

/** Copies of a read model that holds a registry and a plan. */
const inPlace = (where: string) => {
  let folder: string;
  let assay: ServiceUnderTest;
  let copying: MockInstance<CopyProcess['do']>;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'assay-copies-'));
    copying = vi.spyOn(CopyProcess.prototype, 'do');
    assay = await suite({
      path: where === 'memory' ? ':memory:' : join(folder, "it's a view.duckdb"),
      queries: { memoryMb: 128 },
    });
    await assay.publish(registryObserved(), planOn());
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await assay.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const images = (query: RunQuery) =>
    query<{ n: number }>('select count(*)::integer as n from images').then(([row]) => row!.n);
  const read = <T>(run: (query: RunQuery, copy: Copy) => Promise<T>, request: object = {}) =>
    assay.view.queries.read({ caller, limitMs, ...request }, run);
  const opened = (): number => copying.mock.calls.filter(([order]) => order.kind === 'open').length;
  return {
    read,
    images,
    opened,
    publish: (...events: readonly AnyEvent[]) => assay.publish(...events),
    received: (topic: string) => assay.view.received(topic),
  };
};

describe.each(['a file', 'memory'])('copies of a read model in %s', (where) => {
  const { read, images, opened, publish, received: receivedBy } = inPlace(where);

  it('are made only after a write', async () => {
    expect(await read(images)).toBe(0);
    expect(await read(images)).toBe(0);
    expect(opened()).toBe(1);
    await publish(...wholeStory());
    expect(await read(images)).toBe(1);
    expect(opened()).toBe(2);
  });

  it('state how far they have read, and are never behind the previous page', async () => {
    const received = await read((_, copy) => Promise.resolve(copy.received('finding.classified')));
    expect(received.reduce((sum, next) => sum + next, 0)).toBe(0);
    await publish(...wholeStory());
    const offsets = receivedBy('finding.classified');
    expect(
      await read(
        (_, copy) => Promise.resolve(copy.received('finding.classified').reduce((sum, next) => sum + next, 0)),
        {
          from: [{ topic: 'finding.classified', offsets }],
        },
      ),
    ).toBe(1);
  });

  it('leave no file behind', async () => {
    await read(images);
    const [file] = readdirSync(`/proc/${processOf().pid}/fd`)
      .flatMap((fd) => {
        try {
          return [readlinkSync(`/proc/${processOf().pid}/fd/${fd}`)];
        } catch {
          return [];
        }
      })
      .filter((path) => path.includes('.duckdb'));
    expect(file).toMatch(/\.duckdb \(deleted\)$/);
  });
});

describe('the process of queries', () => {
  const { read, images } = inPlace('a file');

  it('ends a query that takes too much memory, and answers the next one', async () => {
    await expect(read((query) => query(greedy))).rejects.toThrow(/^Out of Memory Error/);
    expect(await read(images)).toBe(0);
  });

  it('ends a query at its time limit, and answers the next one', async () => {
    await expect(read((query) => query(endless), { limitMs: 100 })).rejects.toThrow(/^INTERRUPT Error/);
    expect(await read(images)).toBe(0);
  });

  it('may end at any time: its query is refused, the next one is answered', async () => {
    const query = read(async (run) => {
      await run('select 1');
      await processOf().kill('Out of Memory Error: as the kernel says it');
      return run('select 2');
    });
    await expect(query).rejects.toThrow('Out of Memory Error: as the kernel says it');
    expect(await read(images)).toBe(0);
  });

  it('is ended with its query if it hangs; the next query gets a new process', async () => {
    const query = read(
      async (run) => {
        await run('select 1');
        process.kill(processOf().pid!, 'SIGSTOP');
        return run('select 2', {});
      },
      { limitMs: 200 },
    );
    await expect(query).rejects.toThrow(/^INTERRUPT Error: the process of queries gave no answer/);
    expect(await read(images)).toBe(0);
  });
});

/** The process that answers at present. */
const processOf = (): CopyProcess => vi.mocked(CopyProcess.prototype.do).mock.contexts.at(-1) as CopyProcess;

it('the process of queries is ended if it takes more memory than its limit', async () => {
  const one = new CopyProcess(2 ** 20);
  // Looked at while it starts, and while it gives no answer.
  const start = async () => {
    await one.do({ kind: 'start' }, limitMs);
    process.kill(one.pid!, 'SIGSTOP');
    await one.do({ kind: 'start' }, limitMs);
  };
  await expect(start()).rejects.toThrow('Out of Memory Error: the process of queries ended (more than 1 MB)');
  expect(one.isOver).toBe(true);
});

describe('a copy', () => {
  /** Copies of an original that only counts its writes. */
  const copies = (options: object = {}) => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-copies-'));
    const original = {
      path: join(folder, 'view.duckdb'),
      written: 1,
      asOf: '2026-11-24T09:00:00.000Z',
      copied: async <T>(still: () => Promise<T>, afterwards: () => Promise<void>) => {
        const seen = await still();
        await afterwards();
        return seen;
      },
      writeTo: () => Promise.resolve(),
    };
    let openings = 0;
    const doing = vi.spyOn(CopyProcess.prototype, 'do').mockImplementation((order) => {
      if (order.kind === 'open') openings += 1;
      return Promise.resolve(
        order.kind === 'open' ? [{ topic: 'a', partition: 1, next: BigInt(original.written) }] : [],
      );
    });
    const made = new Copies(original, { mostAgeMs: 60_000, ...options });
    onTestFinished(async () => {
      doing.mockRestore();
      await made.close();
      rmSync(folder, { recursive: true, force: true });
    });
    const asOf = (name = caller, from?: readonly number[]) =>
      made.read({ caller: name, limitMs, from: from ? [{ topic: 'a', offsets: from }] : [] }, (_, copy) =>
        Promise.resolve(`${copy.asOf.slice(11, 16)} ${copy.received('a').join()}`),
      );
    return { original, made, doing, asOf, openings: () => openings };
  };
  /** Makes the next copy take long, and so serve long. */
  const slowly = (doing: ReturnType<typeof copies>['doing']): void => {
    doing
      .mockImplementationOnce(() => Promise.resolve())
      .mockImplementationOnce(
        () =>
          new Promise((resolve) => {
            setTimeout(resolve, 300, undefined);
          }),
      );
  };
  const write = (original: { written: number; asOf: string }): void => {
    original.written += 1;
    original.asOf = original.asOf.replace(/T(\d\d)/, (_, hour: string) => `T${Number(hour) + 1}`);
  };

  it('serves for a time in proportion to its cost, and states its age', async () => {
    const { original, asOf, doing, openings } = copies();
    slowly(doing);
    expect(await asOf()).toBe('09:00 0,1');
    write(original);
    expect([await asOf(), openings()]).toEqual(['09:00 0,1', 1]);
  });

  it('stays newest while nothing is written, and states so', async () => {
    const { original, asOf, openings } = copies();
    await asOf();
    original.asOf = '2026-11-24T11:00:00.000Z';
    expect([await asOf(), openings()]).toEqual(['11:00 0,1', 1]);
  });

  it('is made again for a notified caller, or for all, and for the page after a newer one', async () => {
    const { original, made, asOf, doing, openings } = copies();
    slowly(doing);
    await asOf();
    write(original);
    made.notified('another');
    expect([await asOf(), openings()]).toEqual(['09:00 0,1', 1]);
    slowly(doing);
    expect([await asOf('another'), openings()]).toEqual(['10:00 0,2', 2]);
    write(original);
    slowly(doing);
    expect([await asOf(caller, [0, 3]), openings()]).toEqual(['11:00 0,3', 3]);
    write(original);
    made.notified();
    expect([await asOf(), openings()]).toEqual(['12:00 0,4', 4]);
  });

  it('is tried twice, reported as failed, and tried again after a while', async () => {
    const errors: unknown[] = [];
    const { asOf, doing } = copies({ againMs: 200, onError: (error: unknown) => errors.push(error) });
    doing
      .mockRejectedValueOnce(new Error('ENOSPC: no space left on device'))
      .mockRejectedValueOnce(new Error('ENOSPC: no space left on device'));
    await expect(asOf()).rejects.toThrow(NoCopy);
    expect(errors).toMatchObject([
      {
        code: 'no-copy',
        message: 'no copy of the read model can be made: ENOSPC: no space left on device',
        remedy: expect.stringContaining('room') as string,
      },
    ]);
    const tries = doing.mock.calls.length;
    await expect(asOf()).rejects.toThrow(NoCopy);
    expect([doing.mock.calls.length, errors.length]).toEqual([tries, 1]);
    await expect.poll(() => asOf().catch(() => undefined)).toBe('09:00 0,1');
  });

  it('is dropped after a time without queries', async () => {
    const { asOf, openings } = copies({ idleMs: 20 });
    const ending = vi.spyOn(CopyProcess.prototype, 'kill');
    onTestFinished(() => {
      ending.mockRestore();
    });
    await asOf();
    await expect.poll(() => ending.mock.calls.length).toBe(1);
    expect([await asOf(), openings()]).toEqual(['09:00 0,1', 2]);
  });
});

const route = '/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01';
const findings = "securityresources | where type endswith 'subassessments'";

it('a caller that waited for a status sees it in the next query, which states its age', async () => {
  const assay = await suite({ queries: { mostAgeMs: 600_000 } });
  onTestFinished(() => assay.close());
  const count = async () => (await assay.post(route, { query: `${findings} | count` })).body.data[0].Count as number;
  await assay.publish(registryObserved(), planOn());
  expect(await count()).toBe(0);
  const waiting = assay.get(`/assay/images/${digestOf(1)}`, { prefer: 'wait=45' });
  await tell(assay.log, ...wholeStory());
  expect((await waiting).body.placements[0].status).toBe('unhealthy');
  expect(await count()).toBe(1);
  const { headers } = await assay.app.inject({ method: 'POST', url: route, payload: { query: findings } });
  expect(Date.parse(String(headers['x-assay-as-of'])) <= Date.now()).toBe(true);
});

it('a next page is read from no older copy than the previous page, even on another replica', async () => {
  const [ahead, late] = await Promise.all([suite(), suite({ freshMs: patienceMs, queries: { mostAgeMs: 600_000 } })]);
  onTestFinished(async () => {
    await ahead.close();
    await late.close();
  });
  const [first, second] = [[registryObserved(), planOn(), ...wholeStory()], wholeStory({ digest: digestOf(2) })];
  await Promise.all([ahead.publish(...first, ...second), late.publish(...first)]);
  const page = async (of: ServiceUnderTest, $skipToken?: string) =>
    (await of.post(route, { query: findings, options: { $top: 1, ...($skipToken ? { $skipToken } : {}) } })).body;
  const [{ $skipToken }, old] = await Promise.all([page(ahead), page(late)]);
  expect([typeof $skipToken, old.totalRecords]).toEqual(['string', 1]);
  const [next] = await Promise.all([page(late, $skipToken), tell(late.log, ...second)]);
  expect(next).toEqual(await page(ahead, $skipToken));
  expect(next.totalRecords).toBe(2);
});
