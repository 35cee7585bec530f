import { describe, expect, it, onTestFinished } from 'vitest';
import { encodeMark, type AnyEvent, type Mark } from '@assay/events';
import {
  EmbeddedStore,
  markAfter,
  rebuild,
  silent,
  systemClock,
  type Clock,
  type Decider,
  type HostPorts,
  type Job,
  type Observer,
  type Store,
} from '@assay/event-sourcing';
import type { EventLog } from '@assay/messaging';
import { eventually } from '@assay/testing';
import {
  announced,
  answeredMark,
  answerer,
  appendTo,
  approved,
  assessor,
  completed,
  hosting,
  linesIn,
  markOf,
  numberOf,
  oneLog,
  type AssessmentResult,
} from '../../test/marking.ts';
import { classified, digestOf, emptyStore, ports, toy } from '../../test/toy.ts';

/** Waits a hundredth of the time. */
const hurried: Clock = { ...systemClock, after: (ms, call) => systemClock.after(ms / 100, call) };

const started = async <R, E, C>(
  decider: Decider<R, E, C>,
  topics: readonly string[],
  log: EventLog,
  store: Store,
  more: Partial<HostPorts> = {},
): Promise<() => Promise<void>> => {
  const stop = await hosting(decider, topics, log, store, { clock: hurried, ...more });
  let isStopped = false;
  const once = async (): Promise<void> => {
    if (!isStopped) await stop();
    isStopped = true;
  };
  onTestFinished(once);
  return once;
};

const runner = async (log: EventLog = oneLog(), store: Store = emptyStore(), more: Partial<HostPorts> = {}) => ({
  log,
  store,
  stop: await started(assessor, ['image.running', 'scan.approved', 'scan.declined'], log, store, more),
});

const classifier = async (
  log: EventLog = oneLog(),
  store: Store = emptyStore(),
  more: Partial<HostPorts> = {},
  decider = answerer,
) => ({ log, store, stop: await started(decider, ['scan.completed'], log, store, more) });

const leased = async (store: Store): Promise<Job> => {
  let job: Job | undefined;
  await eventually(async () => {
    job = await store.claimJob({ leaseMs: 600_000, maxAttempts: 3, lanes: [{ lane: 'rescan', most: 1_000 }] });
    return job !== undefined;
  });
  return job!;
};

const lines = (log: EventLog): Promise<string[]> => linesIn(log, 'scan.completed');
const answers = (log: EventLog): Promise<string[]> => linesIn(log, 'finding.classified');

/** Waits until the last record of the topic is a mark, and returns all. */
const marked = async (read: () => Promise<string[]>, announcement: number): Promise<string[]> => {
  await eventually(async () => (await read()).at(-1)?.startsWith(`mark ${announcement}`) === true);
  return read();
};

const received = async (log: EventLog, store: Store, topic: string): Promise<void> => {
  const end = await log.end(topic, 0);
  await eventually(async () => ((await store.checkpoint(0))?.offsets[topic] ?? 0) >= end);
};

/** An operator's order about the parked result at an offset. */
const ordered = (command: 'drop' | 'redrive', offset: number): AnyEvent => ({
  ...announced(0),
  topic: 'operator.acted',
  data: {
    command,
    target: `classifier/scan.completed/0/${offset}`,
    by: 'an operator',
    why: 'because',
    outcome: 'ordered',
  },
});

const finish = (store: Store, job: Job, differs: boolean) =>
  store.finishJob(job, { result: { differs } satisfies AssessmentResult });

