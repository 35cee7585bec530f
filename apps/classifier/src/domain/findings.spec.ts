import { describe, expect, it } from 'vitest';
import { derivedId, noFindings, type ClassifiedFinding, type RuleChanged, type ScannedFinding } from '@assay/events';
import { causedBy } from '@assay/testing';
import {
  digest,
  finding,
  findingExample,
  registryId,
  ruled,
  scanExample,
  subscriptionId,
} from '../../test/fixtures.ts';
import { classified, counted, findingIdOf, remediationOf, rulesFor } from './findings.ts';
import type { Config, HeldRule, ScanHead } from './state.ts';

const head: ScanHead = scanExample;
const seen = '2026-11-24T09:15:03.000Z';
const now = Date.parse(seen);
const { fixedVersion: _fixed, ...unfixed } = finding();

const held = (data: Parameters<typeof ruled>[0] = {}): HeldRule => {
  const event = ruled(data);
  return { rule: event.data as RuleChanged, cause: causedBy(event) };
};
/** The classification of findings under rules. */
const of = (findings: ScannedFinding[], rules: HeldRule[] = [], scan = head): ClassifiedFinding[] =>
  classified(findings, scan, rules, () => seen);

describe('a classified finding', () => {
  it('a finding keeps what was scanned, and gains its id, its state, its remedy and its first sighting', () => {
    expect(of([finding()])).toEqual([
      {
        ...findingExample,
        findingId: findingIdOf(head, findingExample),
        severity: 'High',
        severityRule: 'scanner',
        state: 'active',
        remediation: 'Upgrade libssl3 from 3.5.1-1 to 3.5.1-1+deb13u1 or later, rebuild the image and push it again.',
        firstSeenAt: seen,
      },
    ]);
  });

  it('no findings are classified as none', () => {
    expect(of([])).toEqual([]);
  });

  it('a finding without any rating is unrated, and its severity unknown', () => {
    expect(of([finding({ severity: 'Unknown', ratings: [] })])).toMatchObject([
      { severity: 'Unknown', severityRule: 'unrated', state: 'active' },
    ]);
  });

  it('the first sighting is asked for by the id of the finding', () => {
    const [one, other] = [finding(), finding({ vulnerability: 'CVE-2' })];
    const days = { [findingIdOf(head, other)]: '2026-01-01T00:00:00.000Z' };
    expect(classified([one, other], head, [], (id) => days[id] ?? seen).map(({ firstSeenAt }) => firstSeenAt)).toEqual([
      seen,
      '2026-01-01T00:00:00.000Z',
    ]);
  });

  it('findings of one package, version and vulnerability are one, in the order of the first of each', () => {
    const findings = of([
      finding({ path: 'a.jar' }),
      finding({ installedVersion: '2' }),
      finding({ path: 'b.jar' }),
      finding({ package: 'other' }),
      finding({ vulnerability: 'CVE-2' }),
    ]);
    expect(
      findings.map(({ package: name, installedVersion, vulnerability, path }) => [
        name,
        installedVersion,
        vulnerability,
        path,
      ]),
    ).toEqual([
      ['libssl3', '3.5.1-1', 'CVE-2026-1967', 'a.jar'],
      ['libssl3', '2', 'CVE-2026-1967', undefined],
      ['other', '3.5.1-1', 'CVE-2026-1967', undefined],
      ['libssl3', '3.5.1-1', 'CVE-2', undefined],
    ]);
  });
});

