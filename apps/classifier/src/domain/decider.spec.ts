import { describe, expect, it } from 'vitest';
import {
  canonical,
  changeOf,
  databaseRecallOf,
  definitionOf,
  findingIdOf,
  recallOf,
  setSum,
  validated,
  type AnyEvent,
  type EventDefinition,
  type Finding,
  type FindingClassified,
  type Mark,
} from '@assay/events';
import { markAfter } from '@assay/event-sourcing';
import type { Marks } from '@assay/event-sourcing/decider';
import { DeciderSpec, causedBy, eventOf } from '@assay/testing';
import {
  changed,
  digest,
  emittedIn,
  finding,
  findingExample,
  joined,
  reassessed,
  ruled,
  scanExample,
  scanned,
  smallPages,
} from '../../test/fixtures.ts';
import { decider } from './decider.ts';

const classifier = () => new DeciderSpec(decider, digest);
const many = (count: number, more: Partial<Finding> = {}) =>
  Array.from({ length: count }, (_, n) => finding({ vulnerability: `CVE-2026-${1000 + n}`, ...more }));
/** So many findings that a classification has several pages. */
const paged = () =>
  Array.from({ length: 60 }, (_, n) => finding({ vulnerability: `CVE-2026-${n}`, path: 'x'.repeat(10_000) }));
const placementIn = (spec: { state: { emitted: object } }) => Object.values(spec.state.emitted)[0];

describe('a completed scan', () => {
  it('becomes a status with everything that its contract requires', () => {
    const [scan] = scanned({ findings: [finding()] });
    const spec = classifier().given(scan!);
    expect(spec.decide().events).toMatchObject([{ cause: causedBy(scan!) }]);
    const [emitted] = emittedIn(spec.when());
    validated(definitionOf('finding.classified') as EventDefinition, emitted);
    const findings = [
      { ...findingExample, severityRule: 'scanner', state: 'active' as const, firstSeenAt: '2026-11-24T09:15:03.000Z' },
    ];
    expect(emitted).toMatchObject({
      status: 'unhealthy',
      classification: 1,
      cause: 'scan',
      basis: ['classifier/4', scan!.id],
      bySeverity: { Critical: 0, High: 1, Medium: 0, Low: 0, Unknown: 0 },
      fixable: 1,
      exempt: 0,
      mode: 'classic',
      driver: scanExample.driver,
      result: 1,
      content: 'set',
      set: setSum(findings),
      layers: scanExample.layers,
      findings,
    });
    expect(['base', 'removed', 'ruled'].filter((field) => field in emitted!)).toEqual([]);
  });

  it('received twice changes nothing', () => {
    const scan = scanned({ findings: many(5) }, smallPages);
    const spec = classifier().given(...scan);
    expect(spec.when().length).toBeGreaterThan(0);
    expect(spec.when()).toEqual([]);
    expect(spec.given(...scan).when()).toEqual([]);
  });

  it('that is joined to another counts like a scan of its own', () => {
    const spec = classifier().given(...scanned({ findings: [finding()] }));
    spec.when();
    expect(
      emittedIn(spec.given(...joined([finding()], { verdict: 2, joinedScanId: scanExample.scanId })).when()),
    ).toMatchObject([{ verdict: 2, classification: 1, cause: 'scan', status: 'unhealthy', result: 1 }]);
  });

  it('that is late replaces the time-out emitted before', () => {
    const spec = classifier().given(...scanned({ outcome: 'timed-out' }));
    expect(emittedIn(spec.when())).toMatchObject([{ status: 'undetermined', reason: 'timed-out', classification: 1 }]);
    expect(emittedIn(spec.given(...scanned()).when())).toMatchObject([
      { status: 'healthy', classification: 2, cause: 'scan' },
    ]);
  });

  it('of an earlier verdict changes nothing but the findings, if it brings a new result of the digest', () => {
    const spec = classifier().given(...scanned({ verdict: 2, result: 1 }));
    spec.when();
    expect(spec.given(...scanned({ verdict: 1, outcome: 'failed' })).when()).toEqual([]);
    expect(spec.given(...joined([], { verdict: 1 })).when()).toEqual([]);
    expect(emittedIn(spec.given(...scanned({ verdict: 1, result: 2, findings: [finding()] })).when())).toMatchObject([
      { verdict: 2, classification: 2, cause: 'rescan', status: 'unhealthy', result: 2 },
    ]);
  });

  it('numbers its classifications within a verdict', () => {
    const spec = classifier().given(...scanned({ findings: [finding()] }));
    spec.when();
    spec.givenConfig(ruled()).when();
    spec.given(...scanned({ verdict: 2, findings: [finding()] })).when();
    spec.givenConfig(ruled({ removed: true })).when();
    expect(
      emittedIn(spec.emitted).map(({ verdict, classification, cause }) => `${verdict}.${classification} ${cause}`),
    ).toEqual(['1.1 scan', '1.2 rule', '2.1 scan', '2.2 rule']);
    expect(new Set(spec.emitted.map(({ id }) => id)).size).toBe(4);
  });

  it('in another repository is another placement', () => {
    const spec = classifier().given(
      ...scanned({ findings: [finding()] }),
      ...scanned({ repository: 'team/copy', findings: [finding()] }),
    );
    const [one, other] = emittedIn(spec.when());
    expect(findingIdOf(one!, one!.findings[0]!)).not.toBe(findingIdOf(other!, other!.findings[0]!));
  });
});

