import { describe, expect, it } from 'vitest';
import { applied, canonical, setSum, type Finding } from '@assay/events';
import { databaseOf, findingOf, layers, succeeded } from '../../test/fixtures.ts';
import { differs, isBefore, nextResult, wholeAgain } from './results.ts';
import type { ScanSuccess, StandingResult } from './state.ts';

const scanned = (more: Partial<ScanSuccess> = {}): ScanSuccess => succeeded(more) as ScanSuccess;
const findings = (...numbers: number[]): Finding[] => canonical(numbers.map(findingOf));
const standing = (more: Partial<StandingResult> = {}): StandingResult => {
  const { succeeded: _succeeded, descriptions: _descriptions, ...facts } = scanned();
  const found = more.findings ?? findings(1, 2, 3, 4);
  return { ...facts, result: 7, scanId: 'one', set: setSum(found), changes: 3, findings: found, events: [], ...more };
};

describe('the next result of a digest', () => {
  it('is whole if there is none before, and has the next number', () => {
    expect(nextResult({}, scanned({ findings: findings(2, 1) }))).toEqual({
      result: 1,
      content: 'set',
      set: setSum(findings(1, 2)),
      layers,
      findings: findings(1, 2),
    });
    expect(nextResult({ lost: 4 }, scanned())).toMatchObject({ result: 5, content: 'set' });
  });

  it('is the standing set, if that is published once more', () => {
    expect(wholeAgain(standing())).toEqual({
      result: 8,
      content: 'set',
      set: setSum(findings(1, 2, 3, 4)),
      layers,
      findings: findings(1, 2, 3, 4),
    });
  });

  it('is a change on the one before, from which its set follows', () => {
    const before = standing();
    const next = nextResult({ standing: before }, scanned({ findings: findings(1, 3, 4, 5) }));
    expect(next).toEqual({
      result: 8,
      content: 'change',
      set: setSum(findings(1, 3, 4, 5)),
      removed: [1],
      findings: findings(5),
    });
    expect(applied(before.findings, { findings: next.findings, removed: next.removed ?? [], ruled: [] })).toEqual(
      findings(1, 3, 4, 5),
    );
  });

  it('is an empty change if nothing differs, also of an empty set', () => {
    const nothing = { content: 'change', findings: [] };
    expect(nextResult({ standing: standing() }, scanned({ findings: findings(1, 2, 3, 4) }))).toMatchObject(nothing);
    expect(nextResult({ standing: standing({ findings: [] }) }, scanned({ findings: [] }))).toMatchObject(nothing);
  });

  it.each<[string, Partial<StandingResult>, Partial<ScanSuccess>]>([
    ['another form', {}, { form: 2 }],
    ['64 changes', { changes: 64 }, {}],
    ['more than half that differs', {}, { findings: findings(1, 5, 6) }],
    ['a layer that is unknown before', { layers: [] }, {}],
  ])('is whole after %s', (_, before, now) => {
    expect(nextResult({ standing: standing(before) }, scanned(now))).toMatchObject({ content: 'set', result: 8 });
  });

  it('is whole if positions would fill the head', () => {
    const many = canonical(Array.from({ length: 40_000 }, (_, n) => findingOf(n)));
    const next = nextResult({ standing: standing({ findings: many }) }, scanned({ findings: many.slice(15_000) }));
    expect(next.content).toBe('set');
  });

  it('names layers as the set before does', () => {
    const [one, two] = [layers[0]!, `sha256:${'0'.repeat(64)}`];
    const before = standing({ layers: [one], findings: findings(1, 2, 3, 4) });
    const now = scanned({ layers: [two, one], findings: findings(1, 2, 3, 4).map((each) => ({ ...each, layer: 1 })) });
    expect(nextResult({ standing: before }, now)).toMatchObject({ content: 'change', findings: [] });
    expect(differs(before, now)).toBe(false);
  });
});

describe('a result that states the same', () => {
  const same = scanned({ findings: findings(1, 2, 3, 4) });

  it('does not differ, at any time, by any database and any witness', () => {
    const later = { ...same, startedAt: '2026-11-25T09:15:02.400Z', scannerMs: 1, database: databaseOf(2) };
    expect(differs(standing(), later)).toBe(false);
    expect(differs(standing(), { ...same, witness: { ...same.witness!, version: 'x' } })).toBe(false);
  });

  it.each<[string, Partial<ScanSuccess>]>([
    ['a finding', { findings: findings(1, 2, 3) }],
    ['the end of the system', { os: { ...same.os!, endOfLife: true } }],
    ['a system that is not known', { os: { ...same.os!, known: false } }],
    ['the coverage', { database: { ...same.database, covers: ['alpine 3.20'] } }],
    ['what the database does not know', { uncovered: { languages: ['jar'] } }],
    ['a warning', { warnings: ['packages-unreadable'] }],
    ['the packages, as many as before', { packages: { ...same.packages!, sha256: `sha256:${'7'.repeat(64)}` } }],
    ['the inventory', { inventory: { ...same.inventory!, shells: [] } }],
    ['the witness', { witness: { ...same.witness!, packages: 1 } }],
    ['a database that is too old now', { startedAt: '2026-12-25T09:15:02.400Z' }],
    ['the form', { form: 2 }],
  ])('differs by %s', (_, more) => {
    expect(differs(standing(), { ...same, ...more })).toBe(true);
  });

  it('differs if the database was too old for a push that the first one answered, and is not now', () => {
    const receivedMs = Date.parse('2026-12-10T00:00:00.000Z');
    const fresh = { ...databaseOf(2), builtAt: '2026-12-09T00:00:00.000Z' };
    const now = { ...same, startedAt: '2026-12-10T00:01:00.000Z', database: fresh };
    expect(differs(standing(), now)).toBe(false);
    expect(differs(standing(), now, receivedMs)).toBe(true);
    expect(differs(standing({ givenWith: fresh }), now, receivedMs)).toBe(false);
  });

  it('differs if another build of the scanner states it: an image rests on the build of its last event', () => {
    expect(differs(standing(), { ...same, scanner: { ...same.scanner, digest: 'sha256:x' } })).toBe(true);
  });
});

it('databases are ordered by their announcements, and one that was never announced is before or after none', () => {
  const [one, two, other] = [1, 2, 3].map(databaseOf) as [StandingResult['database'], never, never];
  const config = { orders: { [databaseOf(1).digest]: 5, [databaseOf(2).digest]: 4 } };
  expect([isBefore(two, one, config), isBefore(one, two, config), isBefore(one, one, config)]).toEqual([
    true,
    false,
    false,
  ]);
  expect([isBefore(other, one, config), isBefore(one, other, config)]).toEqual([false, false]);
});