describe('the ratings of one finding at many paths', () => {
  const rated = (source: string, score?: number) =>
    finding({ ratings: [{ source, severity: 'Low', ...(score === undefined ? {} : { score }) }] });
  const ratingsOf = (findings: ScannedFinding[]) => of(findings)[0]!.ratings;
  const bytesOf = (findings: ScannedFinding[]) =>
    ratingsOf(findings).reduce((sum, rating) => sum + JSON.stringify(rating).length, 0);
  /** A rating of 16 KiB: four of them are all that an event holds. */
  const large = (name: string, score?: number, bytes = 16 * 1024) => {
    const { length } = JSON.stringify(rated(name, score).ratings[0]);
    return rated(name + 'x'.repeat(bytes - length), score);
  };

  it('what each path is rated is kept, each once and in order', () => {
    const [one, other] = [rated('a', 9), rated('b', 1)];
    expect(ratingsOf([one, other, one])).toEqual([...one.ratings, ...other.ratings]);
    expect(ratingsOf([other, one, other])).toEqual([...other.ratings, ...one.ratings]);
  });

  it('two ratings of one source that differ are both kept', () => {
    expect(ratingsOf([rated('a', 9), rated('a', 1), rated('a')]).map(({ score }) => score)).toEqual([9, 1, undefined]);
  });

  it('ratings of 64 KiB are all kept, in order', () => {
    const all = [large('a', 1), large('b', 2), large('c'), large('d', 4)];
    expect(bytesOf(all)).toBe(64 * 1024);
    expect(ratingsOf(all)).toEqual(all.flatMap(({ ratings }) => ratings));
  });

  it('ratings of one byte more lose the lowest score, and are in the order of their scores', () => {
    const all = [large('a', 1), large('b', 2), large('c'), large('d', 4, 16 * 1024 + 1)];
    expect(ratingsOf(all).map(({ score }) => score)).toEqual([4, 2, 1]);
  });

  it('ratings without a score are left out before any with one', () => {
    const all = [large('a'), large('b'), large('c'), large('d'), large('e', 0)];
    expect(ratingsOf(all).map(({ source }) => source[0])).toEqual(['e', 'a', 'b', 'c']);
  });

  it('a rating that is larger than an event may hold is kept where it has the highest score', () => {
    const all = [large('a', 1), large('b', 9, 100 * 1024)];
    expect(ratingsOf(all).map(({ score }) => score)).toEqual([9]);
  });

  it('twenty thousand paths are a finding that a broker takes, with its worst score', () => {
    const paths = Array.from({ length: 20_000 }, (_, n) => rated(`source-${n}`, n === 7_000 ? 9.8 : 1));
    const findings = of(paths);
    expect(findings).toHaveLength(1);
    expect(findings[0]!.ratings[0]).toEqual({ source: 'source-7000', severity: 'Low', score: 9.8 });
    expect(Buffer.byteLength(JSON.stringify(findings))).toBeLessThan(256 * 1024);
  });
});

describe('the id of a finding', () => {
  const id = findingIdOf(head, finding());

  it('the id of a finding is made of its place, its vulnerability and its package', () => {
    expect(id).toBe(
      derivedId(
        'finding',
        registryId.toLowerCase(),
        scanExample.repository,
        digest,
        'CVE-2026-1967',
        'libssl3',
        '3.5.1-1',
      ),
    );
  });

  it.each<[string, Partial<ScanHead>, Partial<ScannedFinding>]>([
    ['registry', { registryId: `${registryId}2` }, {}],
    ['repository', { repository: 'team/copy' }, {}],
    ['digest', { digest: `sha256:${'f'.repeat(64)}` }, {}],
    ['vulnerability', {}, { vulnerability: 'CVE-2' }],
    ['package', {}, { package: 'other' }],
    ['installed version', {}, { installedVersion: '2' }],
  ])('another %s makes another id', (_, place, data) => {
    expect(findingIdOf({ ...head, ...place }, finding(data))).not.toBe(id);
  });

  it.each<[string, Partial<ScanHead>, Partial<ScannedFinding>]>([
    ['scan', { scanId: 'another', verdict: 9, kind: 'rescan' }, {}],
    ['case of the registry id', { registryId: registryId.toUpperCase() }, {}],
    ['path', {}, { path: 'a.jar' }],
    ['severity', {}, { severity: 'Low', ratings: [] }],
    ['fixed version', {}, { fixedVersion: '4' }],
  ])('another %s makes the same id', (_, place, data) => {
    expect(findingIdOf({ ...head, ...place }, finding(data))).toBe(id);
  });
});