describe('pages', () => {
  const pages = () => scanned({ findings: many(6) }, smallPages);

  it('publish nothing until they are complete', () => {
    const all = pages();
    expect(all.length).toBeGreaterThan(3);
    const spec = classifier();
    for (const page of all.slice(0, -1)) expect(spec.given(page).when()).toEqual([]);
    const emitted = emittedIn(spec.given(all.at(-1)!).when());
    expect(emitted.flatMap(({ findings }) => findings)).toHaveLength(6);
    expect(emitted.map(({ bySeverity }) => bySeverity.High)).toEqual(emitted.map(() => 6));
  });

  /** The state after the first pages of a classification. */
  const cutOff = (spec: ReturnType<typeof classifier>, emitted: readonly AnyEvent[]) =>
    emitted.reduce((state, event) => decider.evolveEmitted(state, event), spec.state.emitted);

  it('of an incomplete classification keep their first sightings', () => {
    const spec = classifier().given(...scanned({ findings: paged() }));
    const [first] = spec.when();
    spec.state = { ...spec.state, emitted: cutOff(classifier(), [first!]) };
    spec.now += 86_400_000;
    const count = (first!.data as FindingClassified).findings.length;
    const again = emittedIn(spec.when()).flatMap(({ findings }) =>
      findings.map(({ firstSeenAt }) => firstSeenAt.slice(0, 10)),
    );
    expect([count > 0, again.filter((day) => day === '2026-11-24').length, again.length]).toEqual([true, count, 60]);
  });

  it('of an incomplete classification count as not emitted', () => {
    const spec = classifier().given(...scanned({ findings: paged() }));
    const emitted = spec.when();
    expect(emitted.length).toBeGreaterThan(1);
    spec.state = { ...spec.state, emitted: cutOff(classifier(), emitted.slice(0, -1)) };
    const again = emittedIn(spec.when());
    expect(again).toHaveLength(emitted.length);
    expect(again[0]).toMatchObject({ cause: 'scan', classification: 2, content: 'set' });
    expect(spec.when()).toEqual([]);
  });

  it('of an incomplete classification are followed by a whole one, even if nothing differs from the one before', () => {
    const spec = classifier().given(...scanned({ findings: paged() }));
    spec.when();
    const before = spec.state.emitted;
    const [first] = spec.givenConfig(ruled({ criteria: { severityBelow: 'Critical' } })).when();
    const cut = { ...first!, data: { ...first!.data, pages: 2 } };
    spec.state = { ...spec.state, emitted: decider.evolveEmitted(before, cut) };
    const again = emittedIn(spec.givenConfig(ruled({ removed: true })).when());
    expect(again[0]).toMatchObject({ content: 'set', cause: 'rule', classification: 3, status: 'unhealthy' });
    expect(again.flatMap(({ findings }) => findings)).toHaveLength(60);
  });

  it('of an incomplete change are followed by a whole set', () => {
    const spec = classifier().given(...scanned({ findings: [...paged(), ...many(60)] }));
    spec.when();
    const before = spec.state.emitted;
    const after = [...paged().map((each) => ({ ...each, severity: 'Low' as const })), ...many(60)];
    const change = spec.given(...reassessed(after)).when();
    expect(emittedIn(change)[0]).toMatchObject({ content: 'change', cause: 'rescan' });
    expect(change.length).toBeGreaterThan(1);
    spec.state = {
      ...spec.state,
      emitted: change.slice(0, -1).reduce((state, event) => decider.evolveEmitted(state, event), before),
    };
    const again = emittedIn(spec.when());
    expect(again[0]).toMatchObject({ content: 'set', cause: 'rescan', classification: 3 });
    expect(again.flatMap(({ findings }) => findings)).toHaveLength(120);
    expect(spec.when()).toEqual([]);
  });
});

describe('a rescan', () => {
  const rescanned = { kind: 'rescan', verdict: 2 } as const;

  it('reports what the newer database knows', () => {
    const spec = classifier().given(...scanned());
    spec.when();
    expect(emittedIn(spec.given(...scanned({ ...rescanned, findings: [finding()] })).when())).toMatchObject([
      { verdict: 2, cause: 'rescan', status: 'unhealthy' },
    ]);
  });

  it.each(['failed', 'timed-out', 'cancelled'] as const)('that ended %s leaves the last status standing', (outcome) => {
    const spec = classifier().given(...scanned());
    spec.when();
    expect(spec.given(...scanned({ ...rescanned, outcome })).when()).toEqual([]);
    expect(spec.givenConfig(ruled()).when()).toEqual([]);
    expect(emittedIn(spec.given(...scanned({ ...rescanned, verdict: 3, findings: [finding()] })).when())).toHaveLength(
      1,
    );
  });

  it('keeps first sightings of findings, also of those that were gone in between', () => {
    const spec = classifier().given(...scanned({ findings: [finding()] }));
    spec.when();
    const later = (scan: object) => {
      spec.now += 86_400_000;
      spec.given(...scanned({ ...rescanned, ...scan })).when();
      return Object.fromEntries(
        (placementIn(spec) as { findings: { vulnerability: string; firstSeenAt: string }[] }).findings.map(
          ({ vulnerability, firstSeenAt }) => [vulnerability, firstSeenAt],
        ),
      );
    };
    const { vulnerability } = finding();
    expect(later({ findings: [finding(), finding({ vulnerability: 'CVE-2026-2' })] })).toEqual({
      [vulnerability]: '2026-11-24T09:15:03.000Z',
      'CVE-2026-2': '2026-11-25T09:15:03.000Z',
    });
    later({ verdict: 3, kind: 'scan', outcome: 'failed' });
    later({ verdict: 4, findings: [] });
    expect(later({ verdict: 5, findings: [finding({ fixedVersion: '4' })] })).toEqual({
      [vulnerability]: '2026-11-24T09:15:03.000Z',
    });
  });
});

