import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noFindings, severities, type BySeverity } from '@assay/events';
import { obstacles, type Evidence } from '@assay/verdict';
import { asOf, decisions, gate, rulingAt, tolerances, type GatedPlacement, type Tolerance } from './gate.ts';

const day = (date: string): number => Date.parse(`2026-${date}T09:00:00Z`);
const evidence: Evidence = {
  outcome: 'succeeded',
  recalled: false,
  mode: 'classic',
  os: { family: 'debian', version: '13.0', endOfLife: false },
  system: { count: 78, packageManager: true, shell: true },
  witness: { unread: [], disagreements: [] },
  database: { builtAt: '2026-11-24T00:00:00Z', demonstration: false },
  evaluatedMs: day('11-24'),
  stale: false,
  parked: false,
};
const system = { family: 'debian', version: '13.0', endOfLife: false };
const place = (changes: Partial<GatedPlacement> = {}): GatedPlacement => ({
  status: 'unhealthy',
  deleted: false,
  findings: noFindings(),
  evidence,
  ...changes,
});
const with_ = (findings: Partial<BySeverity>, changes: Partial<GatedPlacement> = {}): GatedPlacement =>
  place({ findings: { ...noFindings(), ...findings }, ...changes });
const healthy = place({ status: 'healthy' });
const disagreeing = (what: string): Partial<Evidence> => ({
  witness: {
    unread: [],
    disagreements: [{ what, path: 'var/lib/dpkg/status', scanner: 78, witness: 79, examples: ['libssl3'] }],
  },
});
const ruled = (one: GatedPlacement, maxSeverity: Tolerance = 'none') => {
  const { decision, reason } = rulingAt(one, maxSeverity);
  return `${decision}: ${reason}`;
};