describe('a service that follows the announcement of databases', () => {
  it('marks its partition behind everything that the mark vouches for, once', async () => {
    const { log, store } = await runner();
    await appendTo(log, announced(1), approved(1), approved(2));
    const [one, two] = [await leased(store), await leased(store)];
    await finish(store, one, true);
    await eventually(async () => (await lines(log)).length === 3);
    expect((await store.checkpoint(0))!.marks?.emitted).toBeUndefined();
    await finish(store, two, false);
    expect(await marked(() => lines(log), 1)).toEqual([
      'scan.completed 1',
      'scan.completed 2',
      `scan.reassessed ${Number.parseInt(one.key.slice(7), 16)}`,
      'mark 1',
    ]);
    const checkpoint = (await store.checkpoint(0))!;
    expect(checkpoint.marks!.emitted!.sequence).toBe(checkpoint.lastEmitted);
    // A later result stands behind the mark.
    await appendTo(log, approved(3));
    await eventually(async () => (await lines(log)).at(-1) === 'scan.completed 3');
    expect((await lines(log)).filter((line) => line.startsWith('mark'))).toEqual(['mark 1']);
  });

  it('excepts troubled jobs, halted keys, and keys whose decision threw, also after a restart', async () => {
    const { log, store, stop } = await runner();
    await appendTo(log, approved(1), approved(2), approved(3));
    await eventually(async () => (await lines(log)).length === 3);
    await appendTo(log, approved(2, { pushId: 'poison' }), approved(3, { pushId: 'throws' }));
    await received(log, store, 'scan.approved');
    await stop();
    expect((await store.checkpoint(0))!.failing).toEqual([digestOf(3)]);
    await runner(log, store);
    await appendTo(log, announced(1));
    const job = await leased(store);
    expect(job.key).toBe(digestOf(1));
    await store.finishJob(job, { retryInMs: 600_000, trouble: { code: 'registry-away' } });
    expect((await marked(() => lines(log), 1)).at(-1)).toBe(
      'mark 1, 2: handler-failed, 3: decision-failed, 1: registry-away',
    );
  });

  it('waits for a job that is worked on, and for the walk of a newer database', async () => {
    const { log, store } = await runner();
    await appendTo(log, announced(1), approved(1));
    const first = await leased(store);
    await appendTo(log, announced(2));
    // The job for the first database is withdrawn, and nothing vouches for it any more.
    const second = await leased(store);
    expect(await finish(store, first, true)).toBe(false);
    await finish(store, second, false);
    expect(await marked(() => lines(log), 2)).toEqual(['scan.completed 1', 'mark 2']);
  });

  it('does not mark a partition with too many exceptions, reports it, and marks it once there are fewer', async () => {
    const held: number[] = [];
    const unmarked: Observer['unmarked'] = (_, exceptions) => void held.push(exceptions);
    const { log, store, stop } = await runner(oneLog(), emptyStore(), { observer: { ...silent, unmarked } });
    await appendTo(log, announced(1), ...Array.from({ length: 203 }, (_, n) => approved(n, { pushId: 'throws' })));
    await received(log, store, 'scan.approved');
    expect((await store.checkpoint(0))!.failing).toHaveLength(201);
    await stop();
    // A restart knows that there may be more than it has kept.
    const again = await runner(log, store, { observer: { ...silent, unmarked } });
    await appendTo(log, approved(0), approved(1));
    await eventually(async () => (await lines(log)).length === 2);
    for (let n = 0; n < 2; n += 1) await finish(store, await leased(store), false);
    await eventually(async () => held.includes(201));
    expect(await lines(log)).toHaveLength(2);
    await appendTo(log, approved(2), approved(3));
    for (let n = 0; n < 2; n += 1) await finish(store, await leased(store), false);
    expect((await marked(() => lines(log), 1)).at(-1)!.split(', ')).toHaveLength(200);
    await again.stop();
  });

  it('excepts a registry in place of too many images, once nothing else is open', async () => {
    const { log, store } = await runner();
    const gone = Array.from({ length: 202 }, (_, n) => approved(n, { registryId: 'Gone' }));
    await appendTo(log, announced(1), ...gone, approved(300, { registryId: 'here' }), approved(301));
    const jobs = new Map<number, Job>();
    while (jobs.size < 204) {
      const job = await leased(store);
      jobs.set(numberOf(job.key), job);
    }
    const away = { retryInMs: 600_000, trouble: { code: 'registry-denied' } };
    for (const [n, job] of jobs) if (n < 202) await store.finishJob(job, away);
    await store.finishJob(jobs.get(301)!, { ...away, trouble: { code: 'pull-failed' } });
    expect((await lines(log)).filter((line) => line.startsWith('mark'))).toEqual([]);
    await finish(store, jobs.get(300)!, false);
    expect((await marked(() => lines(log), 1)).at(-1)).toBe('mark 1, 301: pull-failed, gone: registry-denied');
  });

  it('waits for an open job behind many of fewer images in trouble', async () => {
    const { log, store } = await runner();
    await appendTo(log, announced(1), ...[1, 2].map((n) => approved(n)));
    const [one, two] = [await leased(store), await leased(store)];
    const asked: number[] = [];
    const { jobsIn } = store;
    store.jobsIn = async (...[partition, lane, most]) => {
      asked.push(most);
      const all = await jobsIn.call(store, partition, lane, most);
      const other = all.find(({ key }) => key === one.key)!;
      // The same image in many registries.
      return most > 201 ? all : Array.from({ length: most }, () => other);
    };
    await store.finishJob(one, { retryInMs: 600_000, trouble: { code: 'away' } });
    await eventually(async () => asked.some((most) => most > 201));
    expect((await lines(log)).filter((line) => line.startsWith('mark'))).toEqual([]);
    await finish(store, two, false);
    expect((await marked(() => lines(log), 1)).at(-1)).toMatch(/^mark 1, \d+: away$/);
  });

  it('answers with the registries of the mark', async () => {
    const { log } = await classifier();
    const mark = markOf(1, '1.2');
    const registries = [{ registryId: 'gone', reason: 'registry-denied' }];
    await appendTo(log, completed(1, '1.1'), { ...mark, data: { ...mark.data, registries } });
    expect((await marked(() => answers(log), 1)).at(-1)).toBe('mark 1, gone: registry-denied');
  });

  it('knows its marks in an emptied store, and repeats none', async () => {
    const { log, store, stop } = await runner();
    await appendTo(log, announced(1), approved(1));
    await finish(store, await leased(store), false);
    await marked(() => lines(log), 1);
    const { marks } = (await store.checkpoint(0))!;
    await stop();
    const empty = emptyStore();
    await runner(log, empty);
    expect((await empty.checkpoint(0))!.marks).toEqual(marks);
    // The note is lost with the store: it is assessed again.
    await finish(empty, await leased(empty), false);
    await eventually(async () => (await empty.jobsIn(0, 'rescan', 1)).length === 0);
    expect(await lines(log)).toEqual(['scan.completed 1', 'mark 1']);
    const beside = emptyStore();
    await rebuild(assessor, ports(log, beside));
    expect((await beside.checkpoint(0))!.marks).toEqual(marks);
  });

  it('drops a mark that a fenced owner still appends', async () => {
    const { log, store, stop } = await runner();
    await appendTo(log, announced(1), approved(1));
    await finish(store, await leased(store), false);
    await marked(() => lines(log), 1);
    const { marks } = (await store.checkpoint(0))!;
    await stop();
    await appendTo(log, markOf(7, '1.9'));
    const empty = emptyStore();
    await runner(log, empty);
    expect((await empty.checkpoint(0))!.marks).toEqual(marks);
  });
});

