import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  applied,
  canonical,
  changeOf,
  isoTime,
  outcomes,
  placementKey,
  setSum,
  severities,
  type AnyEvent,
  type ClassifiedFinding,
  type EventFor,
  type Finding,
  type FindingClassified,
  type ScanCompleted,
} from '@assay/events';
import { DeciderSpec } from '@assay/testing';
import {
  changed,
  digest,
  emittedIn,
  finding,
  joined,
  ordinary,
  reassessed,
  ruled,
  scanned,
  smallPages,
  type Scan,
} from '../../test/fixtures.ts';
import { decider } from './decider.ts';
import { evolveEmitted } from './emitted.ts';
import { evolveReceived } from './received.ts';
import type { Emitted, Received } from './state.ts';

const placements = ['team/hello', 'team/copy', 'team/third'];
const fresh = '2026-11-24T00:00:00.000Z';

const found: fc.Arbitrary<Finding[]> = fc
  .uniqueArray(
    fc.record({
      n: fc.integer({ min: 0, max: 7 }),
      path: fc.constantFrom(undefined, 'a', 'b'),
      severity: fc.constantFrom(...severities),
      score: fc.constantFrom(undefined, 3, 8),
    }),
    { selector: ({ n, path }) => `${n}/${path}`, maxLength: 10 },
  )
  .map((all) =>
    all.map(({ n, path, severity, score }) => {
      const { score: _score, ...rest } = finding({ vulnerability: `CVE-2026-${n}`, severity });
      return { ...rest, ...(path === undefined ? {} : { path }), ...(score === undefined ? {} : { score }) };
    }),
  );

/** The way in which a result is published. */
const manner = {
  findings: found,
  /** Whole, even where a change is possible. */
  whole: fc.boolean(),
  small: fc.boolean(),
  /** The last page is lost. A result of one page is lost altogether. */
  cut: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
};

const scan = fc.record({
  scan: fc.record({
    repository: fc.constantFrom(...placements),
    kind: fc.constantFrom('scan' as const, 'rescan' as const),
    outcome: fc.constantFrom('succeeded' as const, 'succeeded' as const, 'succeeded' as const, ...outcomes),
    packages: fc.constantFrom(ordinary, ordinary, [], ['libc6'], ['dpkg']),
    family: fc.constantFrom('debian', 'debian', 'none', 'unknown'),
    endOfLife: fc.boolean(),
    builtAt: fc.constantFrom(fresh, '2026-10-01T00:00:00.000Z'),
    afterDecline: fc.boolean(),
    repeatsVerdict: fc.boolean(),
  }),
  joins: fc.boolean(),
  ...manner,
});
const reassessment = fc.record({ endOfLife: fc.boolean(), builtAt: fc.constant(fresh), ...manner });

type Drawn<Values> = Values extends fc.Arbitrary<infer Value> ? Value : never;
type DrawnScan = Drawn<typeof scan>;
type DrawnReassessment = Drawn<typeof reassessment>;
type Result = DrawnScan | DrawnReassessment;

const without = (pages: readonly AnyEvent[], cut: boolean): AnyEvent[] => (cut ? pages.slice(0, -1) : [...pages]);

/** Publishes results as a runner does: numbered for the digest, whole or as changes. Placements have their verdicts. */
const runner = () => {
  const verdicts = new Map<string, number>();
  let result = 0;
  let set: readonly Finding[] | undefined;
  let mustBeWhole = true;
  /** Numbers the next result. Gives a change where one is possible. */
  const changeTo = (findings: readonly Finding[], whole: boolean) => {
    const base = mustBeWhole || whole ? undefined : set;
    result += 1;
    set = findings;
    return base && changeOf(canonical(base), findings);
  };
  const complete = (pages: readonly AnyEvent[], cut: boolean): AnyEvent[] => {
    mustBeWhole = cut;
    return without(pages, cut);
  };
  const reassess = ({ findings, whole, small, cut, ...facts }: DrawnReassessment): AnyEvent[] => {
    const change = changeTo(findings, whole);
    const data = { ...factsOf(facts), result };
    const pages = small ? smallPages : undefined;
    return complete(change ? changed(change, findings, data, pages) : reassessed(findings, data, pages), cut);
  };
  const answer = ({ scan: given, joins, findings, whole, small, cut }: DrawnScan): AnyEvent[] => {
    const { repository, kind, outcome, packages, afterDecline, repeatsVerdict, ...facts } = given;
    const before = verdicts.get(repository) ?? 0;
    const verdict = before > 0 && repeatsVerdict ? before : before + 1;
    verdicts.set(repository, verdict);
    const scanId = `${repository}/${verdict}`;
    const head: Scan = {
      repository,
      kind,
      outcome,
      packages,
      verdict,
      scanId,
      ...factsOf(facts),
      ...(afterDecline ? { afterDecline } : {}),
    };
    if (outcome !== 'succeeded') return cut ? [] : scanned(head);
    if (joins && set && !mustBeWhole) return joined(set, { ...head, result });
    const change = changeTo(findings, whole);
    const pages = small ? smallPages : undefined;
    if (!change) return complete(scanned({ ...head, findings, result }, pages), cut);
    const content = {
      content: 'change' as const,
      set: setSum(findings),
      layers: undefined as never,
      removed: change.removed,
    };
    return complete(scanned({ ...head, ...content, findings: change.findings, result } as Scan, pages), cut);
  };
  return (each: Result): AnyEvent[] => ('scan' in each ? answer(each) : reassess(each));
};