describe('a rule', () => {
  const found = (...findings: ReturnType<typeof finding>[]) => {
    const spec = classifier().given(...scanned({ findings: findings.length > 0 ? findings : [finding()] }));
    spec.when();
    return spec;
  };

  it('that changes the outcome emits one event of its own', () => {
    const spec = found();
    const rule = ruled();
    expect(spec.givenConfig(rule).decide().events).toMatchObject([{ cause: { id: rule.id } }]);
    const [emitted] = emittedIn(spec.when());
    expect(emitted).toMatchObject({
      status: 'healthy',
      cause: 'rule',
      classification: 2,
      bySeverity: { High: 0 },
      fixable: 0,
      exempt: 1,
    });
    expect(emitted!.basis).toContain(`rule/no-fix/${rule.id}`);
    expect(spec.when()).toEqual([]);
  });

  it('is the cause by its own event, whichever rule came after it', () => {
    const elsewhere = (ruleId: string) => ruled({ ruleId, criteria: { vulnerabilities: ['CVE-1'] } });
    const [made, removed] = [ruled(), ruled({ removed: true })];
    const spec = found();
    spec.givenConfig(made).givenConfig(elsewhere('a'));
    expect(spec.decide().events).toMatchObject([{ cause: { id: made.id } }]);
    spec.when();
    spec.givenConfig(removed).givenConfig(elsewhere('b'));
    expect(spec.decide().events).toMatchObject([{ cause: { id: removed.id } }]);
  });

  it('that changes nothing emits nothing', () => {
    expect(
      found()
        .givenConfig(ruled({ criteria: { vulnerabilities: ['CVE-1'] } }))
        .when(),
    ).toEqual([]);
  });

  it('that is removed brings the findings back with their first sighting', () => {
    const spec = found();
    spec.givenConfig(ruled()).when();
    spec.now += 1000;
    expect(emittedIn(spec.givenConfig(ruled({ removed: true })).when())).toMatchObject([
      { status: 'unhealthy', cause: 'rule', classification: 3, ruled: [{ state: 'active', at: [0] }] },
    ]);
    expect(placementIn(spec)).toMatchObject({
      findings: [{ state: 'active', firstSeenAt: '2026-11-24T09:15:03.000Z' }],
    });
  });

  it('holds until it expires: it sets a wake time, and the findings come back then', () => {
    const spec = found().givenConfig(ruled({ expiresAt: '2026-11-24T10:00:00.000Z' }));
    expect(spec.decide().wakeAt).toBeGreaterThan(Date.parse('2026-11-24T10:00:00.000Z') - 1);
    spec.when();
    spec.now = Date.parse('2026-11-24T09:59:59.999Z');
    expect(spec.when()).toEqual([]);
    spec.now = spec.decide().wakeAt!;
    expect(spec.now).toBeLessThan(Date.parse('2026-11-24T10:00:01.000Z'));
    expect(emittedIn(spec.when())).toMatchObject([{ status: 'unhealthy', cause: 'rule' }]);
    expect(spec.decide().wakeAt).toBeUndefined();
  });

  it('does not come back for a host whose clock is behind, once it has expired for another', () => {
    const spec = found().givenConfig(ruled({ expiresAt: '2026-11-24T10:00:00.000Z' }));
    spec.when();
    spec.now = Date.parse('2026-11-24T10:00:00.001Z');
    expect(emittedIn(spec.when())).toMatchObject([{ status: 'unhealthy', cause: 'rule' }]);
    spec.now = Date.parse('2026-11-24T09:59:00.000Z');
    expect(spec.when()).toEqual([]);
    const [again] = emittedIn(spec.given(...scanned({ verdict: 2, findings: [finding()] })).when());
    expect(again).toMatchObject({ status: 'unhealthy', cause: 'scan' });
    // The event emitted by the slow clock must not take the time back either.
    expect(spec.when()).toEqual([]);
  });

  it('counts what it exempts apart from what is left', () => {
    const spec = classifier()
      .givenConfig(ruled())
      .given(...scanned({ findings: [finding(), finding({ vulnerability: 'CVE-2', severity: 'Low' })] }));
    expect(emittedIn(spec.when())).toMatchObject([
      { status: 'unhealthy', bySeverity: { High: 0, Low: 1 }, fixable: 1, exempt: 1 },
    ]);
  });

  it('with a lower id replaces the rule that a finding is exempt by, and is emitted', () => {
    const spec = found().givenConfig(ruled({ ruleId: 'b' }));
    spec.when();
    expect(emittedIn(spec.givenConfig(ruled({ ruleId: 'a' })).when())).toMatchObject([
      { ruled: [{ state: 'exempt', ruleId: 'a', at: [0] }], findings: [] },
    ]);
  });

  it('that expires wakes only an image in which it exempts something', () => {
    const expiresAt = '2026-11-24T10:00:00.000Z';
    const spec = found().givenConfig(ruled({ ruleId: 'b', expiresAt }));
    expect(spec.decide().wakeAt).toBe(Date.parse(expiresAt) + 1);
    spec.givenConfig(
      ruled({ ruleId: 'c', expiresAt: '2026-11-24T09:30:00.000Z' }),
      ruled({ ruleId: 'd', criteria: { vulnerabilities: ['CVE-1'] }, expiresAt: '2026-11-24T09:40:00.000Z' }),
    );
    expect(spec.decide().wakeAt).toBe(Date.parse(expiresAt) + 1);
    expect(found().givenConfig(ruled()).decide().wakeAt).toBeUndefined();
  });

  it('that exempts most findings is a change by their positions', () => {
    const spec = found(...many(50));
    spec.givenConfig(ruled({ criteria: { severityBelow: 'Critical' } }));
    expect(emittedIn(spec.when())).toMatchObject([
      {
        status: 'healthy',
        content: 'change',
        findings: [],
        ruled: [{ state: 'exempt', ruleId: 'no-fix', at: Array.from({ length: 50 }, (_, n) => n) }],
      },
    ]);
  });
});