describe('a service that answers marks', () => {
  it('answers before it reads on, behind everything from before the mark', async () => {
    const { log, store } = await classifier();
    await appendTo(
      log,
      completed(1, '1.1'),
      completed(2, '1.2'),
      markOf(1, '1.3'),
      completed(1, '1.4'),
      completed(3, '1.5'),
      markOf(2, '1.6', 3),
    );
    expect(await marked(() => answers(log), 2)).toEqual([
      'finding.classified 1',
      'finding.classified 2',
      'mark 1',
      'finding.classified 1',
      'finding.classified 3',
      'mark 2, 3: pull-failed',
    ]);
    const { marks, behindMark = [] } = (await store.checkpoint(0))!;
    expect(marks!.emitted!.causationid).toBe(marks!.received!.id);
    expect(behindMark).toEqual([]);
  });

  it('excepts what the mark excepts, halted keys, and keys whose decision threw', async () => {
    const { log } = await classifier();
    await appendTo(
      log,
      completed(1, '1.1'),
      completed(2, '1.2', 'poison'),
      completed(3, '1.3', 'throws'),
      markOf(1, '1.4', 4),
    );
    expect(await marked(() => answers(log), 1)).toEqual([
      'finding.classified 1',
      'mark 1, 4: pull-failed, 2: handler-failed, 3: decision-failed',
    ]);
  });

  it('answers no mark while a record is parked that may be about any image', async () => {
    const { log, store } = await classifier();
    await log.append([{ topic: 'scan.completed', partition: 0, key: '', headers: {}, value: '' }]);
    await appendTo(log, markOf(1, '1.1'), completed(1, '1.2'));
    await eventually(async () => (await answers(log)).length === 1);
    await appendTo(log, ordered('drop', 0));
    await eventually(async () => (await store.parked()).length === 0);
    expect((await marked(() => answers(log), 1)).slice(1)).toEqual(['mark 1, 1: later-result']);
  });

  it('lets decisions know which keys a late answer will except', async () => {
    const excepted = new Set<string>();
    const decided = new Set<string>();
    const noting: typeof answerer = {
      ...answerer,
      decide: (state, context) => {
        decided.add(context.key);
        if (context.isBehindMark) excepted.add(context.key);
        return answerer.decide(state, context);
      },
    };
    const { log } = await classifier(oneLog(), emptyStore(), {}, noting);
    // While this record is parked, no mark is answered.
    await log.append([{ topic: 'scan.completed', partition: 0, key: '', headers: {}, value: '' }]);
    await appendTo(log, completed(1, '1.1'), markOf(1, '1.2'), completed(2, '1.3'));
    await eventually(async () => (await answers(log)).length === 2);
    expect(decided).toEqual(new Set([digestOf(1), digestOf(2)]));
    expect(excepted).toEqual(new Set([digestOf(2)]));
  });

  it('excepts from a late answer what it received behind the mark', async () => {
    const [log, store] = [oneLog(), emptyStore()];
    await appendTo(log, completed(1, '1.1'), markOf(1, '1.2'), completed(2, '1.3'));
    // The program before answers no marks.
    const before = await classifier(log, store, {}, { ...answerer, mark: undefined } as never);
    await eventually(async () => (await answers(log)).length === 2);
    await before.stop();
    // Restored from the log, a service has received everything when it answers.
    const { stop } = await classifier(log, emptyStore());
    expect((await marked(() => answers(log), 1)).slice(2)).toEqual(['mark 1, 2: later-result']);
    await stop();
    const [marks, beside] = [(await answers(log)).length, emptyStore()];
    await rebuild(answerer, ports(log, beside));
    expect(await answers(log)).toHaveLength(marks);
    expect((await beside.checkpoint(0))!.marks!.emitted!.except).toEqual([
      { digest: digestOf(2), reason: 'later-result' },
    ]);
  });

  it('answers after a crash, once', async () => {
    const [log, store] = [oneLog(), emptyStore()];
    let crashes = 2;
    const failing = new Proxy(store, {
      get: (_, name) =>
        name === 'transact'
          ? async (...[partition, epoch, changes]: Parameters<Store['transact']>) => {
              if (changes.checkpoint.marks?.emitted && (crashes -= 1) >= 0) throw new Error('crashed');
              return store.transact(partition, epoch, changes);
            }
          : typeof store[name as keyof EmbeddedStore] === 'function'
            ? (store[name as keyof EmbeddedStore] as unknown as () => unknown).bind(store)
            : store[name as keyof EmbeddedStore],
    });
    await classifier(log, failing);
    await appendTo(log, completed(1, '1.1'), markOf(1, '1.2'), completed(2, '1.3'));
    await eventually(async () => (await answers(log)).length === 3);
    expect(await answers(log)).toEqual(['finding.classified 1', 'mark 1', 'finding.classified 2']);
  });

  it('answers no repeat, and no mark of a fenced owner', async () => {
    const { log, store } = await classifier();
    const fence = { ...markOf(1, '2.1') };
    await appendTo(log, completed(1, '1.1'), fence, fence, { ...markOf(2, '1.9') }, completed(2, '2.2'));
    await eventually(async () => (await answers(log)).at(-1) === 'finding.classified 2');
    expect(await answers(log)).toEqual(['finding.classified 1', 'mark 1', 'finding.classified 2']);
    expect((await store.checkpoint(0))!.marks!.received!.announced).toBe(1);
  });

  it('skips a mark that it cannot read, and drops what comes before its sequence', async () => {
    const { log, store } = await classifier();
    const unreadable = { ...encodeMark(markOf(1, '2.5')), value: '{}', topic: 'scan.completed', partition: 0 };
    await log.append([unreadable]);
    await appendTo(log, completed(1, '2.4'), completed(2, '2.6'));
    await eventually(async () => (await answers(log)).length === 1);
    expect(await answers(log)).toEqual(['finding.classified 2']);
    expect((await store.checkpoint(0))!.marks).toBeUndefined();
  });

  it('excepts an image of which an operator dropped an event, until an event makes it whole', async () => {
    const { log, store } = await classifier();
    await appendTo(log, completed(1, '1.1', 'poison'), completed(1, '1.2', 'partial'));
    await eventually(async () => (await store.parked()).length === 2);
    await appendTo(log, ordered('drop', 0));
    await eventually(async () => (await store.parked()).length === 0);
    await appendTo(log, markOf(1, '1.3'));
    expect((await marked(() => answers(log), 1)).at(-1)).toBe('mark 1, 1: dropped');
    const beside = emptyStore();
    await rebuild(answerer, ports(log, beside));
    expect((await beside.checkpoint(0))!.dropped).toEqual([digestOf(1)]);
    await appendTo(log, completed(1, '1.4', 'partial'), markOf(2, '1.5'));
    expect((await marked(() => answers(log), 2)).at(-1)).toBe('mark 2, 1: dropped');
    await appendTo(log, completed(1, '1.6'), markOf(3, '1.7'));
    expect((await marked(() => answers(log), 3)).at(-1)).toBe('mark 3');
  });

  it('covers an image whose next event waited behind the dropped one, also after a rebuild', async () => {
    const { log, store } = await classifier();
    await appendTo(log, completed(1, '1.1', 'poison'), completed(1, '1.2'));
    await eventually(async () => (await store.parked()).length === 2);
    await appendTo(log, ordered('drop', 0));
    await eventually(async () => (await store.parked()).length === 0);
    await appendTo(log, markOf(1, '1.3'));
    expect(await marked(() => answers(log), 1)).toEqual(['finding.classified 1', 'mark 1']);
    const beside = emptyStore();
    await rebuild(answerer, ports(log, beside));
    expect((await beside.checkpoint(0))!.dropped ?? []).toEqual([]);
  });

  it.each([
    ['excepts an image whose last event was dropped', ['poison', 'poison'], ['doubted'], [digestOf(1)]],
    ['doubts what was before a dropped event', ['poison', 'poison', 'bwrap'], ['doubted', 'healed'], []],
  ])('%s, also if an event before it is redriven after the drop', async (_, drivers, folded, exceptions) => {
    let isHealed = false;
    const healing: typeof answerer = {
      ...answerer,
      evolveReceived: (received, any) =>
        answerer.evolveReceived(received, isHealed ? { ...any, data: { ...any.data, driver: 'healed' } } : any),
      evolveDropped: (received) =>
        Object.fromEntries(Object.entries(received).map(([id, each]) => [id, { ...each, driver: 'doubted' }])),
    };
    const { log, store } = await classifier(oneLog(), emptyStore(), {}, healing);
    await appendTo(log, ...drivers.map((driver, n) => completed(1, `1.${n + 1}`, driver)));
    await eventually(async () => (await store.parked()).length === drivers.length);
    isHealed = true;
    await appendTo(log, ordered('drop', 1), ordered('redrive', 0));
    await eventually(async () => (await store.parked()).length === 0);
    await appendTo(log, markOf(1, '1.9'));
    await marked(() => answers(log), 1);
    const beside = emptyStore();
    await rebuild(healing, ports(log, beside));
    for (const each of [beside, store]) {
      const { state } = (await each.read(0, [digestOf(1)])).get(digestOf(1))!;
      const { received: results } = JSON.parse(state) as { received: Record<string, { driver: string }> };
      expect(Object.values(results).map(({ driver }) => driver)).toEqual(folded);
      expect((await each.checkpoint(0))!.dropped ?? []).toEqual(exceptions);
    }
  });
});

