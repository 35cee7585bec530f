import { describe, expect, it } from 'vitest';
import { canonical, noFindings, type ClassifiedFinding, type Finding, type RuleChanged } from '@assay/events';
import { causedBy } from '@assay/testing';
import {
  digest,
  finding,
  findingExample,
  registryId,
  ruled,
  scanExample,
  subscriptionId,
  unfixed,
  unrated,
  unscored,
} from '../../test/fixtures.ts';
import { classified, counted, rulesFor, scopesOf, sightingKey, type RuledImage } from './findings.ts';
import type { Config, HeldRule } from './state.ts';

const head: RuledImage = scanExample;
const seen = '2026-11-24T09:15:03.000Z';
const now = Date.parse(seen);

const held = (data: Parameters<typeof ruled>[0] = {}): HeldRule => {
  const event = ruled(data);
  return { rule: event.data as RuleChanged, cause: causedBy(event), offset: 0 };
};
/** The classification of findings under rules. */
const of = (findings: readonly Finding[], rules: HeldRule[] = [], image = head): readonly ClassifiedFinding[] =>
  classified(canonical(findings), image, rules, () => seen).findings;

describe('a classified finding', () => {
  it('a finding keeps what was scanned, and gains its state and its first sighting', () => {
    expect(of([finding()])).toEqual([
      { ...findingExample, severity: 'High', severityRule: 'scanner', state: 'active', firstSeenAt: seen },
    ]);
  });

  it('no findings are classified as none', () => {
    expect(of([])).toEqual([]);
  });

  it('a finding without any rating is unrated, and its severity unknown', () => {
    expect(of([unrated])).toMatchObject([{ severity: 'Unknown', severityRule: 'unrated', state: 'active' }]);
  });

  it('the first sighting is asked for by the key of the finding', () => {
    const [one, other] = [finding(), finding({ vulnerability: 'CVE-3' })];
    const days = { [sightingKey(other)]: '2026-01-01T00:00:00.000Z' };
    expect(
      classified([one, other], head, [], (key) => days[key] ?? seen).findings.map(({ firstSeenAt }) => firstSeenAt),
    ).toEqual([seen, '2026-01-01T00:00:00.000Z']);
  });

  it('findings of one package, version and vulnerability are one, for which the least path speaks', () => {
    const findings = of([
      finding({ path: 'b.jar', severity: 'Low', layer: 1 }),
      finding({ path: 'a.jar', severity: 'Medium', layer: 2 }),
      finding({ installedVersion: '4' }),
      finding({ package: 'other' }),
      finding({ vulnerability: 'CVE-3' }),
    ]);
    expect(
      findings.map(({ package: name, installedVersion, vulnerability, path, severity, layer }) =>
        [vulnerability, name, installedVersion, path, severity, layer].join(' '),
      ),
    ).toEqual([
      'CVE-2026-1967 libssl3 3.5.1-1 a.jar Medium 2',
      'CVE-2026-1967 libssl3 4  High 0',
      'CVE-2026-1967 other 3.5.1-1  High 0',
      'CVE-3 libssl3 3.5.1-1  High 0',
    ]);
    expect(findings).toEqual(canonical(findings));
  });

  it('a package and version in another kind of package is the same finding', () => {
    expect(of([finding({ packageType: 'npm' }), finding({ packageType: 'debian' })])).toMatchObject([
      { packageType: 'debian' },
    ]);
  });

  it('rules that exempt something are named, and no others', () => {
    const [first, second, third] = ['CVE-2026-1967', 'CVE-3', 'CVE-4'].map((id, n) =>
      held({ ruleId: `rule-${n}`, criteria: { vulnerabilities: [id] } }),
    ) as [HeldRule, HeldRule, HeldRule];
    const shadowed = held({ ruleId: 'shadowed' });
    const findings = [finding(), finding({ vulnerability: 'CVE-3' })];
    expect([...classified(findings, head, [first, second, third, shadowed], () => seen).exempting]).toEqual([
      first,
      second,
    ]);
  });
});

