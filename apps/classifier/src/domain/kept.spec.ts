import { describe, expect, it } from 'vitest';
import { definitionOf, validated, type Database, type EventDefinition, type Finding } from '@assay/events';
import { markAfter } from '@assay/event-sourcing';
import { DeciderSpec } from '@assay/testing';
import {
  digest,
  emittedIn,
  finding,
  joined,
  reassessed,
  ruled,
  scanExample,
  scanned,
  type Reassessment,
} from '../../test/fixtures.ts';
import { decider } from './decider.ts';
import { summarise } from './summary.ts';

const hour = 60 * 60_000;
const built = Date.parse('2026-11-24T00:00:00.000Z');
/** The nth database, with content that is so many hours newer than that of the first one. */
const databaseOf = (n: number, hours: number): Database => ({
  ...scanExample.database,
  digest: `sha256:${`${n}`.repeat(64)}`,
  builtAt: new Date(built + hours * hour).toISOString(),
});
const first = databaseOf(1, 0);
const holed = databaseOf(2, 6);
const removal = { at: '2026-11-24T10:00:00.000Z', database: holed.digest };

const [low, high] = [
  finding({ vulnerability: 'CVE-1', severity: 'Low' }),
  finding({ vulnerability: 'CVE-2', severity: 'High' }),
];

const again = (n: number, findings: readonly Finding[], database: Database, data: Reassessment = {}) =>
  reassessed(findings, { result: n, database, startedAt: removal.at, ...data }).map((event) => ({
    ...event,
    sequence: `1.${n * 10}`,
  }));
const markOf = (database: Database, announced: number) => ({
  received: markAfter(undefined, {
    id: `mark ${announced}`,
    source: '/assay/sandbox-runner',
    time: '2026-11-25T01:00:00.000Z',
    sequence: `1.${announced}`,
    data: { scanner: scanExample.scanner.name, database, announced, except: [] },
  }),
});

/** An image with two findings that was classified. */
const assessed = () => {
  const spec = new DeciderSpec(decider, digest).given(...scanned({ findings: [low, high], database: first }));
  spec.when();
  return spec;
};
/** The image by a database that has neither of its advisories. */
const missed = () => {
  const spec = assessed().given(...again(2, [], holed));
  spec.when();
  return spec;
};
type Spec = ReturnType<typeof assessed>;

const keptIn = ({ state }: Spec) => state.received.kept?.map((each) => each.finding.vulnerability);
/** The findings that readers have, with the database that missed each. */
const shownIn = ({ state }: Spec) =>
  Object.values(state.emitted)[0]!.findings.map(({ vulnerability, advisoryRemoved }) => [
    vulnerability,
    advisoryRemoved?.database,
  ]);
const bothKept = [
  ['CVE-1', holed.digest],
  ['CVE-2', holed.digest],
];