describe('a service that awaits marks', () => {
  it('evaluates every key once behind a mark, if a decision awaits one', async () => {
    const evaluated: string[] = [];
    const decide: typeof toy.decide = (_, { key, marks: { received: mark } }) => {
      evaluated.push(`${numberOf(key)} ${mark?.announced ?? 'unmarked'}`);
      return { events: [], awaitsMark: numberOf(key) === 1 && mark?.announced !== 2 };
    };
    const [log, store] = [oneLog(), emptyStore()];
    const awaiting = { ...toy, decidesByAbsence: true, decide };
    const { stop } = { stop: await started(awaiting, ['finding.classified'], log, store) };
    const append = async (...all: (AnyEvent | Mark)[]): Promise<void> => {
      await appendTo(log, ...all);
      await received(log, store, 'finding.classified');
    };
    const isAwaiting = async (): Promise<boolean | undefined> => (await store.checkpoint(0))?.awaitsMark;
    await append(classified(1, {}, '1.1'), classified(2, {}, '1.2'));
    expect(await isAwaiting()).toBe(true);
    await append(answeredMark(1, '1.3'));
    await eventually(async () => evaluated.includes('2 1') && evaluated.includes('1 1'));
    await eventually(async () => (await store.checkpoint(0))!.lapsesAt !== 0);
    expect(await isAwaiting()).toBe(true);
    await append(answeredMark(2, '1.4'));
    await eventually(async () => evaluated.includes('2 2') && (await store.checkpoint(0))!.lapsesAt !== 0);
    expect(await isAwaiting()).toBe(false);
    evaluated.length = 0;
    await append(answeredMark(3, '1.5'));
    await stop();
    expect(evaluated).toEqual([]);
  });

  it('evaluates every key behind a mark that matters, also if no decision is by absence', async () => {
    const evaluated: string[] = [];
    const decide: typeof toy.decide = (_, { key, marks: { received: mark } }) => {
      evaluated.push(`${numberOf(key)} ${mark?.announced ?? 'unmarked'}`);
      return { events: [] };
    };
    const [log, store] = [oneLog(), emptyStore()];
    const markMatters: NonNullable<typeof toy.markMatters> = ({ announced }) => announced === 2;
    const stop = await started({ ...toy, markMatters, decide }, ['finding.classified'], log, store);
    await appendTo(log, classified(1, {}, '1.1'), answeredMark(1, '1.2'), answeredMark(2, '1.3'));
    await eventually(async () => evaluated.includes('1 2'));
    await eventually(async () => (await store.checkpoint(0))!.lapsesAt !== 0);
    evaluated.length = 0;
    await appendTo(log, answeredMark(3, '1.4'));
    await received(log, store, 'finding.classified');
    await stop();
    expect(evaluated).toEqual([]);
  });

  it('evaluates them after a restart, if it ended before', async () => {
    const [log, store] = [oneLog(), emptyStore()];
    const awaiting = { ...toy, decidesByAbsence: true, decide: () => ({ events: [], awaitsMark: true }) };
    const before = await started(awaiting, ['finding.classified'], log, store);
    await appendTo(log, classified(1, {}, '1.1'));
    await received(log, store, 'finding.classified');
    await before();
    // As if the process had ended right behind the mark.
    const { checkpoint } = await store.claim(0, 0);
    const marks = { received: markAfter(undefined, markOf(1, '1.2')) };
    await store.transact(0, checkpoint.epoch, {
      checkpoint: { marks, awaitsMark: false, lapsesAt: 0 },
      states: [],
      outbox: [],
      jobs: { put: [], remove: [] },
      park: [],
    });
    const marksSeen: unknown[] = [];
    const decide: typeof toy.decide = (_, context) => {
      marksSeen.push(context.marks.received?.announced);
      return { events: [] };
    };
    await started({ ...awaiting, decide }, ['finding.classified'], log, store);
    await eventually(async () => marksSeen.includes(1));
  });
});

describe('a note', () => {
  it('is given to the next decision, and a rebuild has none', async () => {
    const { log, store } = await runner();
    await appendTo(log, announced(1), approved(1));
    await finish(store, await leased(store), false);
    await marked(() => lines(log), 1);
    const stateOf = async (from: Store): Promise<unknown> =>
      JSON.parse((await from.read(0, [digestOf(1)])).get(digestOf(1))!.state);
    expect(await stateOf(store)).toMatchObject({ note: { database: digestOf(901) } });
    const beside = emptyStore();
    await rebuild(assessor, ports(log, beside));
    expect(await stateOf(beside)).not.toHaveProperty('note');
  });
});