describe('one finding at many paths', () => {
  const rated = (path: string, source: string, score?: number) =>
    finding({ path, ratings: [{ source, severity: 'Low', ...(score === undefined ? {} : { score }) }] });
  const ratingsOf = (findings: Finding[]) => of(findings)[0]!.ratings!;
  const bytesOf = (findings: Finding[]) =>
    ratingsOf(findings).reduce((sum, rating) => sum + JSON.stringify(rating).length, 0);
  /** A rating of 16 KiB: four of them are all that an event holds. */
  const large = (name: string, score?: number, bytes = 16 * 1024) => {
    const { length } = JSON.stringify(rated(name, name, score).ratings![0]);
    return rated(name, name + 'x'.repeat(bytes - length), score);
  };

  it('has all ratings of its paths, each once, in the order of the paths', () => {
    const [one, other] = [rated('a', 'x', 9), rated('b', 'y', 1)];
    const all = [...one.ratings!, ...other.ratings!];
    expect(ratingsOf([other, one, { ...one, path: 'c' }])).toEqual(all);
    expect(ratingsOf([one, other])).toEqual(all);
  });

  it('keeps two ratings of one source that differ', () => {
    expect(ratingsOf([rated('a', 'x', 9), rated('b', 'x', 1), rated('c', 'x')]).map(({ score }) => score)).toEqual([
      9,
      1,
      undefined,
    ]);
  });

  it('keeps ratings of 64 KiB, in order', () => {
    const all = [large('a', 1), large('b', 2), large('c'), large('d', 4)];
    expect(bytesOf(all)).toBe(64 * 1024);
    expect(ratingsOf(all)).toEqual(all.flatMap(({ ratings }) => ratings));
  });

  it('loses the rating with the lowest score of one byte more, and has the others in the order of scores', () => {
    const all = [large('a', 1), large('b', 2), large('c'), large('d', 4, 16 * 1024 + 1)];
    expect(ratingsOf(all).map(({ score }) => score)).toEqual([4, 2, 1]);
  });

  it('loses ratings without a score before any with one', () => {
    const all = [large('a'), large('b'), large('c'), large('d'), large('e', 0)];
    expect(ratingsOf(all).map(({ source }) => source[0])).toEqual(['e', 'a', 'b', 'c']);
  });

  it('keeps a rating that is larger than an event may hold where it has the highest score', () => {
    const all = [large('a', 1), large('b', 9, 100 * 1024)];
    expect(ratingsOf(all).map(({ score }) => score)).toEqual([9]);
  });

  it('has the highest score, and the aliases of all paths in order', () => {
    const { score: _score, aliases: _aliases, ...bare } = finding({ path: 'c' });
    const findings = [
      finding({ path: 'a', score: 5, aliases: ['DSA-2'] }),
      finding({ path: 'b', score: 9.8, aliases: ['DSA-1', 'DSA-2'] }),
      bare,
    ];
    expect(of(findings)).toMatchObject([{ score: 9.8, aliases: ['DSA-1', 'DSA-2'], path: 'a' }]);
    expect(of(findings.toReversed())).toEqual(of(findings));
    const [none] = of([bare, { ...bare, path: 'd' }]);
    expect(['score', 'aliases', 'ratings'].filter((field) => field in none!)).toEqual([]);
  });

  it('is not exempt by a limit above the score of one path if another has a higher score', () => {
    const rules = [held({ criteria: { cvssBelow: 7 } })];
    const low = finding({ path: 'a', score: 5 });
    expect(of([low, { ...low, path: 'b' }], rules)[0]!.state).toBe('exempt');
    expect(of([low, finding({ path: 'b', score: 9 })], rules)[0]!.state).toBe('active');
  });

  it('is a finding that a broker takes at twenty thousand paths, with its worst score', () => {
    const paths = Array.from({ length: 20_000 }, (_, n) => ({
      ...rated(`path-${n}`, `source-${n}`, n === 7_000 ? 9.8 : 1),
      aliases: [`DSA-${n}`],
      score: n === 7_000 ? 9.8 : 1,
    }));
    const findings = of(paths);
    expect(findings).toHaveLength(1);
    expect(findings[0]!.ratings![0]).toEqual({ source: 'source-7000', severity: 'Low', score: 9.8 });
    expect(findings[0]!.score).toBe(9.8);
    expect(Buffer.byteLength(JSON.stringify(findings))).toBeLessThan(256 * 1024);
  });
});

describe('the criteria of a rule', () => {
  it.each<[string, object, 'exempt' | 'active', Finding]>([
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
    ['any limit and an unknown severity', { severityBelow: 'Critical' }, 'active', unrated],
    ['a limit above the score', { cvssBelow: 7.6 }, 'exempt', finding()],
    ['a limit at the score', { cvssBelow: 7.5 }, 'active', finding()],
    ['any limit and no score', { cvssBelow: 11 }, 'active', unscored],
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
    expect(of([finding(), finding({ vulnerability: 'CVE-3' })], [held()]).map(({ state }) => state)).toEqual([
      'exempt',
      'active',
    ]);
  });
});

describe('the scopes of a placement', () => {
  it('scopes are the registry, all that it lies in, and the subscription, in lower case', () => {
    expect(scopesOf({ registryId: '/Sub/A/reg', subscriptionId: 'B' })).toEqual([
      '',
      '/sub',
      '/sub/a',
      '/sub/a/reg',
      '/subscriptions/b',
    ]);
    expect(scopesOf({ registryId: 'reg.test', subscriptionId: 'b' })).toEqual(['reg.test', '/subscriptions/b']);
  });
});

describe('the rules that hold for an image', () => {
  const configOf = (...rules: HeldRule[]): Config => ({
    rules: Object.fromEntries(rules.map((each, at) => [`rule ${at}`, each])),
    removed: {},
    recalled: {},
    recalledDatabases: {},
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
    [finding({ severity: 'Low' }), finding({ vulnerability: 'CVE-3' })],
    [held({ criteria: { vulnerabilities: ['CVE-3'] } })],
  );
  const [unpatched] = of([{ ...unrated, fixedVersion: undefined as never }]);

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
