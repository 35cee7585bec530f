import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { applied, canonical, setSum, type AnyEvent, type Finding, type ScanCompleted } from '@assay/events';
import { compareSequences } from '@assay/event-sourcing';
import { coveringMark, type PartitionMark } from '@assay/event-sourcing/decider';
import { DeciderSpec } from '@assay/testing';
import {
  announced,
  approved,
  bench,
  databaseOf,
  declined,
  digest,
  findingOf,
  observed,
  registryId,
  shown,
  succeeded,
  unreadable,
} from '../../test/fixtures.ts';
import { compact } from './compact.ts';
import { deciderOn } from './decider.ts';
import type { Emitted, Received, Rematch, RematchProof, RematchSuccess, ScanSuccess, ScanTask } from './state.ts';

/** The findings of each database in the image. The first two find the same. */
const truths: Readonly<Record<string, readonly Finding[]>> = Object.fromEntries(
  [
    [1, 2],
    [1, 2],
    [1, 2, 3],
    [3, 4, 5, 6],
  ].map((numbers, n) => [databaseOf(n + 1).digest, canonical(numbers.map(findingOf))]),
);
const databases = [1, 2, 3, 4].map(databaseOf);
const databaseWith = (of: string) => databases.find((each) => each.digest === of)!;
const places = ['a', 'b'];

type Runner = DeciderSpec<Received, Emitted, never>;

/** A reader of the topic of results that keeps what the contract names. */
class Reader {
  set: readonly Finding[] = [];
  result = 0;
  last = '0.0';
  /** The databases that events name for the present result. */
  claims: string[] = [];
  /** The last answers, by repository. */
  readonly answers = new Map<string, { verdict: number; succeeded: boolean }>();
  #pages: Finding[] = [];