describe('another mode', () => {
  const distroless = { packages: ['libc6'], findings: [finding()] };

  it('classifies a scan again, as a first assessment if the image was never assessed', () => {
    const spec = classifier().given(...scanned({ ...distroless, mode: 'classic' }));
    expect(emittedIn(spec.when())).toMatchObject([
      { verdict: 1, mode: 'classic', cause: 'scan', status: 'not-applicable', reason: 'no-package-manager' },
    ]);
    spec.now += 86_400_000;
    const join = { packages: ['libc6'], joinedScanId: scanExample.scanId };
    const [answer] = joined([finding()], { ...join, mode: 'extended', verdict: 2, scanId: 'second' });
    expect(spec.given(answer!).decide().events).toMatchObject([{ cause: causedBy(answer!) }]);
    expect(emittedIn(spec.when())).toMatchObject([
      {
        verdict: 2,
        classification: 1,
        mode: 'extended',
        cause: 'scan',
        status: 'unhealthy',
        scanId: 'second',
        content: 'change',
        findings: [],
      },
    ]);
    expect(placementIn(spec)).toMatchObject({ findings: [{ firstSeenAt: '2026-11-24T09:15:03.000Z' }] });
    expect(
      emittedIn(spec.given(...joined([finding()], { ...join, mode: 'classic', verdict: 3 })).when()),
    ).toMatchObject([{ verdict: 3, status: 'not-applicable' }]);
  });
});

describe('a recall of the scanner', () => {
  const recall = (of: string) =>
    eventOf(
      'operator.acted',
      recallOf(of),
      { command: 'recall', target: recallOf(of), by: 'ana', why: 'compromised', outcome: 'ordered' },
      { id: `recall of ${of}` },
    );
  const other = `sha256:${'e'.repeat(64)}`;

  it.each([
    ['unhealthy', [finding()]],
    ['healthy', []],
  ] as const)('takes back that an image is %s, at once and caused by the recall', (status, findings) => {
    const spec = classifier().given(...scanned({ findings: [...findings] }));
    expect(emittedIn(spec.when())).toMatchObject([{ status }]);
    expect(spec.givenConfig(recall(other)).when()).toEqual([]);
    const event = recall(scanExample.scanner.digest);
    expect(spec.givenConfig(event).decide().events).toMatchObject([{ cause: causedBy(event) }]);
    expect(emittedIn(spec.when())).toMatchObject([
      { status: 'undetermined', reason: 'scanner-recalled', cause: 'recall', classification: 2 },
    ]);
    expect(spec.when()).toEqual([]);
  });

  it('stops results of that scanner from counting until another scanner has run', () => {
    const spec = classifier()
      .givenConfig(recall(scanExample.scanner.digest))
      .given(...scanned());
    expect(emittedIn(spec.when())).toMatchObject([
      { status: 'undetermined', reason: 'scanner-recalled', cause: 'scan' },
    ]);
    expect(spec.given(...scanned({ verdict: 2, kind: 'rescan', outcome: 'failed' })).when()).toEqual([]);
    expect(
      emittedIn(
        spec
          .given(...scanned({ verdict: 3, kind: 'rescan', scanner: { ...scanExample.scanner, digest: other } }))
          .when(),
      ),
    ).toMatchObject([{ status: 'healthy', verdict: 3 }]);
  });
});

