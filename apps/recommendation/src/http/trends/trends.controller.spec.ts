import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { AnyEvent, BySeverity, Status } from '@assay/events';
import { Caller, roleNamed } from '@assay/http';
import { digestOf, emitted, findingOf, pushFields, wholeStory } from '../../../../../libs/read-model/test/fixtures.ts';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';

const day = 86_400_000;
const start = Date.parse('2026-11-01T00:00:00.000Z');
const now = start + 20 * day + 1;
const iso = (ms: number): string => new Date(ms).toISOString();

let assay: ServiceUnderTest;
beforeAll(async () => {
  assay = await suite();
  assay.clock.now = now;
});
afterAll(() => assay.close());

let made = 0;
const subscriptionOf = (n: number): string => `00000000-0000-0000-0000-${n.toString().padStart(12, '0')}`;

const registryOf = (subscription: string): string =>
  `/subscriptions/${subscription}/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/r`;

interface Change {
  readonly n: number;
  readonly ms: number;
  readonly status: Status;
  readonly reason?: string | undefined;
  readonly bySeverity: BySeverity;
}

const changes = fc
  .array(
    fc.record({
      n: fc.nat({ max: 3 }),
      ms: fc.integer({ min: -5 * 24, max: 20 * 24 }).map((hours) => start + (hours * day) / 24),
      status: fc.constantFrom<Status>('healthy', 'unhealthy', 'undetermined', 'not-applicable'),
      isLapse: fc.boolean(),
      isDeleted: fc.boolean(),
      worst: fc.constantFrom('Critical', 'High', 'Medium', 'Low', 'Unknown'),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((all) =>
    all
      .toSorted((a, b) => a.ms - b.ms)
      .map(({ n, ms, status, isLapse, isDeleted, worst }): Change => {
        const counts = { Critical: 0, High: 0, Medium: 0, Low: 0, Unknown: 0 };
        return {
          n,
          ms,
          status,
          reason:
            status === 'undetermined'
              ? isLapse
                ? 'stale'
                : 'no-packages'
              : status === 'not-applicable'
                ? isDeleted
                  ? 'image-deleted'
                  : 'windows-image'
                : undefined,
          bySeverity: status === 'unhealthy' ? { ...counts, [worst]: 2, Unknown: 1 } : counts,
        };
      }),
  );

const eventsOf = (subscriptionId: string, all: readonly Change[]): AnyEvent[] =>
  all.map(({ n, ms, status, reason, bySeverity }, at) =>
    emitted(
      'recommendation.changed',
      {
        ...pushFields(digestOf(n), 1),
        subscriptionId,
        registryId: registryOf(subscriptionId),
        verdict: at + 1,
        status,
        reason: reason as string,
        bySeverity,
        since: iso(ms),
      },
      { time: iso(ms) },
    ),
  );

/** Images at the end of a day, looked up one by one. */
const standing = (all: readonly Change[], end: number) => {
  const last = [0, 1, 2, 3].flatMap((n) => all.findLast((one) => one.n === n && one.ms < end) ?? []);
  const worst = ({ bySeverity }: Change): string =>
    (['Critical', 'High', 'Medium', 'Low', 'Unknown'] as const).find((each) => bySeverity[each] > 0)!.toLowerCase();
  const count = (is: (one: Change) => boolean): number => last.filter(is).length;
  return {
    unhealthyBySeverity: Object.fromEntries(
      ['critical', 'high', 'medium', 'low', 'unknown'].map((severity) => [
        severity,
        count((one) => one.status === 'unhealthy' && worst(one) === severity),
      ]),
    ),
    healthy: count(({ status }) => status === 'healthy'),
    undetermined: count(({ status }) => status === 'undetermined'),
    notApplicable: count(({ status, reason }) => status === 'not-applicable' && reason !== 'image-deleted'),
  };
};

const trends = async (query = ''): Promise<any> => {
  const { status, body } = await assay.get(`/assay/trends?${query}`);
  expect(status).toBe(200);
  return body;
};

it('count each image where it stood at the end of each day', () =>
  fc.assert(
    fc.asyncProperty(changes, fc.nat({ max: 10 }), async (all, first) => {
      made += 1;
      const subscriptionId = subscriptionOf(made);
      await assay.publish(...eventsOf(subscriptionId, all));
      const from = start + first * day;
      const { days } = await trends(`from=${iso(from).slice(0, 10)}&subscription=${subscriptionId}`);
      expect(days).toEqual(
        Array.from({ length: 21 - first }, (_, at) => ({
          day: iso(from + at * day).slice(0, 10),
          ...standing(all, from + (at + 1) * day),
          charges: [],
        })),
      );
    }),
    { numRuns: 25 },
  ));

it('never count an image as healthy at the end of a day on which an event of it is parked', async () => {
  const subscriptionId = subscriptionOf(998);
  const bySeverity = { Critical: 0, High: 0, Medium: 0, Low: 0, Unknown: 0 };
  const [image, other] = [7, 8].map((n): Change => ({ n, ms: start + day, status: 'healthy', bySeverity }));
  const acted = (command: 'park' | 'redrive', days: number, hours = 0): AnyEvent =>
    emitted(
      'operator.acted',
      {
        command,
        target: `classifier/scan.completed/0/${image!.n}`,
        outcome: command === 'park' ? 'parked' : 'redriven',
        by: 'x',
        why: 'invalid',
        details: { key: digestOf(image!.n) },
      },
      { time: iso(start + days * day + hours * 3_600_000) },
    );
  const healthy = async (): Promise<string> => {
    const { days } = await trends(`from=2026-11-02&subscription=${subscriptionId}`);
    return days.map((one: { healthy: number; undetermined: number }) => `${one.healthy}${one.undetermined}`).join(' ');
  };
  await assay.publish(
    ...wholeStory({
      digest: digestOf(image!.n),
      push: { subscriptionId, registryId: registryOf(subscriptionId) },
    }).slice(0, 1),
    ...eventsOf(subscriptionId, [image!, other!]),
    acted('park', 3, 5),
    acted('park', 4),
  );
  const before = '20 20';
  expect(await healthy()).toBe(`${before}${' 11'.repeat(18)}`);
  const listed = (await assay.get(`/assay/images?subscription=${subscriptionId}&status=undetermined`)).body.value;
  expect(listed.map(({ since }: { since: string }) => since)).toEqual([iso(start + 3 * day + 5 * 3_600_000)]);
  await assay.publish(acted('redrive', 6, 1));
  expect(await healthy()).toBe(`${before}${' 11'.repeat(3)}${' 20'.repeat(15)}`);
});

it('have the ages of findings that count, and the times of results', async () => {
  const subscriptionId = subscriptionOf(999);
  const registryId = registryOf(subscriptionId);
  const seen = (n: number, days: number, changed = {}) =>
    findingOf({ vulnerability: `CVE-2026-${n}`, firstSeenAt: iso(now - days * day), ...changed });
  await assay.publish(
    ...wholeStory({
      digest: digestOf(50),
      push: {
        subscriptionId,
        registryId,
        receivedAt: '2026-11-20T10:00:00.000Z',
        pushedAt: '2026-11-20T10:00:00.000Z',
      },
      findings: [
        seen(1, 0, { severity: 'Critical' }),
        seen(2, 6.9),
        seen(3, 7),
        seen(4, 7.1, { severity: 'Low' }),
        seen(5, 89),
        seen(6, 200, { severity: 'Unknown' }),
        seen(7, 200, { state: 'exempt', ruleId: 'quiet' }),
      ],
    }),
  );
  const { ages, results } = await trends(`subscription=${subscriptionId.toUpperCase()}`);
  const none = { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 };
  expect(ages).toEqual([
    { bucket: '<7d', ...none, critical: 1, high: 1 },
    { bucket: '<30d', ...none, high: 1, low: 1 },
    { bucket: '<90d', ...none, high: 1 },
    { bucket: '<180d', ...none },
    { bucket: '>=180d', ...none, unknown: 1 },
  ]);
  const seconds = 342_903.373;
  expect(results).toEqual([
    { day: '2026-11-20', inTime: 0, late: 1, p50Seconds: seconds, p95Seconds: seconds, slowestSeconds: seconds },
  ]);
});

const chargeOf = (subscriptionId: string, n: number, chargedFor: string, amount: string, currency = 'USD'): AnyEvent =>
  emitted('usage.charged', {
    subscriptionId,
    registryId: registryOf(subscriptionId),
    digest: digestOf(n),
    chargeId: `${subscriptionId} ${n}`,
    chargedFor,
    amount,
    currency,
  });

it('have the exact sums of the charges of each day, by currency, to those who may read them', async () => {
  const [own, other] = [subscriptionOf(2001), subscriptionOf(2002)];
  await assay.publish(
    chargeOf(own, 1, '2026-11-03T00:00:00.000Z', '0.1'),
    chargeOf(own, 2, '2026-11-03T23:59:59.999Z', '0.2'),
    chargeOf(own, 3, '2026-11-03T12:00:00.000Z', '0.000000000000000000001'),
    chargeOf(own, 4, '2026-11-03T12:00:00.000Z', '-0.29', 'EUR'),
    chargeOf(own, 5, '2026-11-02T23:59:59.999Z', '7'),
    chargeOf(own, 6, '2026-11-05T00:00:00.000Z', '7'),
    chargeOf(other, 7, '2026-11-04T12:00:00.000Z', '0.50'),
    chargeOf(other, 8, '2026-11-04T12:00:00.000Z', '0.50'),
  );
  const span = 'from=2026-11-03&to=2026-11-04';
  const charges = async (query: string) => (await trends(query)).days.map((one: { charges: unknown }) => one.charges);
  const first = [
    { currency: 'EUR', amount: '-0.29', charges: 1 },
    { currency: 'USD', amount: '0.300000000000000000001', charges: 3 },
  ];
  const second = [{ currency: 'USD', amount: '1.00', charges: 2 }];
  expect(await charges(`${span}&subscription=${own}`)).toEqual([first, []]);
  expect(await charges(`${span}&subscription=${other}`)).toEqual([[], second]);
  expect(await charges(span)).toEqual([first, second]);
});

it.each([
  ['Billing Reader', [[], [{ currency: 'USD', amount: '0.29', charges: 1 }]]],
  [undefined, [undefined, undefined]],
])('show charges with the role %s besides that of findings', async (role, wanted) => {
  const [own, other] = [subscriptionOf(3001), subscriptionOf(3002)];
  const grants = [
    { role: 'Security Reader', may: roleNamed('Security Reader')!.may, scope: 'everything' as const },
    ...(role === undefined
      ? []
      : [{ role, may: roleNamed(role)!.may, scope: { kind: 'subscription', subscriptionId: own } as const }]),
  ];
  const limited = await suite({ arm: { access: { identify: () => new Caller('ana', 'here', grants) } } });
  limited.clock.now = now;
  try {
    await limited.publish(
      chargeOf(own, 1, '2026-11-04T12:00:00.000Z', '0.29'),
      chargeOf(other, 2, '2026-11-03T12:00:00.000Z', '0.50'),
    );
    const { body } = await limited.get('/assay/trends?from=2026-11-03&to=2026-11-04');
    expect(body.days.map((one: { charges?: unknown }) => one.charges)).toEqual(wanted);
  } finally {
    await limited.close();
  }
});

it('end today, or where the log was lost, not on a day to come', async () => {
  const days = async (query: string): Promise<string[]> => {
    const body = await trends(query);
    return body.days.map((each: { day: string }) => each.day);
  };
  const today = iso(now).slice(0, 10);
  const ahead = iso(now + 40 * day).slice(0, 10);
  expect((await days(`to=${ahead}`)).at(-1)).toBe(today);
  expect(await days(`to=${ahead}`)).toEqual(await days(''));
  expect(await days(`from=${today}&to=${ahead}`)).toEqual([today]);
  expect(await days(`from=${ahead}&to=${ahead}`)).toEqual([]);
  const freshness = vi.spyOn(assay.view, 'freshness');
  freshness.mockResolvedValue({ state: 'cut-off', asOf: iso(now - 2 * day) });
  try {
    expect((await days('')).at(-1)).toBe(iso(now - 2 * day).slice(0, 10));
  } finally {
    freshness.mockRestore();
  }
});

it.each(['from=2026-2-1', 'from=2026-11-24&to=2026-11-23', 'from=2024-01-01&to=2026-11-23'])(
  'refuse %s',
  async (query) => {
    expect(await assay.get(`/assay/trends?${query}`)).toMatchObject({
      status: 400,
      body: { error: { code: 'InvalidRequestContent', target: 'from' } },
    });
  },
);