const factsOf = ({
  family = 'debian',
  endOfLife,
  builtAt,
}: {
  family?: string;
  endOfLife: boolean;
  builtAt: string;
}) => ({
  os: { family, version: '13', endOfLife },
  database: { digest, builtAt, demonstration: false },
});

type Move =
  | { readonly result: Result }
  | { readonly configure: AnyEvent }
  | { readonly decide: true }
  | { readonly later: number };

const rule = fc
  .record({
    ruleId: fc.constantFrom('a', 'b'),
    criteria: fc.oneof(
      fc.integer({ min: 0, max: 7 }).map((n) => ({ vulnerabilities: [`CVE-2026-${n}`] })),
      fc.constantFrom({ severityBelow: 'High' as const }, { cvssBelow: 5 }),
    ),
    removed: fc.boolean(),
    expires: fc.boolean(),
  })
  .map(({ ruleId, removed, criteria, expires }): Move => ({
    configure: ruled({ ruleId, removed, criteria, ...(expires ? { expiresAt: '2026-11-24T09:16:00.000Z' } : {}) }),
  }));

const day = 86_400_000;

/** Results of several placements, some cut off, mixed with rules, clock steps and decisions. */
const scenario: fc.Arbitrary<Move[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: scan.map((result): Move => ({ result })) },
    { weight: 3, arbitrary: reassessment.map((result): Move => ({ result })) },
    { weight: 1, arbitrary: rule },
    { weight: 4, arbitrary: fc.constant<Move>({ decide: true }) },
    { weight: 1, arbitrary: fc.constantFrom(1000, 60_000, 50 * day).map((later): Move => ({ later })) },
  ),
  { maxLength: 20 },
);

interface Lived {
  readonly spec: DeciderSpec<Received, Emitted, unknown>;
  readonly received: readonly AnyEvent[];
}

const live = (moves: readonly Move[]): Lived => {
  const spec = new DeciderSpec(decider, digest) as DeciderSpec<Received, Emitted, unknown>;
  const publish = runner();
  const received: AnyEvent[] = [];
  for (const move of moves) {
    if ('result' in move) {
      const events = publish(move.result);
      received.push(...events);
      spec.given(...events);
    } else if ('configure' in move) spec.givenConfig(move.configure);
    else if ('later' in move) spec.now += move.later;
    else spec.when();
  }
  spec.when();
  return { spec, received };
};

/** The pages of each classification, in the order in which they were emitted. */
const classificationsIn = (events: readonly AnyEvent[]): AnyEvent[][] => [
  ...Map.groupBy(events, ({ data }) => {
    const { verdict, classification } = data as FindingClassified;
    return `${placementKey(data as FindingClassified)} ${verdict} ${classification}`;
  }).values(),
];

/** Puts the findings of each group of pages onto pages of another size. */
const paginated = (groups: readonly AnyEvent[][], sizes: () => number): AnyEvent[] =>
  groups.flatMap((pages) => {
    const findings = pages.flatMap(({ data }) => (data as FindingClassified).findings);
    const lists: (typeof findings)[] = [];
    for (let from = 0; from < findings.length || lists.length === 0;) {
      const size = 1 + (sizes() % 4);
      lists.push(findings.slice(from, from + size));
      from += size;
    }
    const [first] = pages as [AnyEvent];
    return lists.map((list, at) => ({
      ...first,
      id: at === 0 ? first.id : `${first.id}/${at + 1}`,
      sequence: pages.at(-1)!.sequence!,
      data: { ...first.data, findings: list, page: at + 1, pages: lists.length },
    }));
  });