describe('a recall of a database', () => {
  const { database } = scanExample;
  const newer = { ...database, digest: `sha256:${'7'.repeat(64)}`, builtAt: '2026-11-25T00:00:00.000Z' };
  const acted = (of: string, outcome = 'ordered') => {
    const target = databaseRecallOf(of);
    const data = { command: 'recall', target, by: 'ana', why: 'it lacks Debian', outcome };
    return eventOf('operator.acted', target, data, { id: `${outcome}: recall of ${of}` });
  };
  const markOf = (of: Mark['data']['database'], announced: number) =>
    markAfter(undefined, {
      id: `mark ${announced}`,
      source: '/assay/sandbox-runner',
      time: '2026-11-25T01:00:00.000Z',
      sequence: `1.${announced}`,
      data: { scanner: 'trivy', database: of, announced, except: [] },
    });
  const assessed = (findings: readonly Finding[] = []) => {
    const [scan] = scanned({ findings: [...findings] });
    const spec = classifier().given({ ...scan!, sequence: '1.5' });
    spec.when();
    return spec;
  };
  const inShort = (spec: ReturnType<typeof assessed>) =>
    emittedIn(spec.when()).map(({ status, reason = '', cause }) => [status, reason, cause]);
  const inDoubt = ['undetermined', 'database-recalled', 'recall'];

  it.each([
    ['unhealthy', [finding()]],
    ['healthy', []],
  ] as const)('takes back that an image is %s by it, until a mark of another one covers the image', (status, found) => {
    const spec = assessed(found);
    expect(inShort(spec.givenConfig(acted(newer.digest)))).toEqual([]);
    const event = acted(database.digest);
    expect(spec.givenConfig(event).decide()).toMatchObject({ events: [{ cause: causedBy(event) }], awaitsMark: true });
    expect(inShort(spec)).toEqual([inDoubt]);
    expect(inShort(spec)).toEqual([]);
    spec.marks = { received: markOf({ ...newer, digest: `sha256:${'8'.repeat(64)}` }, 9) };
    expect(spec.decide().events).toMatchObject([{ cause: causedBy(event) }]);
    expect(inShort(spec)).toEqual([[status, '', 'scan']]);
    expect(spec.decide()).toEqual({ events: [], wakeAt: undefined });
    validated(definitionOf('finding.classified') as EventDefinition, spec.emitted.at(-1)!.data);
    expect(new Set(spec.emitted.map(({ id }) => id)).size).toBe(3);
  });

  it('takes back what rests on its mark, also if the result is by the one before', () => {
    const spec = assessed();
    spec.marks = { received: markOf(newer, 9) };
    expect(inShort(spec.givenConfig(acted(newer.digest)))).toEqual([inDoubt]);
    // The one before is announced again.
    spec.marks = { received: markOf(database, 10) };
    expect(inShort(spec)).toEqual([['healthy', '', 'scan']]);
  });

  it('leaves an image that a mark of another one covers since', () => {
    const spec = assessed();
    spec.marks = { received: markOf(newer, 9) };
    expect(inShort(spec.givenConfig(acted(database.digest)))).toEqual([]);
  });

  it('ends with a result by another one, and with an order to use it again', () => {
    const spec = assessed().givenConfig(acted(database.digest));
    expect(inShort(spec)).toEqual([inDoubt]);
    spec.given({ ...changed({ findings: [], removed: [] }, [], { database: newer })[0]!, sequence: '1.6' });
    expect(inShort(spec)).toEqual([['healthy', '', 'scan']]);
    const other = assessed().givenConfig(acted(database.digest));
    expect(inShort(other)).toEqual([inDoubt]);
    expect(inShort(other.givenConfig(acted(database.digest, 'withdrawn')))).toEqual([['healthy', '', 'scan']]);
  });

  it('is not the cause of what a rule changes meanwhile', () => {
    const spec = assessed([finding()]).givenConfig(acted(database.digest));
    expect(inShort(spec)).toEqual([inDoubt]);
    const rule = ruled({ criteria: { severityBelow: 'Critical' } });
    expect(spec.givenConfig(rule).decide()).toMatchObject({ events: [{ cause: causedBy(rule) }] });
    expect(inShort(spec)).toEqual([['undetermined', 'database-recalled', 'rule']]);
  });

  it('leaves a failure as it is, and awaits no mark for it', () => {
    const spec = classifier().given(...scanned({ outcome: 'failed', reason: 'gone' }));
    spec.when();
    expect(spec.givenConfig(acted(database.digest)).decide()).toEqual({ events: [], wakeAt: undefined });
  });

  it('lets a mark of it matter, and no other', () => {
    const { config } = classifier().givenConfig(acted(database.digest));
    const mark = { scanner: 'trivy', announced: 9, except: [] };
    expect([database, newer].map((of) => decider.markMatters!({ ...mark, database: of }, config))).toEqual([
      true,
      false,
    ]);
  });
});