describe('the remedy of a finding', () => {
  it('a finding with a fix names the version that has it', () => {
    expect(remediationOf(finding({ package: 'zlib', installedVersion: '1', fixedVersion: '2' }))).toBe(
      'Upgrade zlib from 1 to 2 or later, rebuild the image and push it again.',
    );
  });

  it.each<[string, ScannedFinding]>([
    ['without a fix', unfixed],
    ['with an empty fix', finding({ fixedVersion: '' })],
  ])('a finding %s names none', (_, given) => {
    expect(remediationOf(given)).toBe('No fixed version of libssl3 is published yet.');
  });
});

describe('the criteria of a rule', () => {
  it.each<[string, object, 'exempt' | 'active', ScannedFinding]>([
    ['the vulnerability', { vulnerabilities: ['cve-2026-1967'] }, 'exempt', finding()],
    ['an alias of it', { vulnerabilities: ['dsa-6061-1'] }, 'exempt', finding()],
    ['one of two vulnerabilities', { vulnerabilities: ['CVE-1', 'CVE-2026-1967'] }, 'exempt', finding()],
    ['another vulnerability', { vulnerabilities: ['CVE-1'] }, 'active', finding()],
    ['no vulnerability', { vulnerabilities: [] }, 'active', finding()],
    ['the digest', { digests: [digest] }, 'exempt', finding()],
    ['another digest', { digests: [`sha256:${'f'.repeat(64)}`] }, 'active', finding()],
    ['the system', { operatingSystems: ['Debian'] }, 'exempt', finding()],
    ['the system in its version', { operatingSystems: ['Debian 13.0'] }, 'exempt', finding()],
    ['the system in another version', { operatingSystems: ['debian 12'] }, 'active', finding()],
    ['another system', { operatingSystems: ['alpine'] }, 'active', finding()],
    ['a limit above the severity', { severityBelow: 'High' }, 'exempt', finding({ severity: 'Medium' })],
    ['a limit at the severity', { severityBelow: 'High' }, 'active', finding()],
    ['a limit below the severity', { severityBelow: 'Low' }, 'active', finding()],
    ['any limit and an unknown severity', { severityBelow: 'Critical' }, 'active', finding({ severity: 'Unknown' })],
    ['a limit above the score', { cvssBelow: 7.6 }, 'exempt', finding()],
    ['a limit at the score', { cvssBelow: 7.5 }, 'active', finding()],
    [
      'a limit above one of two scores',
      { cvssBelow: 7.6 },
      'active',
      finding({ ratings: [...findingExample.ratings, { source: 'vendor', severity: 'Critical', score: 9 }] }),
    ],
    [
      'a limit above the one score, beside a rating without',
      { cvssBelow: 7.6 },
      'exempt',
      finding({ ratings: [...findingExample.ratings, { source: 'vendor', severity: 'Critical' }] }),
    ],
    ['any limit and no score', { cvssBelow: 11 }, 'active', finding({ ratings: [] })],
    ['no fix, where there is none', { patchable: false }, 'exempt', unfixed],
    ['no fix, where there is one', { patchable: false }, 'active', finding()],
    ['a fix, where there is one', { patchable: true }, 'exempt', finding()],
    ['a fix, where there is none', { patchable: true }, 'active', unfixed],
    ['two criteria that hold', { patchable: true, severityBelow: 'Critical' }, 'exempt', finding()],
    ['two criteria of which one holds', { patchable: true, severityBelow: 'Low' }, 'active', finding()],
    ['no criterion at all', {}, 'active', finding()],
    [
      'a criterion that only a later Assay knows',
      { vulnerabilities: ['CVE-2026-1967'], exploited: false },
      'active',
      finding(),
    ],
    ['names that every object has', { constructor: true, toString: true }, 'active', finding()],
  ])('a rule that asks for %s, %j, leaves the finding %s', (_, criteria, state, given) => {
    expect(of([given], [held({ criteria })]).map((each) => [each.state, each.ruleId])).toEqual([
      [state, state === 'exempt' ? 'no-fix' : undefined],
    ]);
  });

  it('a rule that asks for a system exempts nothing in an image without one', () => {
    const { os: _os, ...bare } = head;
    expect(of([finding()], [held({ criteria: { operatingSystems: ['debian'] } })], bare)[0]!.state).toBe('active');
  });

  it('a finding is exempt by the first rule that it meets', () => {
    const rules = [
      held({ ruleId: 'a', criteria: { vulnerabilities: ['CVE-1'] } }),
      held({ ruleId: 'b' }),
      held({ ruleId: 'c' }),
    ];
    expect(of([finding()], rules)[0]!.ruleId).toBe('b');
  });

  it('a rule exempts the findings that meet it and leaves the others', () => {
    expect(of([finding(), finding({ vulnerability: 'CVE-2' })], [held()]).map(({ state }) => state)).toEqual([
      'exempt',
      'active',
    ]);
  });
});

