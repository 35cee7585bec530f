import { expect, it } from 'vitest';
import type { FindingAnswer, PlacementAnswer } from '../../client/answers.ts';
import { Terminal } from '../../terminal/terminal.ts';
import { chargeText, imageText } from './format.ts';

const plain = new Terminal({ write: () => undefined }, { write: () => undefined }, {});
const image = {
  status: 'unhealthy',
  digest: `sha256:${'ab'.repeat(32)}`,
  repository: 'team/web',
  loginServer: 'registry.test',
  tags: [],
} as unknown as PlacementAnswer;
const findings = (count: number, state: 'active' | 'exempt', severity: string): FindingAnswer[] =>
  Array.from({ length: count }, (_, at) => ({
    severity,
    vulnerability: `CVE-${state}-${at}`,
    package: 'zlib',
    installedVersion: '1',
    state,
  })) as unknown as FindingAnswer[];
const lines = (...of: readonly FindingAnswer[]): string[] => imageText(plain, 'web', image, of, null).split('\n');

it('shows active findings before exempt ones, and counts them apart', () => {
  const shown = lines(...findings(5, 'exempt', 'Critical'), ...findings(17, 'active', 'Low'));
  expect(shown.at(-1)).toBe('and 2 more, and 5 exempt by a rule: use --json for all');
  expect(shown.filter((line) => line.includes('CVE-exempt'))).toEqual([]);
  expect(lines(...findings(12, 'active', 'Low'), ...findings(4, 'exempt', 'Low')).at(-1)).toBe(
    'and 1 exempt by a rule: use --json for all',
  );
  expect(lines(...findings(16, 'active', 'Low')).at(-1)).toBe('and 1 more: use --json for all');
});

it('names the findings whose advisories are gone, below all others', () => {
  const removedOn = (day: string, ...of: readonly FindingAnswer[]): FindingAnswer[] =>
    of.map((finding) => ({ ...finding, advisoryRemoved: { at: `${day}T09:00:00.000Z` } }));
  const [one, ...others] = findings(8, 'active', 'Low');
  const shown = lines(
    ...removedOn('2026-11-25', one!, one!),
    ...removedOn('2026-11-26', ...others.slice(1)),
    others[0]!,
  );
  expect(shown.slice(-2)).toEqual([
    'CVE-active-0: advisory removed on 2026-11-25, waiting for the next database',
    'CVE-active-2, CVE-active-3, CVE-active-4, CVE-active-5, CVE-active-6 and 1 more: ' +
      'advisory removed on 2026-11-26, waiting for the next database',
  ]);
});

it('prints a charge with its corrections, or why there is none', () => {
  const charge = { amount: '0.29', currency: 'USD' };
  const corrections = [
    { amount: '-0.20', time: '2026-12-01T03:37:09.099Z' },
    { amount: '0.06', time: '2026-12-02T10:00:00.000Z' },
  ];
  expect([
    chargeText(charge),
    chargeText({ ...charge, corrections, rest: '0.15' }),
    chargeText(null),
    chargeText(null, { chargeWaits: true }),
    chargeText(null, { chargeUnknown: 'billing stands still' }),
  ]).toEqual([
    '0.29 USD',
    '0.29 USD; corrected by -0.20 (2026-12-01 03:37), 0.06 (2026-12-02 10:00): 0.15 USD is left',
    'none',
    'none yet: it waits for a price (`assay charges --open`)',
    'unknown: billing stands still',
  ]);
  expect(lines()).toContain('  charge      none');
});

it.each<[string, Partial<PlacementAnswer>, string | undefined]>([
  ['is healthy', { status: 'healthy', findings: 0 }, 'none'],
  ['is so by a rule', { status: 'healthy', findings: 0, exempt: 2 }, 'none, 2 exempt by a rule'],
  ['waits', { status: 'queued' }, 'not known yet'],
  ['is looked into', { status: 'scanning' }, 'not known yet'],
  [
    'could not be looked into',
    { status: 'undetermined', reason: 'failed/bad-manifest' },
    'unknown: it was not scanned',
  ],
  ['is not scanned', { status: 'not-applicable', reason: 'plan-disabled' }, 'unknown: it was not scanned'],
  [
    'was looked into in vain',
    { status: 'undetermined', reason: 'no-packages', findings: 0 },
    'none known, but that proves nothing',
  ],
  ['lists others', { status: 'healthy', children: [] }, undefined],
])('prints what the findings of a %s image mean', (_, changes, expected) => {
  const counts =
    changes.findings === undefined ? {} : { bySeverity: { Critical: 0, High: 0, Medium: 0, Low: 0, Unknown: 0 } };
  const [line] = imageText(plain, 'web', { ...image, ...changes, ...counts } as PlacementAnswer, [], null)
    .split('\n')
    .filter((each) => each.includes('findings'));
  expect(line?.replace(/^ *findings +/, '')).toBe(expected);
});

it('prints each child of an index with its status, or the reason why it is left out', () => {
  const child = (n: number, changes: object) => ({
    digest: `sha256:${n}`,
    kind: 'image',
    status: 'healthy',
    ...changes,
  });
  const children = [
    child(1, { os: 'linux', architecture: 'arm', variant: 'v7' }),
    child(2, { status: 'undetermined', reason: 'platform-unclear', unclear: 'platform-unclear' }),
    child(3, { os: 'linux', architecture: 'amd64', status: 'unhealthy', unclear: 'platform-unclear' }),
    child(4, { os: 'windows', architecture: 'amd64', status: 'not-applicable', leftOut: 'windows-image' }),
  ];
  const lines = imageText(plain, 'web', { ...image, status: 'unhealthy', children } as PlacementAnswer, [], null)
    .split('\n')
    .filter((line) => line.startsWith('  lists'));
  expect(lines.map((line) => line.replace(/^ *lists +/, ''))).toEqual([
    'linux/arm/v7 sha256:1 healthy',
    'no platform sha256:2 undetermined (platform-unclear)',
    'linux/amd64 sha256:3 unhealthy (platform-unclear)',
    'windows/amd64 sha256:4 left out (windows-image)',
  ]);
});

it('prints the basis of the status and all doubts, also of an unhealthy image', () => {
  const printed = imageText(
    plain,
    'web',
    {
      ...image,
      doubts: ['inventory-disagrees', 'stale'],
      scanner: { name: 'trivy', version: '0.74.0' },
      driver: 'bwrap',
      evidence: {
        scanner: { name: 'trivy', version: '0.74.0' },
        database: { builtAt: '2026-11-24T00:00:00.000Z' },
      },
    },
    [],
    null,
  ).split('\n');
  expect(printed.slice(3).map((line) => line.trim())).toEqual([
    'findings    unknown: it was not scanned',
    'scanned by  trivy 0.74.0, bwrap',
    'packages    not counted',
    'witness     none: an absence of findings proves nothing',
    expect.stringMatching(/^advisories  of 2026-11-24, .+ old$/),
    'doubts      inventory-disagrees, stale',
    'charge      none',
  ]);
});