describe('a reassessment', () => {
  const found = [finding(), ...many(3), finding({ vulnerability: 'CVE-2' })];
  const assessed = () => {
    const spec = classifier().given(...scanned({ findings: found }), ...joined(found, { repository: 'team/copy' }));
    spec.when();
    spec.now += 86_400_000;
    return spec;
  };
  const newer = { ...scanExample.database, digest: `sha256:${'7'.repeat(64)}`, builtAt: '2026-11-25T00:00:00.000Z' };

  it('changes each placement of the digest that was assessed, by the change alone', () => {
    const spec = assessed();
    const after = [...found.slice(0, -1), finding({ vulnerability: 'CVE-2', severity: 'Low' })];
    const [event] = changed(changeOf(canonical(found), after), after, { database: newer });
    expect(spec.given(event!).decide().events).toMatchObject([
      { cause: causedBy(event!) },
      { cause: causedBy(event!) },
    ]);
    const [first, second] = spec.emitted;
    expect(emittedIn(spec.when())).toMatchObject(
      [first!, second!].map((base) => ({
        repository: (base.data as FindingClassified).repository,
        verdict: 1,
        classification: 2,
        cause: 'rescan',
        database: newer,
        result: 2,
        content: 'change',
        base: { id: base.id, verdict: 1, classification: 1 },
        bySeverity: { High: 4, Low: 1 },
        findings: [{ vulnerability: 'CVE-2', severity: 'Low' }],
      })),
    );
    const [emitted] = emittedIn(spec.emitted.slice(-1));
    expect(emitted!.basis.slice(2)).toEqual([event!.id]);
    expect(['layers', 'removed', 'ruled'].filter((field) => field in emitted!)).toEqual([]);
    validated(definitionOf('finding.classified') as EventDefinition, emitted);
    expect(spec.when()).toEqual([]);
  });

  it('of the head alone is a change without findings', () => {
    const spec = assessed().given(
      ...changed({ findings: [], removed: [] }, found, { os: { ...scanExample.os!, endOfLife: true } }),
    );
    expect(emittedIn(spec.when())).toMatchObject([
      { content: 'change', findings: [], os: { endOfLife: true }, status: 'unhealthy' },
      { content: 'change', findings: [], os: { endOfLife: true }, status: 'unhealthy' },
    ]);
    expect(spec.when()).toEqual([]);
  });

  it('does not touch a placement whose last scan failed, and its scan does when it succeeds', () => {
    const spec = assessed().given(...scanned({ verdict: 2, outcome: 'failed', reason: 'gone' }));
    expect(emittedIn(spec.when())).toMatchObject([
      { verdict: 2, status: 'undetermined', content: 'set', findings: [], set: { count: 0 } },
    ]);
    const rest = found.slice(0, -1);
    spec.given(...changed(changeOf(canonical(found), rest), rest));
    expect(emittedIn(spec.when())).toMatchObject([{ repository: 'team/copy', content: 'change', removed: [0] }]);
    spec.given(...joined(rest, { verdict: 2, result: 2 }));
    expect(emittedIn(spec.when())).toMatchObject([
      { verdict: 2, classification: 2, cause: 'scan', content: 'set', status: 'unhealthy', result: 2 },
    ]);
  });

  it('by a fresh database is the first assessment of an image whose database was too old', () => {
    const old = { ...scanExample.database, builtAt: '2026-11-01T00:00:00.000Z' };
    const spec = classifier().given(...scanned({ database: old }));
    expect(emittedIn(spec.when())).toMatchObject([{ status: 'undetermined', reason: 'advisories-too-old' }]);
    spec.given(...changed({ findings: [], removed: [] }, [], { database: newer }));
    expect(emittedIn(spec.when())).toMatchObject([
      { status: 'healthy', classification: 2, cause: 'scan', content: 'change', findings: [], database: newer },
    ]);
    expect(spec.when()).toEqual([]);
  });

  it('by a join in another placement counts for one whose database was too old', () => {
    const old = { ...scanExample.database, builtAt: '2026-11-01T00:00:00.000Z' };
    const spec = classifier().given(...scanned({ database: old }));
    spec.when();
    const [event] = joined([], { repository: 'team/copy', database: newer });
    const drafts = spec.given(event!).decide().events;
    expect(drafts.map(({ cause }) => cause)).toEqual([causedBy(event!), causedBy(event!)]);
    expect(emittedIn(spec.when()).map(({ repository, status, cause }) => [repository, status, cause])).toEqual([
      ['team/copy', 'healthy', 'scan'],
      ['team/hello', 'healthy', 'scan'],
    ]);
  });
});