it('calls nothing healthy without a result that is all there, with a system that is supported', () =>
  fc.assert(
    fc.property(scenario, (moves) => {
      const { spec, received } = live(moves);
      for (const { status, result, bySeverity, scanId, os, system } of emittedIn(spec.emitted)) {
        if (status !== 'healthy') continue;
        expect(Object.values(bySeverity).every((count) => count === 0)).toBe(true);
        expect([os?.family, os?.endOfLife, system!.count > 0]).toEqual(['debian', false, true]);
        expect(result).toBeDefined();
        const pages = received.filter(({ data }) => (data as ScanCompleted).result === result);
        const isAllThere = [...Map.groupBy(pages, ({ id }) => id.split('/')[0]).values()].some(
          (some) => some.length === (some[0]!.data as ScanCompleted).pages,
        );
        expect(isAllThere).toBe(true);
        const answers = received.filter(({ data }) => (data as ScanCompleted).scanId === scanId);
        expect(answers.some(({ data }) => (data as ScanCompleted).outcome === 'succeeded')).toBe(true);
      }
    }),
    { numRuns: 300 },
  ));

it('publishes nothing twice, however often it decides', () =>
  fc.assert(
    fc.property(scenario, (moves) => {
      const { spec } = live(moves.slice(0, -1));
      const last = moves.at(-1);
      if (last && 'configure' in last) spec.givenConfig(last.configure);
      const { wakeAt } = spec.decide();
      spec.when();
      // A key is not evaluated again after it emitted something, so the first decision must give all that is due.
      expect(spec.decide()).toEqual({ events: [], wakeAt });
      expect(new Set(spec.emitted.map(({ id }) => id)).size).toBe(spec.emitted.length);
    }),
  ));

it('replays what it emitted into the same state', () =>
  fc.assert(
    fc.property(scenario, (moves) => {
      const { spec } = live(moves);
      const replayed = spec.emitted.reduce(
        (state, event) => decider.evolveEmitted(state, event),
        decider.empty().emitted,
      );
      expect(replayed).toEqual(spec.state.emitted);
      // A state goes through a store as JSON, so it must survive that.
      expect(JSON.parse(JSON.stringify(spec.state))).toEqual(spec.state);
    }),
  ));

it('numbers verdict, classification and page of a placement in ascending order', () =>
  fc.assert(
    fc.property(scenario, (moves) => {
      const emitted = emittedIn(live(moves).spec.emitted);
      for (const some of Map.groupBy(emitted, ({ repository }) => repository).values()) {
        const order = some.map(({ verdict, classification, page }) => verdict * 1e6 + classification * 1e3 + page);
        expect(order).toEqual(order.toSorted((a, b) => a - b));
      }
    }),
  ));

it('publishes changes that give the set whose sum it publishes, on the classification before', () =>
  fc.assert(
    fc.property(scenario, (moves) => {
      const sets = new Map<string, { id: string; findings: readonly ClassifiedFinding[] }>();
      for (const pages of classificationsIn(live(moves).spec.emitted)) {
        const { id } = pages[0]!;
        const data = pages[0]!.data as FindingClassified;
        const key = placementKey(data);
        const before = sets.get(key);
        const findings = emittedIn(pages).flatMap((page) => page.findings);
        if (data.content === 'change') expect(data.base!.id).toBe(before!.id);
        const { removed = [], ruled: rules = [] } = data;
        const after =
          data.content === 'set'
            ? canonical(findings)
            : applied(before!.findings, { findings, removed, ruled: rules })!;
        expect(setSum(after)).toEqual(data.set);
        expect(after.filter(({ state }) => state === 'exempt')).toHaveLength(data.exempt);
        sets.set(key, { id, findings: after });
      }
    }),
    { numRuns: 300 },
  ));