describe('the rules that hold for an image', () => {
  const configOf = (...rules: HeldRule[]): Config => ({
    rules: Object.fromEntries(rules.map((each, at) => [`rule ${at}`, each])),
    recalled: {},
  });

  it.each([
    ['the subscription', `/subscriptions/${subscriptionId}`, true],
    ['the subscription in another case, with a slash', `/SUBSCRIPTIONS/${subscriptionId}/`, true],
    ['the resource group', registryId.split('/providers')[0]!, true],
    ['the registry', registryId.toUpperCase(), true],
    ['a registry whose name begins alike', registryId.slice(0, -1), false],
    ['something within the registry', `${registryId}/repositories/team`, false],
    ['another subscription', '/subscriptions/00000000-0000-0000-0000-000000000002', false],
    ['half a subscription', `/subscriptions/${subscriptionId.slice(0, -1)}`, false],
  ])('a rule in the scope of %s, %s, holds: %s', (_, scope, holds) => {
    expect(rulesFor(configOf(held({ scope })), head, now)).toHaveLength(holds ? 1 : 0);
  });

  it('a rule of a subscription holds in a registry whose id does not name the subscription', () => {
    const elsewhere = { ...head, registryId: 'registry.test', subscriptionId: 'ABC' };
    expect(rulesFor(configOf(held({ scope: '/subscriptions/abc' })), elsewhere, now)).toHaveLength(1);
    expect(rulesFor(configOf(held({ scope: '/subscriptions/ab' })), elsewhere, now)).toEqual([]);
  });

  it.each([
    ['a millisecond before its end', -1, 1],
    ['at its end', 0, 0],
    ['a millisecond after its end', 1, 0],
  ])('a rule that expires is one of them %s', (_, after, count) => {
    const config = configOf(held({ expiresAt: '2026-11-24T10:00:00.000Z' }));
    expect(rulesFor(config, head, Date.parse('2026-11-24T10:00:00.000Z') + after)).toHaveLength(count);
  });

  it('rules are in the order of their ids, in any order that they were made', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((ruleId) => held({ ruleId })) as [HeldRule, HeldRule, HeldRule];
    expect(rulesFor(configOf(c, a, b), head, now)).toEqual([a, b, c]);
    expect(rulesFor(configOf(b, c, a), head, now)).toEqual([a, b, c]);
  });
});

describe('the counts of findings', () => {
  const [active] = of([finding()]);
  const [rated, exempt] = of(
    [finding({ severity: 'Low' }), finding({ vulnerability: 'CVE-2' })],
    [held({ criteria: { vulnerabilities: ['CVE-2'] } })],
  );
  const [unpatched] = of([{ ...unfixed, severity: 'Unknown' }]);

  it.each<[string, (ClassifiedFinding | undefined)[], object]>([
    ['no findings', [], { bySeverity: noFindings(), fixable: 0, exempt: 0 }],
    [
      'active findings',
      [active, active, rated],
      { bySeverity: { ...noFindings(), High: 2, Low: 1 }, fixable: 3, exempt: 0 },
    ],
    [
      'a finding without a fix and without a rating',
      [unpatched],
      { bySeverity: { ...noFindings(), Unknown: 1 }, fixable: 0, exempt: 0 },
    ],
    ['an exempt finding', [exempt], { bySeverity: noFindings(), fixable: 0, exempt: 1 }],
    [
      'exempt findings among active ones',
      [exempt, active, exempt],
      { bySeverity: { ...noFindings(), High: 1 }, fixable: 1, exempt: 2 },
    ],
  ])('%s are counted, exempt ones apart', (_, findings, counts) => {
    expect(counted(findings as ClassifiedFinding[])).toEqual(counts);
  });
});