describe('a mark', () => {
  const newer = { ...scanExample.database, digest: `sha256:${'7'.repeat(64)}`, builtAt: '2026-11-25T00:00:00.000Z' };
  const mark = (sequence: string, data: Partial<Mark['data']> = {}): Mark => ({
    id: `mark at ${sequence}`,
    source: '/assay/sandbox-runner',
    time: '2026-11-25T01:00:00.000Z',
    sequence,
    data: { scanner: 'trivy', database: newer, announced: 7, except: [], ...data },
  });
  const placed = (sequence: string, event: AnyEvent) => ({ ...event, sequence });
  /** The database of the classification by a rule that is made behind the events and the mark. */
  const databaseOf = (received: Mark, ...events: AnyEvent[]) => {
    const spec = classifier().given(...events);
    spec.when();
    spec.marks = { received: markAfter(undefined, received) };
    const [emitted] = emittedIn(spec.givenConfig(ruled(), ruled({ ruleId: 'a' })).when());
    return emitted!.database;
  };
  const [scan] = scanned({ findings: [finding()] });

  it('behind the set gives it its database', () => {
    expect(databaseOf(mark('1.9'), placed('1.5', scan!))).toEqual(newer);
    expect(databaseOf(mark('2.1'), placed('1.5', scan!))).toEqual(newer);
  });

  it.each<[string, Mark]>([
    ['before the set', mark('1.4')],
    ['that excepts the digest', mark('1.9', { except: [{ digest, reason: 'pull-failed' }] })],
    ['of another scanner', mark('1.9', { scanner: 'other' })],
  ])('%s leaves it the database of its result', (_, received) => {
    expect(databaseOf(received, placed('1.5', scan!))).toEqual(scanExample.database);
  });

  it('stands before an answer that joins the result, with the database that this one states', () => {
    const oldest = { ...scanExample.database, digest: `sha256:${'6'.repeat(64)}` };
    const [join] = joined([finding()], { verdict: 2, database: oldest });
    expect(databaseOf(mark('1.9'), placed('1.5', scan!), placed('1.10', join!))).toEqual(oldest);
  });

  it('covers the set also if another placement failed behind it', () => {
    const [failed] = scanned({ repository: 'team/copy', outcome: 'failed' });
    expect(databaseOf(mark('1.9'), placed('1.5', scan!), placed('1.10', failed!))).toEqual(newer);
  });

  it('does not change a classification by itself, and is answered once', () => {
    const spec = classifier().given(placed('1.5', scan!));
    spec.when();
    const received = markAfter(undefined, mark('1.9'));
    spec.marks = { received };
    expect(spec.when()).toEqual([]);
    const due = { scanner: 'trivy', database: newer, announced: 7 };
    expect(decider.mark!({ config: spec.config, marks: { received } })).toEqual(due);
    const emitted = markAfter(undefined, { ...mark('1.3'), causationid: received.id });
    expect(decider.mark!({ config: spec.config, marks: { received, emitted } })).toBeUndefined();
    expect(decider.mark!({ config: spec.config, marks: {} })).toBeUndefined();
  });

  describe('whose answer does not cover the digest, although nothing of this placement is behind it,', () => {
    const received = markAfter(undefined, mark('1.9'));
    const answer = (data: Partial<Mark['data']>, before?: Marks['emitted']) =>
      markAfter(before, { ...mark('3.1', data), id: 'answer', causationid: received.id });
    const excepting = answer({ except: [{ digest, reason: 'unreadable' }] });
    const assessed = (findings: readonly Finding[] = []) => {
      const [event] = scanned({ findings: [...findings] });
      const spec = classifier().given(placed('1.5', event!));
      spec.when();
      return { spec, event: event! };
    };

    it.each([
      ['unhealthy', [finding()]],
      ['healthy', []],
    ] as const)(
      'gives an image that is %s its database by a classification without a change, once',
      (status, found) => {
        const { spec, event } = assessed(found);
        spec.marks = { received, emitted: excepting };
        expect(spec.decide().events).toMatchObject([{ cause: causedBy(event) }]);
        const [again] = spec.when();
        expect(emittedIn([again!])).toMatchObject([
          { status, cause: 'rescan', content: 'change', classification: 2, database: newer, findings: [] },
        ]);
        validated(definitionOf('finding.classified') as EventDefinition, again!.data);
        expect(spec.when()).toEqual([]);
      },
    );

    it('does so as well if another placement joined the result behind the mark, with its database', () => {
      const { spec } = assessed();
      spec.marks = { received, emitted: excepting };
      const [join] = joined([], { repository: 'team/copy', database: newer });
      const emitted = emittedIn(spec.given(placed('1.10', join!)).when());
      expect(emitted.map(({ repository, database }) => [repository, database])).toEqual([
        ['team/copy', newer],
        ['team/hello', newer],
      ]);
      expect(spec.when()).toEqual([]);
    });

    it('does so as well if an earlier answer covers it, and the database before that is announced again', () => {
      const { spec } = assessed();
      const back = markAfter(received, {
        ...mark('1.20', { database: scanExample.database, announced: 8 }),
        id: 'back',
      });
      const data = { database: scanExample.database, announced: 8, except: [{ digest, reason: 'unreadable' }] };
      spec.marks = {
        received: back,
        emitted: markAfter(answer({}), { ...mark('3.2', data), id: 'answer of back', causationid: back.id }),
      };
      expect(emittedIn(spec.when())).toMatchObject([{ status: 'healthy', database: scanExample.database }]);
    });

    it('does so as well if its last classification is behind the answer', () => {
      const { spec } = assessed();
      spec.marks = { received, emitted: markAfter(undefined, { ...mark('0.9'), causationid: received.id }) };
      expect(emittedIn(spec.when())).toMatchObject([{ status: 'healthy', database: newer }]);
      expect(spec.when()).toEqual([]);
    });

    it('does so before the answer, if something of another placement is behind the mark', () => {
      const { spec } = assessed();
      spec.marks = { received };
      expect(spec.when()).toEqual([]);
      spec.isBehindMark = true;
      expect(emittedIn(spec.when())).toMatchObject([{ status: 'healthy', database: newer }]);
      expect(spec.when()).toEqual([]);
    });

    it.each<[string, Marks]>([
      ['if the answer covers it after all', { received, emitted: answer({}) }],
      [
        'if the mark excepts it, too',
        { received: markAfter(undefined, mark('1.9', { except: [...excepting.except] })), emitted: excepting },
      ],
    ])('does not, %s', (_, marks) => {
      const { spec } = assessed();
      spec.marks = marks;
      expect(spec.when()).toEqual([]);
    });
  });
});