  take(event: AnyEvent): void {
    if (event.topic !== 'scan.completed' && event.topic !== 'scan.reassessed') return;
    const data = event.data as ScanCompleted;
    // A rescan that fails leaves the status as it was.
    if (event.topic === 'scan.completed' && (data.kind === 'scan' || data.outcome === 'succeeded'))
      this.answers.set(data.repository, { verdict: data.verdict, succeeded: data.outcome === 'succeeded' });
    if (data.result === undefined) return;
    // A mark covers up to the last event that names a result.
    this.last = event.sequence!;
    if (data.content === 'none') expect(data.result).toBe(this.result);
    else {
      this.#pages = data.page === 1 ? [...data.findings] : [...this.#pages, ...data.findings];
      if (data.page < data.pages) return;
      expect(data.result).toBe(this.result + 1);
      this.set =
        data.content === 'set'
          ? canonical(this.#pages)
          : applied(this.set, { findings: this.#pages, removed: data.removed ?? [], ruled: [] })!;
      this.result = data.result;
      this.claims = [];
    }
    expect(setSum(this.set)).toEqual(data.set);
    this.claims.push(data.database.digest);
  }
}

interface World {
  spec: Runner;
  readonly reader: Reader;
  readonly received: AnyEvent[];
  readonly verdicts: Map<string, number>;
  readonly declined: Map<string, number>;
  mark: PartitionMark | undefined;
  /** A match was seen to find the same as a scan. */
  isProven: boolean;
}

/** The databases with which an image is shown: those of its events, and the mark that covers it. */
const shownWith = ({ reader, mark }: World): string[] => {
  const covering = coveringMark(mark, {
    digest,
    registryIds: [registryId],
    scanner: bench.scanner.name,
    sequence: reader.last,
  });
  return [...reader.claims, ...(covering ? [covering.database.digest] : [])];
};

/** True if a placement is shown with the set: approved, and its last answer a result. */
const isShown = ({ reader, declined: refused }: World): boolean =>
  [...reader.answers].some(([place, answer]) => answer.succeeded && (refused.get(place) ?? 0) < answer.verdict);

const check = (world: World): void => {
  if (!isShown(world)) return;
  for (const database of shownWith(world)) expect(setSum(world.reader.set)).toEqual(setSum(truths[database]!));
};

/** Decides once: a key is not evaluated again just because something was emitted about it. */
const evaluate = (world: World): void => {
  for (const event of world.spec.when()) {
    world.reader.take(event);
    check(world);
  }
  const { events, jobs = [] } = world.spec.decide();
  expect([events, jobs.map(({ id }) => id)]).toEqual([[], world.spec.jobs.map(({ id }) => id)]);
};

const nextVerdict = ({ verdicts }: World, place: string): number => {
  const verdict = (verdicts.get(place) ?? 0) + 1;
  verdicts.set(place, verdict);
  return verdict;
};

/** Every partition emits its mark as the framework does: after all was evaluated, and no job of the lane is open. */
const emitMark = (world: World): void => {
  evaluate(world);
  const { spec } = world;
  const due = spec.decider.mark?.({ config: spec.config, marks: spec.marks });
  const open = spec.jobs.filter(({ lane }) => lane === 'rescan');
  if (!due || open.some(({ trouble }) => !trouble)) return;
  world.mark = {
    ...due,
    id: 'mark',
    time: '2026-11-24T09:15:02.600Z',
    sequence: `1.${spec.emitted.length}.5`,
    except: open.length > 0 ? [{ digest, reason: 'troubled' }] : [],
  };
  spec.marks = { emitted: world.mark };
  check(world);
};

/** The result of a job that matches the inventory. One that fails to show it finds something else. */
const matched = (world: World, rematch: Rematch, result: object, fails: boolean): RematchSuccess | RematchProof => {
  const scan = succeeded(result) as ScanSuccess;
  if (!rematch.isProof) {
    expect(world.isProven).toBe(true);
    return { ...scan, rematched: true, packages: rematch.inventory };
  }
  const set = setSum(fails ? [] : scan.findings);
  world.isProven ||= set.sum === setSum(scan.findings).sum;
  return { found: { set, ...(scan.os ? { os: scan.os } : {}) } };
};

/** Finishes one of the jobs, a scan by any of the databases. */
const work = (world: World, nth: number, database: number, fails: boolean): void => {
  const { spec } = world;
  const job = spec.jobs[nth % Math.max(1, spec.jobs.length)];
  if (!job) return;
  const task = job.payload as ScanTask;
  const wanted = task.reassesses?.database;
  const used = wanted ? databaseWith(wanted) : databases[database]!;
  const result = { database: used, findings: truths[used.digest], startedAt: new Date(spec.now).toISOString() };
  const { rematch } = task;
  if (rematch && (rematch.isProof || !fails))
    spec.job(job.id, { state: 'finished', attempt: 1, result: matched(world, rematch, result, fails) });
  else if (!fails)
    spec.job(job.id, { state: 'finished', attempt: 1, result: task.shows ? shown() : succeeded(result) });
  else if (task.reassesses) spec.job(job.id, { trouble: { code: 'unreachable' } });
  else spec.job(job.id, { state: 'finished', attempt: 1, result: unreadable() });
};

/** Another process owns the partition: its state is restored from the log, without notes and jobs. */
const restore = (world: World): void => {
  const { spec } = world;
  const { decider } = spec;
  spec.state = {
    received: world.received.reduce((state, event) => decider.evolveReceived(state, event), decider.empty().received),
    emitted: spec.emitted
      .filter(({ topic }) => topic !== 'vulnerability.described')
      .reduce((state, event) => decider.evolveEmitted(state, event), decider.empty().emitted),
  };
  spec.jobs = [];
  world.isProven = false;
};

type Step = (world: World) => void;
const place = fc.constantFrom(...places);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(place, fc.boolean()).map(([repository, isRescan]): Step => (world) => {
      const verdict = nextVerdict(world, repository);
      const event = approved(
        { repository, verdict, kind: isRescan ? 'rescan' : 'scan', deadline: '2027-01-01T00:00:00.000Z' },
        { id: `${repository} ${verdict}` },
      );
      world.received.push(event);
      world.spec.given(event);
    }),
  },
  {
    weight: 1,
    arbitrary: place.map((repository): Step => (world) => {
      const verdict = nextVerdict(world, repository);
      const event = declined({ repository, verdict });
      world.declined.set(repository, verdict);
      world.received.push(event);
      world.spec.given(event);
    }),
  },
  {
    weight: 2,
    arbitrary: fc.nat({ max: 3 }).map(
      (n): Step =>
        ({ spec }) =>
          void spec.givenConfig(announced({ database: databases[n]! }, { id: `database ${n}` })),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.record({ nth: fc.nat({ max: 2 }), database: fc.nat({ max: 3 }), fails: fc.boolean() }).map(
      ({ nth, database, fails }): Step =>
        (world) =>
          work(world, nth, database, fails),
    ),
  },
  {
    weight: 2,
    // A job that was begun keeps its payload.
    arbitrary: fc.nat({ max: 2 }).map(
      (nth): Step =>
        ({ spec }) =>
          void spec.jobs.slice(nth, nth + 1).map(({ id }) => spec.job(id, { state: 'leased', attempt: 1 })),
    ),
  },
  { weight: 3, arbitrary: fc.constant<Step>(emitMark) },
  { weight: 2, arbitrary: fc.constant<Step>(({ spec }) => void (spec.state = compact(spec.state))) },
  { weight: 1, arbitrary: fc.constant<Step>(restore) },
);

/** Most steps are followed by an evaluation, as they are in a service. */
const steps = (most: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.tuple(step, fc.nat({ max: 9 })).map(([each, luck]): Step => (world) => {
      each(world);
      if (luck > 0) evaluate(world);
      world.spec.now += 1_000;
    }),
    { maxLength: most, size: 'max' },
  );

const begin = (): World => ({
  spec: new DeciderSpec(deciderOn(bench), digest).givenConfig(observed()) as unknown as Runner,
  reader: new Reader(),
  received: [],
  verdicts: new Map(),
  declined: new Map(),
  mark: undefined,
  isProven: false,
});

it('an image that is shown with a database has the findings of that database, and sets follow from changes', () =>
  fc.assert(
    fc.property(steps(60), (all) => {
      const world = begin();
      for (const each of all) {
        each(world);
        check(world);
      }
    }),
    { numRuns: 500 },
  ));

it('in the end each image that is shown was assessed with what is announced, and nothing is open', () =>
  fc.assert(
    fc.property(steps(40), (all) => {
      const world = begin();
      for (const each of all) each(world);
      for (let round = 0; round < 20; round += 1) {
        evaluate(world);
        for (let nth = 0; nth < world.spec.jobs.length; nth += 1) work(world, nth, 0, false);
      }
      emitMark(world);
      expect(world.spec.jobs).toEqual([]);
      const { announcement } = world.spec.config as { announcement?: { database: { digest: string } } };
      if (announcement && isShown(world)) expect(shownWith(world)).toContain(announcement.database.digest);
    }),
    { numRuns: 300 },
  ));

it('a state that is compacted at any time leads to the same events', () =>
  fc.assert(
    fc.property(steps(40), (all) => {
      const [plain, compacted] = [begin(), begin()];
      for (const each of all)
        for (const world of [plain, compacted]) {
          each(world);
          if (world === compacted) world.spec.state = compact(world.spec.state);
        }
      const told = ({ spec }: World) => spec.emitted.map(({ topic, data }) => ({ topic, data }));
      expect(told(compacted)).toEqual(told(plain));
      expect(compact(compacted.spec.state)).toEqual(compact(plain.spec.state));
      expect(compareSequences(plain.reader.last, compacted.reader.last)).toBe(0);
    }),
    { numRuns: 300 },
  ));
