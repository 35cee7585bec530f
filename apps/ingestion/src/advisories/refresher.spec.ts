import { describe, expect, it, onTestFinished } from 'vitest';
import { DatabaseError } from '@assay/advisories';
import type { Clock } from '@assay/event-sourcing';
import { EmbeddedLog } from '@assay/messaging';
import { collectMetrics } from '@assay/testing';
import type { JavaUpdated } from './java-keeper.ts';
import type { SourceNotes } from './keeping.ts';
import { announce } from './records.ts';
import { Refresher, type RefresherPorts } from './refresher.ts';
import { sourceOf } from './sources.ts';

const hourMs = 3_600_000;
const database = { digest: `sha256:${'a'.repeat(64)}`, builtAt: '2026-11-24T00:00:00Z', demonstration: false };

const setting = (more: Partial<RefresherPorts> = {}) => {
  const log = new EmbeddedLog(':memory:', 1);
  onTestFinished(() => log.close());
  const state = {
    now: 0,
    head: 'one',
    updates: 0,
    owned: [0] as number[],
    failures: [] as string[],
    error: '',
    java: undefined as JavaUpdated | undefined,
    notes: {} as SourceNotes,
  };
  const clock: Clock = {
    now: () => state.now,
    random: () => 0.5,
    yield: () => Promise.resolve(),
    after: () => () => undefined,
  };
  const sources = [sourceOf('one.example/trivy-db:2'), sourceOf('two.example/trivy-db:2')];
  const refresher = new Refresher({
    log,
    sources,
    isConfigured: true,
    clients: { to: () => ({ head: async () => state.head }) },
    update: async () => {
      state.updates += 1;
      if (state.error === 'database-damaged') throw new DatabaseError(state.error, state.error, 'take another source');
      if (state.error) throw new Error(state.error);
      const { digest, builtAt } = database;
      return {
        outcome: 'updated',
        digest,
        builtAt,
        source: sources[0]!.name,
        ...(state.java ? { java: state.java } : {}),
        ...state.notes,
      };
    },
    settle: () => Promise.resolve(),
    held: () => Promise.resolve(undefined),
    owned: () => state.owned,
    observer: { failed: (_, activity, error) => void state.failures.push(`${activity}: ${(error as Error).message}`) },
    everyMs: 6 * hourMs,
    clock,
    ...more,
  });
  const after = async (ms: number): Promise<number> => {
    state.now += ms;
    await refresher.tick();
    return state.updates;
  };
  return { refresher, state, log, after };
};