describe('a set', () => {
  const found = many(10);
  const layers = [`sha256:${'9'.repeat(64)}`];
  const spec = () => {
    const given = classifier().given(...scanned({ findings: found }));
    given.when();
    return given;
  };
  /** The set of a result with one more finding. */
  const next = (result: number, findings = [...found, ...many(result, { package: 'other' })]) =>
    reassessed(findings, { result });
  const contentOf = (given: ReturnType<typeof classifier>) => emittedIn(given.when()).map(({ content }) => content);

  it('is whole for a placement that was never classified', () => {
    const given = spec().given(...joined(found, { repository: 'team/copy' }));
    expect(emittedIn(given.when())).toMatchObject([
      { repository: 'team/copy', content: 'set', findings: { length: 10 } },
    ]);
  });

  it('is a change under another verdict, of which a tag may be the only difference', () => {
    expect(
      emittedIn(
        spec()
          .given(...joined(found, { verdict: 2 }))
          .when(),
      ),
    ).toMatchObject([
      { verdict: 2, classification: 1, content: 'change', base: { verdict: 1, classification: 1 }, findings: [] },
    ]);
  });

  it('is whole after a decline, also if the answer after it did not count', () => {
    const afterDecline = true;
    expect(contentOf(spec().given(...joined(found, { verdict: 3, afterDecline })))).toEqual(['set']);
    const given = spec().given(...scanned({ verdict: 3, kind: 'rescan', outcome: 'failed', afterDecline }));
    expect(contentOf(given)).toEqual([]);
    expect(contentOf(given.given(...joined(found, { verdict: 4 })))).toEqual(['set']);
    expect(contentOf(given.given(...joined(found, { verdict: 5 })))).toEqual(['change']);
  });

  it('is whole by another program, where something differs', () => {
    const given = spec();
    const [key, emitted] = Object.entries(given.state.emitted)[0]!;
    const last = emitted.last!;
    const basis = last.basis.map((each) => each.replace('classifier/', 'older/'));
    given.state = { ...given.state, emitted: { [key]: { ...emitted, last: { ...last, basis } } } };
    expect(contentOf(given)).toEqual([]);
    expect(contentOf(given.given(...joined(found, { verdict: 2 })))).toEqual(['set']);
  });

  it('is whole if the layers of the digest are others', () => {
    expect(
      emittedIn(
        spec()
          .given(...reassessed(found, { layers }))
          .when(),
      ),
    ).toMatchObject([{ content: 'set', layers }]);
  });

  it.each([
    ['half of its findings', 5, 'change'],
    ['more than half of them', 6, 'set'],
  ])('whose change is %s is a %s', (_, count, content) => {
    const findings = found.map((each, n) => (n < count ? { ...each, severity: 'Low' as const } : each));
    expect(contentOf(spec().given(...reassessed(findings)))).toEqual([content]);
  });

  it.each([
    ['at most half of what is left', 3, 'change'],
    ['more than half of what is left', 4, 'set'],
  ])('of which %s is removed is a %s', (_, count, content) => {
    expect(contentOf(spec().given(...reassessed(found.slice(count))))).toEqual([content]);
  });

  it('is whole if the positions of a change would take too much of each page', () => {
    const lots = Array.from({ length: 14_000 }, (_, n) => finding({ vulnerability: `CVE-${n}` }));
    const given = classifier().given(...scanned({ findings: lots }));
    given.when();
    given.givenConfig(ruled({ criteria: { severityBelow: 'Critical' } }));
    expect(new Set(contentOf(given))).toEqual(new Set(['set']));
  });

  it('is whole again after 64 changes', () => {
    const given = spec();
    const contents = Array.from({ length: 66 }, (_, n) =>
      contentOf(given.given(...next(n + 2, [...found, finding({ package: `p${n % 2}` })]))),
    );
    expect(
      contents
        .flat()
        .map((content, n) => (content === 'set' ? n : -1))
        .filter((n) => n >= 0),
    ).toEqual([64]);
  });
});

describe('a state', () => {
  it('is as large after two years of daily changes as after 90 days of them', () => {
    const spec = classifier().given(...scanned({ findings: many(5) }));
    spec.when();
    const sizes = Array.from({ length: 730 }, (_, day) => {
      spec.now += 86_400_000;
      const findings = [...many(5), finding({ vulnerability: `CVE-2027-${10_000 + day}` })];
      spec.given(...reassessed(findings, { result: day + 2 })).when();
      return JSON.stringify(spec.state).length;
    });
    expect(emittedIn(spec.emitted)).toHaveLength(731);
    expect(sizes.at(-1)! / sizes[90]!).toBeLessThan(1.1);
    expect(sizes[90]! / sizes[0]!).toBeGreaterThan(1.1);
  });
});

describe('a digest whose set is not known', () => {
  const whole = [finding({ vulnerability: 'CVE-1' }), finding({ vulnerability: 'CVE-2' })];
  const lost = () => {
    const spec = classifier().given(...scanned({ findings: [] }));
    expect(emittedIn(spec.when())).toMatchObject([{ status: 'healthy' }]);
    const event = changed({ findings: [], removed: [0] }, whole, { result: 3 });
    spec.given(...event);
    return { spec, event: event[0]! };
  };

  it('is undetermined at once, and never healthy by findings of before', () => {
    const { spec, event } = lost();
    const [classification, ...others] = spec.when();
    expect(emittedIn([classification!])).toMatchObject([
      { status: 'undetermined', reason: 'failed/result-lost', classification: 2, content: 'set', findings: [] },
    ]);
    expect([classification!.causationid, others, spec.when()]).toEqual([event.id, [], []]);
    const { basis, result } = classification!.data as FindingClassified;
    expect([basis.at(-1), result]).toEqual([event.id, undefined]);
  });

  it('is classified as a scan with its whole set, and counts what was answered meanwhile', () => {
    const { spec } = lost();
    spec.when();
    expect(emittedIn(spec.given(...joined(whole, { verdict: 2, result: 3 })).when())).toMatchObject([
      { verdict: 2, classification: 1, status: 'undetermined', reason: 'failed/result-lost' },
    ]);
    expect(emittedIn(spec.given(...reassessed(whole, { result: 4 })).when())).toMatchObject([
      { verdict: 2, classification: 2, status: 'unhealthy', result: 4, content: 'set', cause: 'scan' },
    ]);
    expect(spec.when()).toEqual([]);
  });

  it('has the reason of a failure where the scan failed', () => {
    const { spec } = lost();
    spec.when();
    const failed = scanned({ verdict: 2, outcome: 'failed', reason: 'gone' });
    expect(emittedIn(spec.given(...failed).when())).toMatchObject([{ status: 'undetermined', reason: 'failed/gone' }]);
  });

  it('is no failure of the program, in any order in which its parts are received', () => {
    const spec = classifier().given(...joined(whole, { result: 3 }));
    expect(emittedIn(spec.when())).toMatchObject([{ reason: 'failed/result-lost', cause: 'scan' }]);
  });
});
