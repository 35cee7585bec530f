import type { AnyEvent, DataOf, Facts } from '@assay/events';
import { severities } from '@assay/events';
import {
  dataOf,
  declined,
  digestOf,
  emitted,
  factsAt,
  findingOf,
  planOn,
  pushFields,
  registryObserved,
  subscriptionId,
  wholeStory,
  type FullFinding,
} from './fixtures.ts';

/** A generator of numbers below a limit, the same for the same seed. */
export const numbersFrom = (seed: number): ((below: number) => number) => {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
};

/** Names that are special to SQL, LIKE, globs, regular expressions, JSON, spreadsheets, terminals and browsers. */
export const oddNames = [
  'team/web',
  'team/API',
  'team/web.x',
  '100%_[a-c]*?\\',
  "it's; drop table images; --",
  '"quoted"',
  '=cmd|calc!A0',
  '<script>alert(1)</script>',
  'größe/✓',
  '__proto__',
] as const;

const at = (host: string, group: string, subscription = subscriptionId) => ({
  subscriptionId: subscription,
  loginServer: `${host}.registry.test`,
  registryId:
    `/subscriptions/${subscription}/resourceGroups/${group}` +
    `/providers/Microsoft.ContainerRegistry/registries/${host}`,
});

export const otherSubscription = '00000000-0000-0000-0000-000000000002';
export const motleyRegistries = [at('one', 'rg1'), at('One-more', 'rg1'), at('two', 'rg2', otherSubscription)] as const;

const versions = ['1.2.3-1', '1:0.9-2', '1.10.0-1', '1.2.3-1+deb13u1', undefined];

/** Some findings with few names, so that images have the same ones. */
export const findingsBy = (random: (below: number) => number): FullFinding[] => {
  const made = new Map<string, FullFinding>();
  for (let left = random(7); left > 0; left -= 1) {
    const [vulnerability, name] = [`CVE-2026-${1000 + random(6)}`, oddNames[random(oddNames.length)]!];
    const isExempt = random(3) === 0;
    made.set(
      `${vulnerability} ${name}`,
      findingOf({
        vulnerability,
        package: name,
        sourcePackage: random(2) === 0 ? `source of ${name}` : undefined,
        packageType: ['debian', 'npm'][random(2)]!,
        aliases: random(2) === 0 ? [`GHSA-${vulnerability.slice(-4)}`] : [],
        severity: severities[random(severities.length)]!,
        fixedVersion: versions[random(versions.length)],
        installedVersion: `0.${random(3)}`,
        firstSeenAt: `2026-11-${10 + random(10)}T00:00:00.000Z`,
        state: isExempt ? 'exempt' : 'active',
        ruleId: isExempt ? 'a-rule' : undefined,
      }),
    );
  }
  return [...made.values()];
};

const facts = (random: (below: number) => number): Facts =>
  [
    factsAt('linux', 'amd64'),
    factsAt('linux', 'x86_64'),
    factsAt('linux', 'arm64'),
    factsAt('Windows', 'amd64'),
    factsAt('', ''),
    factsAt('linux', 'amd64', { kind: 'attestation', cannotRun: 'layer-types' }),
    factsAt('', '', { kind: 'helm-chart', cannotRun: 'config-type' }),
  ][random(7)]!;

const parked = (digest: string): AnyEvent =>
  emitted(
    'operator.acted',
    {
      command: 'park',
      target: `classifier/scan.completed/0/${Number.parseInt(digest.slice(-4), 16)}`,
      outcome: 'parked',
      details: { key: digest, type: 'x', id: digest },
    },
    { id: `park ${digest}` },
  );

const demonstration = { digest: digestOf(9999), builtAt: '2020-01-01T00:00:00.000Z', demonstration: true };

/** The counts of a story's classification, for another event that counts the same. */
const countsIn = (
  story: readonly AnyEvent[],
): Pick<DataOf<'finding.classified'>, 'bySeverity' | 'fixable' | 'exempt'> => {
  const { bySeverity, fixable, exempt } = story.find(({ topic }) => topic === 'finding.classified')!
    .data as DataOf<'finding.classified'>;
  return { bySeverity, fixable, exempt };
};