describe('a finding whose advisory vanished', () => {
  it('stays as it was, with the database by which it vanished', () => {
    const spec = assessed().given(...again(2, [], holed));
    expect(spec.decide().awaitsMark).toBe(true);
    const [emitted] = emittedIn(spec.when());
    validated(definitionOf('finding.classified') as EventDefinition, emitted);
    expect(emitted).toMatchObject({ status: 'unhealthy', cause: 'rescan', bySeverity: { Low: 1, High: 1 } });
    expect(emitted!.findings.map(({ advisoryRemoved }) => advisoryRemoved)).toEqual([removal, removal]);
    expect(spec.when()).toEqual([]);
  });

  it('is no other finding than before: the sum of the set is the same', () => {
    const [before, after] = emittedIn(missed().emitted).map(({ set }) => set);
    expect(after).toEqual(before);
  });

  it.each([
    ['is gone by a result whose database is a day newer', 30, undefined],
    ['waits while the next one is less than a day newer', 29, ['CVE-1']],
    ['waits while an older one misses it, too', -24, ['CVE-1']],
  ])('%s', (_, hours, kept) => {
    const spec = missed().given(...again(3, [high], databaseOf(3, hours)));
    expect(keptIn(spec)).toEqual(kept);
  });

  it('is gone at once by an older database, which comes by an order', () => {
    const spec = missed().given(...again(3, [low, high], databaseOf(3, 7)), ...again(4, [low], databaseOf(4, 6)));
    expect(keptIn(spec)).toBeUndefined();
  });

  it('waits for a day from the first database that missed it', () => {
    const spec = missed().given(...again(3, [], databaseOf(3, 20)), ...again(4, [], databaseOf(4, 30)));
    expect(keptIn(spec)).toBeUndefined();
  });

  it('is as before once the advisory is back', () => {
    const spec = missed().given(...again(3, [low, high], databaseOf(3, 7)));
    expect(emittedIn(spec.when())).toMatchObject([{ status: 'unhealthy', cause: 'rescan' }]);
    expect([keptIn(spec), shownIn(spec).map(([, by]) => by)]).toEqual([undefined, [undefined, undefined]]);
  });

  it('has the time by which it vanished again, also if its return was not classified', () => {
    const later = '2026-11-25T10:00:00.000Z';
    const spec = missed().given(...again(3, [low, high], first), ...again(4, [], holed, { startedAt: later }));
    const [emitted] = emittedIn(spec.when());
    expect(emitted?.findings.map(({ advisoryRemoved }) => advisoryRemoved?.at)).toEqual([later, later]);
    expect(spec.when()).toEqual([]);
  });

  it.each<[string, Reassessment]>([
    ['another build of the scanner', { scanner: { ...scanExample.scanner, digest: `sha256:${'b'.repeat(64)}` } }],
    ['the same database', { database: first }],
    ['findings of another form', { form: 2 }],
  ])('is gone by a result of %s', (_, data) => {
    const spec = assessed().given(...again(2, [], holed, data));
    expect(emittedIn(spec.when())).toMatchObject([{ findings: [] }]);
  });

  it('is gone if the set before is not known', () => {
    const lost = missed().given(...joined([], { result: 7, verdict: 2 }));
    expect(keptIn(lost.given(...again(8, [], databaseOf(3, 7))))).toBeUndefined();
  });

  it('is gone from one path alone: the other one shows that the advisory is there', () => {
    const at = (path: string) => finding({ path });
    const spec = new DeciderSpec(decider, digest).given(...scanned({ findings: [at('a'), at('b')], database: first }));
    expect(keptIn(spec.given(...again(2, [at('b')], holed)))).toBeUndefined();
  });

  it('keeps its layer, wherever that is in the list of the new result', () => {
    const [one, other] = ['1', '2'].map((n) => `sha256:${n.repeat(64)}`) as [string, string];
    const found = [0, 1].map((layer) => finding({ vulnerability: `CVE-${layer}`, layer }));
    const spec = new DeciderSpec(decider, digest).given(
      ...scanned({ findings: found, database: first, layers: [one, other] }),
      ...again(2, [], holed, { layers: [other] }),
    );
    expect(spec.state.received.kept?.map((each) => each.finding.layer)).toEqual([undefined, 0]);
  });

  it('may be exempted by a rule meanwhile', () => {
    const spec = missed();
    const rule = ruled({ criteria: { vulnerabilities: ['CVE-1'] } });
    expect(emittedIn(spec.givenConfig(rule).when())).toMatchObject([{ cause: 'rule', exempt: 1 }]);
    expect(shownIn(spec)).toEqual(bothKept);
    const gone = new DeciderSpec(decider, digest).given(...scanned({ database: first }));
    expect(summarise(missed().state)).not.toBe(summarise(gone.state));
  });
});

describe('the mark of a database', () => {
  it.each([
    ['a day newer ends the wait', databaseOf(3, 30), []],
    ['less than a day newer does not', databaseOf(3, 29), bothKept],
  ])('%s', (_, database, shown) => {
    const spec = missed();
    spec.marks = markOf(database, 21);
    const { events, awaitsMark } = spec.decide();
    expect(awaitsMark).toBe(shown.length > 0 ? true : undefined);
    const due = { cause: spec.state.received.set!.cause, data: { cause: 'rescan' } };
    expect(events).toMatchObject(shown.length > 0 ? [] : [due]);
    spec.when();
    expect(shownIn(spec)).toEqual(shown);
    expect(spec.when()).toEqual([]);
  });

  it('of an older one does not bring back what an earlier mark ended', () => {
    const spec = missed();
    spec.marks = markOf(databaseOf(3, 30), 21);
    spec.when();
    spec.marks = markOf(holed, 22);
    expect(spec.decide().awaitsMark).toBeUndefined();
    spec.when();
    expect(shownIn(spec)).toEqual([]);
  });

  it('ends the wait for good, also if a result by an older database follows', () => {
    const spec = missed();
    spec.marks = markOf(databaseOf(3, 30), 21);
    spec.when();
    spec.given(...again(3, [high], databaseOf(4, 20))).when();
    expect(shownIn(spec)).toEqual([['CVE-2', undefined]]);
  });

  it('covers no result behind it', () => {
    const spec = missed();
    spec.marks = markOf(databaseOf(3, 30), 19);
    expect(spec.decide()).toMatchObject({ events: [], awaitsMark: true });
  });
});