it('makes the same states of results and classifications on pages of any size', () =>
  fc.assert(
    fc.property(scenario, fc.infiniteStream(fc.nat()), (moves, draws) => {
      const uncut = moves.map((move) =>
        'result' in move ? { result: { ...move.result, cut: false } as Result } : move,
      );
      const { spec, received } = live(uncut);
      const size = (): number => draws.next().value!;
      const results = [...Map.groupBy(received, ({ id }) => id.split('/')[0]).values()];
      const emitted = paginated(classificationsIn(spec.emitted), size);
      expect(
        emitted.reduce(
          (state, event) => evolveEmitted(state, event as EventFor<'classifier', 'produces'>),
          {} as Emitted,
        ),
      ).toEqual(spec.state.emitted);
      expect(
        paginated(results, size).reduce((state, event) => evolveReceived(state, event as EventFor<'classifier'>), {
          placements: {},
        } as Received),
      ).toEqual(spec.state.received);
    }),
  ));

it('answers with a whole set after a classification of which pages were lost', () =>
  fc.assert(
    fc.property(scenario, fc.nat(), found, (moves, lost, findings) => {
      const { spec } = live(moves);
      const all = classificationsIn(spec.emitted);
      const last = all.at(-1);
      if (last === undefined) return;
      const [first] = last as [AnyEvent];
      // The last classification is appended on two pages, of which the second one never arrives.
      const cut = { ...first, data: { ...first.data, pages: 2 + (lost % 3) } };
      const before = all.slice(0, -1).flat();
      spec.state = {
        ...spec.state,
        emitted: [...before, cut].reduce(
          (state, event) => decider.evolveEmitted(state, event),
          decider.empty().emitted,
        ),
      };
      const key = placementKey(first.data as FindingClassified);
      const answers = () => emittedIn(spec.when()).filter((data) => placementKey(data) === key);
      const [again] = answers();
      const { verdict, classification } = first.data as FindingClassified;
      expect(again).toMatchObject({
        content: 'set',
        classification: again!.verdict === verdict ? classification + 1 : 1,
      });
      expect(spec.when()).toEqual([]);
      spec.given(...reassessed(findings, { result: 1000 }));
      for (const { content, base } of answers()) expect(content === 'set' || base !== undefined).toBe(true);
    }),
  ));

it('forgets what is gone, and keeps what is there, in any order of days', () =>
  fc.assert(
    fc.property(scenario, (moves) => {
      const { spec } = live([...moves, { later: 91 * day }, { decide: true }]);
      const { database } = factsOf({ endOfLife: false, builtAt: '2027-03-01T00:00:00.000Z' });
      const nothing = { repository: 'team/hello', findings: [], database };
      spec.given(...scanned({ ...nothing, verdict: 1000, result: 1000 })).when();
      spec.now += 91 * day;
      spec.given(...scanned({ ...nothing, verdict: 1001, result: 1001 })).when();
      const [state] = Object.entries(spec.state.emitted).filter(([key]) => key.includes('team/hello'));
      expect(state![1]).toMatchObject({ findings: [], gone: [], at: isoTime(spec.now) });
    }),
  ));

it('does not depend on how answers of several placements to one result are mixed', () =>
  fc.assert(
    fc.property(found, fc.array(scan, { maxLength: 8 }), fc.infiniteStream(fc.nat()), (findings, scans, picks) => {
      const publish = runner();
      const [begin, ...others] = scans.map((each) => ({ ...each, joins: true, cut: false }));
      if (begin === undefined) return;
      const opening = publish({ ...begin, findings, scan: { ...begin.scan, outcome: 'succeeded' } });
      const facts = { family: begin.scan.family, endOfLife: begin.scan.endOfLife, builtAt: begin.scan.builtAt };
      const answers = others.map((each) =>
        publish({ ...each, scan: { ...each.scan, ...facts, packages: begin.scan.packages } }),
      );
      const byPlacement = Map.groupBy(answers.flat(), ({ data }) => (data as ScanCompleted).repository);
      const queues = [...byPlacement.values()].map((pages) => [...pages]);
      const mixed: AnyEvent[] = [];
      for (let open = queues; open.length > 0; open = queues.filter(({ length }) => length > 0))
        mixed.push(...(open[picks.next().value! % open.length]?.splice(0, 1) ?? []));
      const outcome = (events: readonly AnyEvent[]) => {
        const spec = new DeciderSpec(decider, digest).given(...opening);
        spec.when();
        for (const event of events) spec.given(event).when();
        return Object.groupBy(
          emittedIn(spec.emitted).map(({ basis: _basis, ...data }) => data),
          ({ repository }) => repository,
        );
      };
      expect(outcome(mixed)).toEqual(outcome(answers.flat()));
    }),
  ));