describe('the refresher', () => {
  it('looks at intervals, and only a changed manifest makes it look closer', async () => {
    const { state, after } = setting();
    expect(await after(0)).toBe(1);
    state.head = 'two';
    expect(await after(5 * hourMs)).toBe(1);
    expect(await after(hourMs)).toBe(2);
    expect(await after(6 * hourMs)).toBe(2);
    state.head = 'three';
    expect(await after(6 * hourMs)).toBe(3);
  });

  it('sees news at any source, and one that is away is no news', async () => {
    const heads: Record<string, string | undefined> = { 'one.example': 'one', 'two.example': 'one' };
    const { after } = setting({
      clients: {
        to: ({ loginServer }) => ({ head: async () => heads[loginServer] ?? Promise.reject(new Error('away')) }),
      },
    });
    expect([await after(0), await after(6 * hourMs)]).toEqual([1, 1]);
    heads['two.example'] = 'two';
    expect([await after(6 * hourMs), await after(6 * hourMs)]).toEqual([2, 2]);
    heads['one.example'] = undefined;
    expect([await after(6 * hourMs), await after(6 * hourMs)]).toEqual([3, 3]);
    // While none answers, an update reports why.
    heads['two.example'] = undefined;
    expect([await after(6 * hourMs), await after(6 * hourMs)]).toEqual([4, 5]);
  });

  it('looks closer again at an interval while a source failed', async () => {
    const { state, after } = setting();
    state.notes = { failed: ['one.example/trivy-db:2: the transfer is too slow'] };
    expect([await after(0), await after(6 * hourMs)]).toEqual([1, 2]);
    state.notes = {};
    expect([await after(6 * hourMs), await after(6 * hourMs)]).toEqual([3, 3]);
  });

  it('asks a source that hangs no longer than its time', async () => {
    const late = new AbortController();
    const { after } = setting({
      clients: {
        to: ({ loginServer }) => ({
          head: async () => {
            if (loginServer === 'two.example') return 'one';
            setImmediate(() => late.abort());
            return new Promise<string>(() => undefined);
          },
        }),
      },
      deadline: () => late.signal,
    });
    expect(await after(0)).toBe(1);
  });

  it('names a source that lags until it does not, also after it came back to this instance', async () => {
    const { refresher, state, after } = setting();
    state.notes = { lagging: ['the source one.example/trivy-db:2 has the vulnerability database of long ago'] };
    await after(0);
    const line =
      'warning: the source one.example/trivy-db:2 has the vulnerability database of long ago. To do: copy the ' +
      'database to it again, or take it out of ASSAY_DATABASE_SOURCES.';
    expect(refresher.freshness()).toMatchObject({ level: 'warning', notes: [line] });
    await after(6 * hourMs);
    expect([refresher.notes(), state.failures]).toEqual([[line], []]);
    state.owned = [1];
    await after(1);
    expect(refresher.notes()).toEqual([]);
    state.owned = [0];
    await after(1);
    expect(refresher.notes()).toEqual([line]);
    state.notes = {};
    state.head = 'two';
    await after(6 * hourMs);
    expect(refresher.freshness()).toMatchObject({ level: 'good', notes: [] });
  });

  describe('notified of a push', () => {
    const told = (more: Partial<RefresherPorts> = {}) => {
      const waits: { readonly ms: number; readonly run: () => void; isOver: boolean }[] = [];
      const { state, refresher } = setting({
        clock: {
          now: () => state.now,
          random: () => 0.5,
          yield: () => Promise.resolve(),
          after: (ms, run) => {
            const wait = { ms, run, isOver: false };
            waits.push(wait);
            return () => {
              wait.isOver = true;
            };
          },
        },
        ...more,
      });
      onTestFinished(() => refresher.close());
      /** The wait that is not over; there is never more than one. */
      const next = () => {
        const open = waits.filter(({ isOver }) => !isOver);
        expect(open).toHaveLength(1);
        return open[0]!;
      };
      const passed = async (): Promise<number> => {
        const before = waits.length;
        const wait = next();
        wait.isOver = true;
        state.now += wait.ms;
        wait.run();
        await expect.poll(() => waits.length).toBe(before + 1);
        return state.updates;
      };
      return { state, refresher, next, passed };
    };

    it('to a source it looks at once, and no more often than once a minute', async () => {
      const { state, refresher, next, passed } = told();
      refresher.pushed('one.example', 'trivy-db');
      refresher.start();
      expect([next().ms, await passed(), next().ms]).toEqual([0, 1, 300_000]);
      refresher.pushed('one.example', 'other');
      refresher.pushed('elsewhere.example', 'trivy-db');
      expect(next().ms).toBe(300_000);
      state.now += 45_000;
      state.head = 'two';
      refresher.pushed('ONE.example', 'trivy-db');
      refresher.pushed('two.example', 'trivy-db');
      expect([next().ms, await passed(), next().ms]).toEqual([15_000, 2, 300_000]);
    });

    it('during a look it looks once more', async () => {
      let go = (): void => undefined;
      const { refresher, next, passed } = told({
        clients: {
          to: () => ({
            head: async () =>
              new Promise<string>((resolve) => {
                go = () => resolve('one');
              }),
          }),
        },
        sources: [sourceOf('one.example/trivy-db:2')],
      });
      refresher.start();
      const looking = passed();
      refresher.pushed('one.example', 'trivy-db');
      await expect.poll(() => String(go)).toContain('resolve');
      go();
      expect([await looking, next().ms]).toEqual([1, 60_000]);
    });

    it('an instance that does not refresh takes the database as by an order', async () => {
      const { state, refresher, passed } = told();
      state.owned = [1];
      refresher.start();
      expect(await passed()).toBe(0);
      refresher.pushed('two.example', 'trivy-db');
      state.error = 'away';
      expect([await passed(), await passed()]).toEqual([1, 1]);
      expect([state.failures, refresher.notes()]).toEqual([['looking for a newer database: away'], []]);
    });
  });

  it('looks only where the fixed partition is owned, and at once where it comes to', async () => {
    const { state, after } = setting();
    state.owned = [1, 2];
    expect(await after(0)).toBe(0);
    state.owned = [0, 1];
    expect(await after(1)).toBe(1);
  });

  it('tries again sooner after a failure, and reports since when and why', async () => {
    const { refresher, state, after } = setting();
    state.error = 'no source has a database to use';
    expect(await after(0)).toBe(1);
    expect(await after(hourMs)).toBe(2);
    expect(refresher.notes()).toEqual([
      'no newer vulnerability database could be taken since 1970-01-01T00:00:00.000Z: no source has a database to use',
    ]);
    expect(state.failures).toHaveLength(2);
    state.error = '';
    expect(await after(hourMs)).toBe(3);
    expect(refresher.notes()).toEqual([]);
  });

  it('downloads a refused one again only if the mirror has another, after an order, or after an interval', async () => {
    const { refresher, state, after } = setting();
    state.error = 'database-damaged';
    expect([await after(0), await after(hourMs), await after(hourMs)]).toEqual([1, 1, 1]);
    expect(refresher.notes()).toEqual([expect.stringContaining('since 1970-01-01T00:00:00.000Z: database-damaged')]);
    state.head = 'two';
    expect([await after(hourMs), await after(hourMs)]).toEqual([2, 2]);
    await refresher.noticed();
    expect([await after(hourMs), await after(hourMs), await after(6 * hourMs)]).toEqual([3, 3, 4]);
    // Another instance may have received an order meanwhile.
    state.owned = [1];
    await after(1);
    state.owned = [0];
    expect(await after(1)).toBe(5);
  });

  it('looks for a Java database as well, and reports a failure of it until it succeeds', async () => {
    const heads: Record<string, string> = { 'trivy-db': 'one', 'trivy-java-db': 'one' };
    const sources = ['trivy-db:2', 'trivy-java-db:1'].map((name) => sourceOf(`one.example/${name}`));
    const { refresher, state, after } = setting({
      sources,
      clients: { to: () => ({ head: async (repository) => heads[repository]! }) },
    });
    const source = sources[1]!.name;
    state.java = { outcome: 'unchanged', source };
    expect([await after(0), await after(6 * hourMs)]).toEqual([1, 1]);
    heads['trivy-java-db'] = 'two';
    state.java = { outcome: 'failed', why: 'it is cut', remedy: 'take another' };
    expect(await after(6 * hourMs)).toBe(2);
    expect(await after(hourMs)).toBe(3);
    expect([state.failures, refresher.notes()]).toEqual([
      ['looking for a newer Java database: it is cut'],
      ['no newer Java database could be taken since 1970-01-01T12:00:00.000Z: it is cut. To do: take another.'],
    ]);
    state.java = { outcome: 'updated', source };
    expect([await after(hourMs), await after(6 * hourMs), refresher.notes()]).toEqual([4, 4, []]);
    // A database that was refused for what it is comes again only with another manifest, or after an interval.
    heads['trivy-java-db'] = 'three';
    state.java = { outcome: 'failed', code: 'database-damaged', why: 'it is cut' };
    expect([await after(6 * hourMs), await after(hourMs), refresher.notes().length]).toEqual([5, 5, 1]);
    heads['trivy-java-db'] = 'four';
    expect([await after(hourMs), await after(hourMs), await after(6 * hourMs)]).toEqual([6, 6, 7]);
  });

  it('sees an import at once, and reports an old database every interval, though no source fails', async () => {
    const { refresher, state, log, after } = setting();
    state.now = Date.parse(database.builtAt);
    await announce(log, { scanner: 'trivy', database });
    await after(4 * 24 * hourMs);
    expect([refresher.freshness().level, state.failures]).toEqual(['good', []]);
    await after(24 * hourMs);
    await after(hourMs);
    expect(refresher.freshness().level).toBe('alarm');
    expect(state.failures).toEqual([
      expect.stringMatching(/^keeping .* fresh: alarm: there is no newer .* is 5 days old: from 2026-12-01/),
    ]);
    await after(6 * hourMs);
    expect(state.failures).toHaveLength(2);
    await announce(log, { scanner: 'trivy', database: { ...database, builtAt: '2026-11-29T00:00:00Z' } });
    await after(60_000);
    expect(refresher.freshness()).toEqual({ level: 'good', ageSeconds: 25_260, notes: [] });
    state.owned = [];
    await after(60_000);
    expect(refresher.freshness()).toEqual({ level: 'good', notes: [] });
  });

  it('forgets a failure, and the age of the database before, when an order took another', async () => {
    const { refresher, state, log, after } = setting();
    await announce(log, { scanner: 'trivy', database });
    state.error = 'no source has a database to use';
    await after(Date.parse('2026-12-20T00:00:00Z'));
    expect(refresher.notes()).toEqual([expect.stringMatching(/^alarm: no newer vulnerability database/)]);
    await announce(log, { scanner: 'trivy', database: { ...database, builtAt: '2026-12-19T00:00:00Z' } });
    state.owned = [1];
    await refresher.noticed();
    expect(refresher.notes()).toHaveLength(1);
    state.owned = [0];
    await refresher.noticed();
    expect(refresher.freshness()).toMatchObject({ level: 'good', ageSeconds: 86_400, notes: [] });
  });

  it('asks no source by itself before a database was taken, unless sources are configured', async () => {
    const { log, after } = setting({ isConfigured: false });
    expect(await after(0)).toBe(0);
    await announce(log, { scanner: 'trivy', database });
    expect(await after(hourMs)).toBe(0);
    await announce(log, { scanner: 'trivy', database, dataref: `databases/aa/${'a'.repeat(64)}`, bytes: 1 });
    expect(await after(hourMs)).toBe(1);
  });

  it('asks nothing if the sources are off', async () => {
    const { after } = setting({ sources: [] });
    expect(await after(0)).toBe(0);
  });
});

it('publishes the age of the announced database and the time of failures, where it refreshes', async () => {
  const metrics = collectMetrics();
  onTestFinished(() => metrics.close());
  const { refresher, state, log, after } = setting();
  onTestFinished(() => refresher.close());
  refresher.start();
  const valuesOf = async (name: string) => (await metrics.of(`assay.database.${name}`)).map(({ value }) => value);
  const values = async () => [await valuesOf('age'), await valuesOf('failing')];
  expect(await values()).toEqual([[], [0]]);
  await announce(log, { scanner: 'trivy', database });
  await after(Date.parse('2026-11-26T00:00:00Z'));
  expect(refresher.freshness().ageSeconds).toBe(2 * 86_400);
  expect(await values()).toEqual([[2 * 86_400], [0]]);
  state.error = 'no source has a database to use';
  state.head = 'two';
  await after(6 * hourMs);
  await after(hourMs);
  expect((await values())[1]).toEqual([3600]);
  state.owned = [1];
  expect(await values()).toEqual([[], []]);
});