/** The events of an image in one of the states that an image can be in. */
const imageIn = (
  state: number,
  digest: string,
  push: Partial<DataOf<'image.pushed'>>,
  random: (below: number) => number,
): AnyEvent[] => {
  const findings = findingsBy(random);
  const fixable = findings.filter(({ state: its, fixedVersion }) => its === 'active' && fixedVersion).length;
  const story = wholeStory({ digest, findings, push, classified: { fixable } });
  const placed = { ...pushFields(digest, 1), ...push };
  switch (state) {
    case 0:
      return wholeStory({ digest, findings: [], push, classified: { fixable: 0 } });
    case 1:
      return wholeStory({
        digest,
        findings: [],
        push,
        classified: { status: 'undetermined', reason: 'failed/bad-manifest' },
      });
    case 2:
      return [
        story[0]!,
        emitted('scan.declined', { ...placed, verdict: 1, status: 'not-applicable', reason: 'plan-disabled' }),
      ];
    case 3:
      return story.slice(0, 1);
    case 4:
      return story.slice(0, 3);
    case 5:
      return [...story, parked(digest)];
    case 6:
      return [...wholeStory({ digest, findings: [], push, classified: { fixable: 0 } }), parked(digest)];
    case 7:
      return [
        ...story,
        emitted('scan.declined', { ...placed, verdict: 2, status: 'not-applicable', reason: 'image-deleted' }),
      ];
    case 8:
      return wholeStory({ digest, findings: [], push, classified: { fixable: 0, database: demonstration } });
    case 9:
      return wholeStory({
        digest,
        findings,
        push,
        classified: { fixable, status: 'undetermined', reason: 'scanner-recalled' },
      });
    case 10:
      return [...story, ...wholeStory({ digest, verdict: 3, push }).slice(0, 2)];
    case 11:
      return [
        ...story,
        emitted('finding.classified', {
          ...dataOf('finding.classified'),
          ...placed,
          verdict: 1,
          classification: 3,
          ...countsIn(story),
          content: 'change',
          base: { id: 'lost', verdict: 1, classification: 2 },
          findings: [],
        }),
      ];
    case 12:
      return [
        story[0]!,
        emitted('image.deleted', { ...dataOf('image.deleted'), ...placed, deletedAt: '2026-11-24T09:18:00.000Z' }),
      ];
    case 13:
      return story.slice(2, 3);
    case 14:
      return story.slice(0, 1).map((event) => ({ ...event, data: { ...event.data, origin: 'sweep' } })) as AnyEvent[];
    default:
      return story;
  }
};

/** The states of `imageIn` by number, those with findings several times. */
const states = 20;

/**
 * Images in all states, in two subscriptions and three registries, and indexes of them, also of indexes. Names are odd
 * ones. The same for the same seed.
 */
export const motley = (seed: number, images: number, indexes: number): AnyEvent[] => {
  const random = numbersFrom(seed);
  const placeOf = () => ({ ...motleyRegistries[random(3)]!, repository: oddNames[random(3) === 0 ? random(10) : 0]! });
  const events: AnyEvent[] = [];
  const placed = new Map<string, number[]>();
  const push = (n: number, place: ReturnType<typeof placeOf>): Partial<DataOf<'image.pushed'>> => {
    const key = `${place.registryId} ${place.repository}`;
    placed.set(key, [...(placed.get(key) ?? []), n]);
    return { ...place, tags: random(2) === 0 ? [`v${n}`, 'latest_100%'] : [] };
  };
  for (let n = 1; n <= images; n += 1) {
    const places = Array.from({ length: random(5) === 0 ? 2 : 1 }, placeOf);
    for (const place of new Map(places.map((each) => [`${each.registryId} ${each.repository}`, each])).values())
      events.push(
        ...imageIn(
          random(states),
          digestOf(n),
          { ...push(n, place), ...(random(2) === 0 ? { facts: facts(random) } : {}) },
          random,
        ),
      );
  }
  for (let n = images + 1; n <= images + indexes; n += 1) {
    const place = placeOf();
    const near = placed.get(`${place.registryId} ${place.repository}`) ?? [];
    // The newest are often indexes themselves.
    const children = Array.from({ length: 1 + random(4) }, () =>
      random(6) === 0
        ? 5000 + random(50)
        : random(2) === 0
          ? (near.at(-1 - random(3)) ?? n)
          : (near[random(near.length)] ?? n),
    );
    const [os, architecture] = [
      ['linux', 'amd64'],
      ['linux', 'arm64'],
      ['windows', 'amd64'],
      ['unknown', 'unknown'],
      ['', ''],
    ][random(5)]!;
    const listed = children.map((child, nth) => ({
      digest: digestOf(child),
      kind: nth === 0 || random(3) > 0 ? 'image' : 'attestation',
      ...(os ? { os } : {}),
      ...(architecture ? { architecture } : {}),
    }));
    events.push(
      wholeStory({
        digest: digestOf(n),
        push: { ...push(n, place), facts: factsAt('', '', { kind: 'index', children: listed }) },
      })[0]!,
    );
    if (random(8) === 0)
      events.push(declined('image-deleted', { digest: digestOf(n), verdict: 1 }, { id: `gone ${n}` }));
  }
  return [
    ...motleyRegistries.map((registry) => registryObserved({ ...registry })),
    planOn(),
    planOn({ subscriptionId: otherSubscription }),
    ...events,
  ];
};
