import { describe, expect, it } from 'vitest';
import {
  definitionOf,
  derivedId,
  recallOf,
  validated,
  type AssayEvent,
  type EventDefinition,
  type FindingClassified,
} from '@assay/events';
import { DeciderSpec, causedBy, eventOf } from '@assay/testing';
import {
  agreeing,
  digest,
  finding,
  findingExample,
  registryId,
  ruled,
  emittedIn,
  scanExample,
  scanned,
  smallPages,
} from '../../test/fixtures.ts';
import { decider } from './decider.ts';
import { evolveEmitted } from './folds.ts';

const classifier = () => new DeciderSpec(decider, digest);
const many = (count: number) =>
  Array.from({ length: count }, (_, n) => finding({ vulnerability: `CVE-2026-${1000 + n}` }));

describe('a completed scan', () => {
  it('becomes a status with everything that its contract requires', () => {
    const [scan] = scanned({ findings: [finding()] });
    const spec = classifier().given(scan!);
    expect(spec.decide().events).toMatchObject([{ cause: causedBy(scan!) }]);
    const [emitted] = emittedIn(spec.when());
    validated(definitionOf('finding.classified') as EventDefinition, emitted);
    expect(emitted).toMatchObject({
      status: 'unhealthy',
      classification: 1,
      cause: 'scan',
      basis: ['classifier/3', scan!.id],
      bySeverity: { Critical: 0, High: 1, Medium: 0, Low: 0, Unknown: 0 },
      fixable: 1,
      exempt: 0,
      mode: 'classic',
      driver: scanExample.driver,
      findings: [
        {
          ...findingExample,
          state: 'active',
          severityRule: 'scanner',
          firstSeenAt: '2026-11-24T09:15:03.000Z',
          findingId: derivedId(
            'finding',
            registryId.toLowerCase(),
            scanExample.repository,
            digest,
            findingExample.vulnerability,
            findingExample.package,
            findingExample.installedVersion,
          ),
          remediation: 'Upgrade libssl3 from 3.5.1-1 to 3.5.1-1+deb13u1 or later, rebuild the image and push it again.',
        },
      ],
    });
  });

  it('received twice changes nothing', () => {
    const scan = scanned({ findings: many(5) }, smallPages);
    const spec = classifier().given(...scan);
    expect(spec.when().length).toBeGreaterThan(0);
    expect(spec.when()).toEqual([]);
    expect(spec.given(...scan).when()).toEqual([]);
  });

  it('that an older program classified without its witness is classified again, once', () => {
    const spec = classifier().given(...scanned({ findings: [finding()], warnings: ['packages-unreadable'] }));
    const [first] = spec.when() as AssayEvent<'finding.classified'>[];
    expect(first!.data).toMatchObject({ witness: agreeing, warnings: ['packages-unreadable'] });
    const { witness: _witness, warnings: _warnings, ...older } = first!.data;
    spec.state = { ...spec.state, emitted: evolveEmitted({}, { ...first!, data: older }) };
    expect(emittedIn(spec.when())).toMatchObject([{ status: 'unhealthy', classification: 2, witness: agreeing }]);
    expect(spec.when()).toEqual([]);
  });

  it('that is joined to another counts like a scan of its own', () => {
    const spec = classifier().given(...scanned({ findings: [finding()] }));
    spec.when();
    expect(
      emittedIn(spec.given(...scanned({ verdict: 2, joinedScanId: scanExample.scanId, findings: [finding()] })).when()),
    ).toMatchObject([{ verdict: 2, classification: 1, cause: 'scan', status: 'unhealthy' }]);
  });

  it('that is late replaces the time-out emitted before', () => {
    const spec = classifier().given(...scanned({ outcome: 'timed-out', packages: [] }));
    expect(emittedIn(spec.when())).toMatchObject([{ status: 'undetermined', reason: 'timed-out', classification: 1 }]);
    expect(emittedIn(spec.given(...scanned()).when())).toMatchObject([
      { status: 'healthy', classification: 2, cause: 'scan' },
    ]);
  });

  it('of an earlier verdict changes nothing', () => {
    const spec = classifier().given(...scanned({ verdict: 2 }));
    spec.when();
    expect(spec.given(...scanned({ verdict: 1, findings: [finding()] })).when()).toEqual([]);
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
    expect(one!.findings[0]!.findingId).not.toBe(other!.findings[0]!.findingId);
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

  it('of an incomplete classification keep their first sightings', () => {
    const big = Array.from({ length: 60 }, (_, n) =>
      finding({ vulnerability: `CVE-2026-${n}`, description: 'x'.repeat(10_000) }),
    );
    const spec = classifier().given(...scanned({ findings: big }));
    const [first] = spec.when();
    spec.state = { ...spec.state, emitted: decider.evolveEmitted(decider.empty().emitted, first!) };
    spec.now += 86_400_000;
    const emittedCount = (first!.data as FindingClassified).findings.length;
    const again = emittedIn(spec.when()).flatMap(({ findings }) =>
      findings.map(({ firstSeenAt }) => firstSeenAt.slice(0, 10)),
    );
    expect([emittedCount > 0, again.filter((day) => day === '2026-11-24').length, again.length]).toEqual([
      true,
      emittedCount,
      60,
    ]);
    expect(Object.values(spec.state.emitted)[0]!.firstSeenAt).toEqual(
      Object.fromEntries(
        Object.keys(Object.values(spec.state.emitted)[0]!.findings).map((id, at) => [
          id,
          expect.stringContaining(at < emittedCount ? '2026-11-24' : '2026-11-25'),
        ]),
      ),
    );
  });

  it('of an incomplete classification count as not emitted', () => {
    const big = Array.from({ length: 60 }, (_, n) =>
      finding({ vulnerability: `CVE-2026-${n}`, description: 'x'.repeat(10_000) }),
    );
    const spec = classifier().given(...scanned({ findings: big }));
    const emitted = spec.when();
    expect(emitted.length).toBeGreaterThan(1);
    spec.state = {
      ...spec.state,
      emitted: emitted
        .slice(0, -1)
        .reduce((state, event) => decider.evolveEmitted(state, event), decider.empty().emitted),
    };
    const again = emittedIn(spec.when());
    expect(again).toHaveLength(emitted.length);
    expect(again[0]).toMatchObject({ cause: 'scan', classification: 2 });
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
    expect(spec.given(...scanned({ ...rescanned, outcome, packages: [] })).when()).toEqual([]);
    expect(spec.givenConfig(ruled()).when()).toEqual([]);
    expect(emittedIn(spec.given(...scanned({ ...rescanned, verdict: 3, findings: [finding()] })).when())).toHaveLength(
      1,
    );
  });

  it('keeps names and first sightings of findings, also of those that were gone in between', () => {
    const spec = classifier().given(...scanned({ findings: [finding()] }));
    const [first] = emittedIn(spec.when());
    const later = (scan: object) => {
      spec.now += 86_400_000;
      return emittedIn(spec.given(...scanned({ ...rescanned, ...scan })).when())[0]!;
    };
    const second = later({ findings: [finding(), finding({ vulnerability: 'CVE-2026-2' })] });
    expect(second.findings.map(({ findingId, firstSeenAt }) => [findingId, firstSeenAt])).toEqual([
      [first!.findings[0]!.findingId, '2026-11-24T09:15:03.000Z'],
      [expect.any(String), '2026-11-25T09:15:03.000Z'],
    ]);
    later({ verdict: 3, kind: 'scan', outcome: 'failed', packages: [] });
    later({ verdict: 4, findings: [] });
    expect(later({ verdict: 5, findings: [finding({ fixedVersion: '4' })] }).findings).toMatchObject([
      { findingId: first!.findings[0]!.findingId, firstSeenAt: '2026-11-24T09:15:03.000Z' },
    ]);
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
      {
        status: 'unhealthy',
        cause: 'rule',
        classification: 3,
        findings: [{ state: 'active', firstSeenAt: '2026-11-24T09:15:03.000Z' }],
      },
    ]);
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
    expect(emittedIn(spec.givenConfig(ruled({ ruleId: 'a' })).when())).toMatchObject([{ findings: [{ ruleId: 'a' }] }]);
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
    const [joined] = scanned({
      ...distroless,
      mode: 'extended',
      verdict: 2,
      scanId: 'second',
      joinedScanId: scanExample.scanId,
    });
    expect(spec.given(joined!).decide().events).toMatchObject([{ cause: causedBy(joined!) }]);
    expect(emittedIn(spec.when())).toMatchObject([
      {
        verdict: 2,
        classification: 1,
        mode: 'extended',
        cause: 'scan',
        status: 'unhealthy',
        scanId: 'second',
        findings: [{ firstSeenAt: '2026-11-24T09:15:03.000Z' }],
      },
    ]);
    expect(
      emittedIn(
        spec.given(...scanned({ ...distroless, mode: 'classic', verdict: 3, joinedScanId: scanExample.scanId })).when(),
      ),
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
    expect(spec.given(...scanned({ verdict: 2, kind: 'rescan', outcome: 'failed', packages: [] })).when()).toEqual([]);
    expect(
      emittedIn(
        spec
          .given(...scanned({ verdict: 3, kind: 'rescan', scanner: { ...scanExample.scanner, digest: other } }))
          .when(),
      ),
    ).toMatchObject([{ status: 'healthy', verdict: 3 }]);
  });
});
