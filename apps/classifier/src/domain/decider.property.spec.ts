import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { outcomes, severities, type AnyEvent, type FindingClassified, type ScanCompleted } from '@assay/events';
import { DeciderSpec } from '@assay/testing';
import { digest, finding, ordinary, ruled, emittedIn, scanned, smallPages } from '../../test/fixtures.ts';
import { decider } from './decider.ts';

const placements = ['team/hello', 'team/copy', 'team/third'];

const scan: fc.Arbitrary<AnyEvent[]> = fc
  .record({
    repository: fc.constantFrom(...placements),
    verdict: fc.integer({ min: 1, max: 3 }),
    kind: fc.constantFrom('scan' as const, 'rescan' as const),
    outcome: fc.constantFrom('succeeded' as const, 'succeeded' as const, ...outcomes),
    packages: fc.constantFrom(ordinary, ordinary, [], ['libc6'], ['dpkg']),
    found: fc.integer({ min: 0, max: 4 }),
    severity: fc.constantFrom(...severities),
    small: fc.boolean(),
    family: fc.constantFrom('debian', 'debian', 'none', 'unknown'),
    endOfLife: fc.boolean(),
    builtAt: fc.constantFrom('2026-11-24T00:00:00.000Z', '2026-10-01T00:00:00.000Z'),
  })
  .map(({ found, severity, small, family, endOfLife, builtAt, ...data }) =>
    scanned(
      {
        ...data,
        os: { family, version: '13', endOfLife },
        database: { digest, builtAt, demonstration: false },
        findings: Array.from({ length: found }, (_, n) => finding({ vulnerability: `CVE-2026-${n}`, severity })),
      },
      small ? smallPages : undefined,
    ),
  );

type Move =
  | { readonly receive: AnyEvent }
  | { readonly configure: AnyEvent }
  | { readonly decide: true }
  | { readonly later: number };

const rule = fc
  .record({
    ruleId: fc.constantFrom('a', 'b'),
    vulnerability: fc.integer({ min: 0, max: 4 }),
    removed: fc.boolean(),
    expires: fc.boolean(),
  })
  .map(({ ruleId, vulnerability, removed, expires }): Move[] => [
    {
      configure: ruled({
        ruleId,
        removed,
        criteria: { vulnerabilities: [`CVE-2026-${vulnerability}`] },
        ...(expires ? { expiresAt: '2026-11-24T09:16:00.000Z' } : {}),
      }),
    },
  ]);

/**
 * Complete page sets and sets with pages left out, of several placements, mixed with rules, clock steps and decisions.
 */
const scenario: fc.Arbitrary<Move[]> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: scan.map((pages): Move[] => pages.map((receive) => ({ receive }))) },
      {
        weight: 1,
        arbitrary: scan
          .chain((pages) => fc.subarray(pages))
          .map((pages): Move[] => pages.map((receive) => ({ receive }))),
      },
      { weight: 1, arbitrary: rule },
      { weight: 2, arbitrary: fc.constant<Move[]>([{ decide: true }]) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 60_000 }).map((later): Move[] => [{ later }]) },
    ),
    { maxLength: 15 },
  )
  .map((moves) => moves.flat());

const live = (moves: readonly Move[]) => {
  const spec = new DeciderSpec(decider, digest);
  for (const move of moves) {
    if ('receive' in move) spec.given(move.receive);
    else if ('configure' in move) spec.givenConfig(move.configure);
    else if ('later' in move) spec.now += move.later;
    else spec.when();
  }
  spec.when();
  return spec;
};

const receivedIn = (moves: readonly Move[]): ScanCompleted[] =>
  moves.flatMap((move) => ('receive' in move ? [move.receive.data as ScanCompleted] : []));

it('calls nothing healthy without a succeeded scan that is all there', () =>
  fc.assert(
    fc.property(scenario, (moves) => {
      for (const { status, scanId, repository, verdict, bySeverity } of emittedIn(live(moves).emitted)) {
        if (status !== 'healthy') continue;
        const pages = receivedIn(moves).filter(
          (page) =>
            page.scanId === scanId &&
            page.repository === repository &&
            page.verdict === verdict &&
            page.outcome === 'succeeded' &&
            page.os?.family === 'debian' &&
            !page.os.endOfLife,
        );
        expect(
          pages.some(
            ({ pages: all }) =>
              new Set(pages.filter((page) => page.pages === all).map(({ page }) => page)).size === all,
          ),
        ).toBe(true);
        expect(Object.values(bySeverity).every((count) => count === 0)).toBe(true);
        expect(pages.some(({ packages }) => packages.length > 0)).toBe(true);
      }
    }),
    { numRuns: 300 },
  ));

it('publishes nothing twice, however often it receives and decides', () =>
  fc.assert(
    fc.property(scenario, (moves) => {
      const spec = live(moves);
      expect(spec.when()).toEqual([]);
      expect(new Set(spec.emitted.map(({ id }) => id)).size).toBe(spec.emitted.length);
      const last = moves.findLastIndex((move) => 'receive' in move && (move.receive.data as ScanCompleted).page === 1);
      const pages = moves.slice(Math.max(0, last)).filter((move) => 'receive' in move);
      const whole = pages.length > 0 && (pages[0]!.receive.data as ScanCompleted).pages === pages.length;
      if (whole) expect(spec.given(...pages.map(({ receive }) => receive)).when()).toEqual([]);
    }),
  ));

it('replays what it emitted into the same state', () =>
  fc.assert(
    fc.property(scenario, (moves) => {
      const spec = live(moves);
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
      for (const emitted of Map.groupBy(emittedIn(live(moves).emitted), ({ repository }) => repository).values()) {
        const order = emitted.map(({ verdict, classification, page }) => verdict * 1e6 + classification * 1e3 + page);
        expect(order).toEqual(order.toSorted((a, b) => a - b));
      }
    }),
  ));

it('does not depend on how the placements of a digest are mixed', () =>
  fc.assert(
    fc.property(fc.array(scan, { maxLength: 8 }), fc.infiniteStream(fc.nat()), (scans, picks) => {
      const queues = [...Map.groupBy(scans.flat(), ({ data }) => (data as ScanCompleted).repository).values()].map(
        (pages) => [...pages],
      );
      const mixed: AnyEvent[] = [];
      for (let open = queues; open.length > 0; open = queues.filter(({ length }) => length > 0))
        mixed.push(...(open[picks.next().value! % open.length]?.splice(0, 1) ?? []));
      const outcome = (events: readonly AnyEvent[]): Record<string, FindingClassified[]> =>
        Object.groupBy(
          emittedIn(live(events.map((receive) => ({ receive }))).emitted),
          ({ repository }) => repository,
        ) as Record<string, FindingClassified[]>;
      expect(outcome(mixed)).toEqual(
        outcome(
          scans
            .flat()
            .toSorted(
              (a, b) =>
                placements.indexOf((a.data as ScanCompleted).repository) -
                placements.indexOf((b.data as ScanCompleted).repository),
            ),
        ),
      );
    }),
  ));