describe('the gate', () => {
  it('lets a healthy image through at every tolerance', () => {
    for (const tolerance of tolerances) expect(ruled(healthy, tolerance)).toBe('allow: no-findings');
  });

  it.each<[Partial<GatedPlacement>, string]>([
    [{ status: 'queued' }, 'in-progress'],
    [{ status: 'scanning' }, 'in-progress'],
    [{ status: 'undetermined', reason: 'overdue' }, 'undetermined/overdue'],
    [{ status: 'undetermined', reason: 'stale' }, 'undetermined/stale'],
    [{ status: 'undetermined' }, 'undetermined'],
    [{ status: 'undetermined', reason: 'failed/bad-manifest' }, 'undetermined/failed/bad-manifest'],
    [{ status: 'undetermined', reason: 'parked' }, 'undetermined/parked'],
    [{ status: 'not-applicable', reason: 'plan-disabled' }, 'not-applicable/plan-disabled'],
    [{ status: 'not-applicable', reason: 'windows-image' }, 'not-applicable/windows-image'],
    [
      { status: 'not-applicable', reason: 'no-package-manager', findings: { ...noFindings(), Low: 1 } },
      'not-applicable/no-package-manager',
    ],
  ])('answers unknown for %o', (changes, reason) => {
    for (const tolerance of tolerances) expect(ruled(place(changes), tolerance)).toBe(`unknown: ${reason}`);
  });

  it('names the day of the database if its age is the reason', () => {
    const day = evidence.database.builtAt.slice(0, 10);
    const one = with_({ Low: 1 }, { evidence: { ...evidence, stale: true } });
    expect(rulingAt(one, 'low').message).toBe(
      `No finding is above low, but that proves nothing: stale (the vulnerability database is of ${day}).`,
    );
    expect(
      rulingAt({ ...place(), status: 'undetermined', reason: 'advisories-too-old', evidence }, 'low').message,
    ).toBe(`The image is undetermined: advisories-too-old (the vulnerability database is of ${day}).`);
    expect(rulingAt({ ...place(), status: 'undetermined', reason: 'parked', evidence }, 'low').message).toBe(
      'The image is undetermined: parked.',
    );
  });

  it('denies findings above the tolerance and counts them', () => {
    const messageAt = (tolerance: Tolerance) => rulingAt(with_({ Critical: 1, High: 2, Low: 3 }), tolerance).message;
    expect(tolerances.map((tolerance) => ruled(with_({ High: 2, Low: 3 }), tolerance))).toEqual([
      'deny: findings-above',
      'deny: findings-above',
      'deny: findings-above',
      'allow: findings-tolerated',
      'allow: findings-tolerated',
    ]);
    expect(messageAt('none')).toContain('1 critical, 2 high, 3 low');
    expect(messageAt('medium')).toContain('1 critical, 2 high (allowed: medium)');
    expect(tolerances.map((tolerance) => ruled(with_({ Medium: 1 }), tolerance).split(':')[0])).toEqual([
      'deny',
      'deny',
      'allow',
      'allow',
      'allow',
    ]);
  });

  it('does not let an unrated severity through, unless critical may pass', () => {
    expect(tolerances.map((tolerance) => ruled(with_({ Unknown: 1 }), tolerance))).toEqual([
      'deny: findings-above',
      'unknown: severity-unknown',
      'unknown: severity-unknown',
      'unknown: severity-unknown',
      'allow: findings-tolerated',
    ]);
    expect(ruled(with_({ Unknown: 1, High: 1 }), 'medium')).toBe('deny: findings-above');
  });

  it('does not count exempt findings', () =>
    expect(ruled(with_({}, { status: 'healthy' }))).toBe('allow: no-findings'));

  it('answers unknown while findings are incomplete', () => {
    const { findings: _, ...without } = place();
    expect(ruled(without, 'critical')).toBe('unknown: findings-incomplete');
    const { evidence: __, ...bare } = healthy;
    expect(ruled(bare)).toBe('unknown: findings-incomplete');
  });

  it.each<[Partial<Evidence>, string | undefined]>([
    [{ os: { family: 'debian', version: '10', endOfLife: true } }, 'operating-system-end-of-life'],
    [{ os: { family: 'debian', version: '99', endOfLife: false, known: false } }, 'operating-system-not-supported'],
    [{ os: { family: 'debian', version: '', endOfLife: false } }, 'operating-system-not-supported'],
    [{ stale: true }, 'stale'],
    [{ parked: true }, 'parked'],
    [{ evaluatedMs: day('12-02') }, 'advisories-too-old'],
    [{ evaluatedMs: Number.NaN }, 'advisories-too-old'],
    [{ database: { ...evidence.database, covers: ['debian 12', 'debian 1'] } }, 'advisories-missing'],
    [{ database: { ...evidence.database, covers: ['debian 13'] } }, undefined],
    [{ uncovered: { system: 'debian 13' } }, 'advisories-missing'],
    [{ mode: 'extended', uncovered: { languages: ['node-pkg'] } }, 'advisories-missing'],
    [{ mode: 'classic', uncovered: { languages: ['node-pkg'] } }, undefined],
    [{ uncovered: { unsourced: ['conda-pkg'] } }, undefined],
    [{ database: { ...evidence.database, demonstration: true }, evaluatedMs: day('12-31'), stale: true }, undefined],
  ])('tolerates findings only on evidence that no worse findings were missed: %o', (changes, doubt) => {
    const one = with_({ Low: 1 }, { evidence: { ...evidence, ...changes } });
    expect(ruled(one, 'low')).toBe(
      doubt === undefined ? 'allow: findings-tolerated' : `unknown: undetermined/${doubt}`,
    );
    expect(ruled(one, 'none')).toBe('deny: findings-above');
  });

  // One evidence for each row of the list, in order: it meets that row and no row above it.
  const doubtful: readonly Partial<Evidence>[] = [
    { outcome: 'timed-out' },
    { outcome: 'failed', failure: 'gone' },
    { recalled: true },
    { databaseRecalled: true },
    { parked: true },
    { os: { family: 'none', version: '', endOfLife: false } },
    { os: { ...system, family: 'totallynotalinux' } },
    { system: { count: 0, packageManager: false, shell: false } },
    { system: { count: 36, packageManager: false, shell: true } },
    { system: { count: 36, packageManager: true, shell: false } },
    { os: { ...system, known: false } },
    { warnings: ['packages-unreadable'] },
    { witness: undefined as never },
    { witness: { unread: [{ path: 'var/lib/rpm/Packages', reason: 'berkeley-db' }], disagreements: [] } },
    disagreeing('no-database'),
    disagreeing('system'),
    disagreeing('packages'),
    { os: { ...system, endOfLife: true } },
    { database: { ...evidence.database, covers: ['debian 12'] } },
    { evaluatedMs: day('12-02') },
    { stale: true },
  ];

  it('has one case for each obstacle to healthy', () => {
    expect(doubtful.map((changes) => obstacles.findIndex(({ when }) => when({ ...evidence, ...changes })))).toEqual(
      obstacles.map((_, at) => at),
    );
  });

  it.each(doubtful)('allows no image with one tolerated finding and %o', (changes) => {
    for (const tolerance of tolerances)
      expect(rulingAt(with_({ Low: 1 }, { evidence: { ...evidence, ...changes } }), tolerance).decision).not.toBe(
        'allow',
      );
    expect(ruled(with_({ Low: 1 }), 'low')).toBe('allow: findings-tolerated');
  });

  it('does not believe an older release that an image is healthy without a witness', () => {
    const { witness: _, ...unwitnessed } = evidence;
    expect(ruled({ ...healthy, evidence: unwitnessed }, 'critical')).toBe('unknown: undetermined/not-witnessed');
  });

  it("allows no image with a tolerated finding when its system's contents are unknown", () => {
    const { system: _, ...withoutSystem } = evidence;
    for (const mode of ['classic', 'extended'] as const)
      expect(ruled(with_({ Low: 1 }, { evidence: { ...withoutSystem, mode } }), 'low')).toBe(
        'unknown: undetermined/no-packages',
      );
  });

  it('lets distroless with tolerated findings pass in extended mode, where no shell is required', () => {
    const distroless: Evidence = { ...evidence, system: { count: 36, packageManager: false, shell: false } };
    expect(ruled(with_({ Low: 1 }, { evidence: { ...distroless, mode: 'extended' } }), 'low')).toBe(
      'allow: findings-tolerated',
    );
    expect(ruled(with_({ Low: 1 }, { evidence: distroless }), 'low')).toBe('unknown: undetermined/no-package-manager');
  });

  it('allows no image that may be another than its index claims, and still denies it by its findings', () => {
    const unclear = { unclear: 'platform-unclear' };
    expect([ruled(with_({ Low: 1 }, unclear), 'low'), ruled(with_({ Low: 1 }, unclear))]).toEqual([
      'unknown: undetermined/platform-unclear',
      'deny: findings-above',
    ]);
    expect(ruled({ ...healthy, ...unclear })).toBe('unknown: undetermined/platform-unclear');
  });

  it('follows the strictest of several places', () => {
    const [bad, open, off] = [
      with_({ High: 1 }),
      place({ status: 'scanning' }),
      place({ status: 'not-applicable', reason: 'plan-disabled' }),
    ];
    const decided = (...places: GatedPlacement[]) => {
      const { decision, reason, pending } = gate(places, 'none');
      return `${decision}: ${reason}${pending ? ', for now' : ''}`;
    };
    expect(decided(healthy, bad)).toBe('deny: findings-above');
    expect(decided(healthy, off)).toBe('unknown: not-applicable/plan-disabled');
    expect(decided(healthy, open)).toBe('unknown: in-progress, for now');
    expect(decided(off, open)).toBe('unknown: not-applicable/plan-disabled, for now');
    expect(decided(open, off, bad)).toBe('deny: findings-above');
    expect(decided(healthy, healthy)).toBe('allow: no-findings');
    expect(decided()).toBe('unknown: not-known, for now');
  });

  it('looks at a deleted placement only if no other placement exists', () => {
    const gone = place({ status: 'not-applicable', reason: 'image-deleted', deleted: true });
    expect(gate([gone, healthy], 'none')).toMatchObject({ decision: 'allow', places: [{ status: 'healthy' }] });
    expect(gate([gone], 'none')).toMatchObject({
      decision: 'unknown',
      reason: 'not-applicable/image-deleted',
      pending: false,
    });
  });

  it('allows nothing when later changes are unknown', () => {
    expect(asOf(gate([healthy], 'none'), 'noon')).toMatchObject({
      decision: 'unknown',
      reason: 'cut-off',
      pending: true,
    });
    expect(asOf(gate([with_({ Low: 1 })], 'none'), 'noon')).toMatchObject({
      decision: 'deny',
      reason: 'findings-above',
    });
  });

  const anyPlace: fc.Arbitrary<GatedPlacement> = fc.record({
    status: fc.constantFrom('queued', 'scanning', 'healthy', 'unhealthy', 'not-applicable', 'undetermined'),
    deleted: fc.boolean(),
    findings: fc.record(
      Object.fromEntries(severities.map((severity) => [severity, fc.nat({ max: 2 })])) as Record<
        keyof BySeverity,
        fc.Arbitrary<number>
      >,
    ),
    evidence: fc.record({
      ...Object.fromEntries(Object.entries(evidence).map(([key, value]) => [key, fc.constant(value)])),
      stale: fc.boolean(),
    }) as unknown as fc.Arbitrary<Evidence>,
  }) as fc.Arbitrary<GatedPlacement>;

  it('is never laxer with one more place, nor stricter with more tolerance', () => {
    const rank = (places: readonly GatedPlacement[], tolerance: Tolerance): number =>
      decisions.indexOf(gate(places, tolerance).decision);
    fc.assert(
      fc.property(
        fc.array(
          anyPlace.map((one) => ({ ...one, deleted: false })),
          { minLength: 1, maxLength: 4 },
        ),
        anyPlace,
        fc.constantFrom(...tolerances),
        (places, another, tolerance) => {
          expect(rank([...places, another], tolerance)).toBeLessThanOrEqual(rank(places, tolerance));
          expect(rank(places, tolerance)).toBeLessThanOrEqual(rank(places, 'critical'));
        },
      ),
    );
  });

  it('allows only what was scanned everywhere', () => {
    fc.assert(
      fc.property(fc.array(anyPlace, { maxLength: 4 }), fc.constantFrom(...tolerances), (places, tolerance) => {
        const { decision, places: looked } = gate(places, tolerance);
        if (decision === 'allow')
          expect(looked.length > 0 && looked.every(({ status }) => ['healthy', 'unhealthy'].includes(status))).toBe(
            true,
          );
      }),
    );
  });
});
