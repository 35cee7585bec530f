import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnyEvent, DataOf, Status } from '@assay/events';
import { Caller } from '@assay/http';
import {
  declined,
  digestOf,
  emitted,
  pushFields,
  registryId,
  subscriptionId,
  wholeSet,
} from '../../../../../libs/read-model/test/fixtures.ts';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
const start = Date.parse('2026-11-20T00:00:00.000Z');
const now = start + 3 * day + 7 * hour;
const iso = (ms: number): string => new Date(ms).toISOString();
const idOf = (n: number, subscription = subscriptionId): string =>
  `/subscriptions/${subscription}/resourceGroups/rg1/providers/Microsoft.ContainerRegistry/registries/reg${n}`;

let assay: ServiceUnderTest;
beforeAll(async () => {
  assay = await suite();
  assay.clock.now = now;
});
afterAll(() => assay.close());

interface Pushed {
  readonly n: number;
  readonly registry: string;
  readonly id: string;
  readonly receivedMs: number;
  readonly origin: DataOf<'image.pushed'>['origin'];
  readonly sender: string | undefined;
  /** Numbers of the images that it lists, if it is an index. */
  readonly lists?: readonly number[];
  /** Its own event was lost. */
  readonly isLost?: boolean;
}

interface Answered {
  readonly of: Pushed;
  readonly verdict: number;
  readonly classification: number;
  readonly atMs: number;
  readonly status: Status;
  readonly reason: string | undefined;
}

const placed = ({ n, registry, id, receivedMs }: Pushed) => ({
  ...pushFields(digestOf(n), 1),
  registryId: registry,
  loginServer: `${registry.split('/').at(-1)}.registry.test`,
  pushId: id,
  receivedAt: iso(receivedMs),
});

const eventsOf = (pushes: readonly Pushed[], answers: readonly Answered[]): AnyEvent[] => [
  ...pushes
    .filter(({ isLost }) => !isLost)
    .map((push) =>
      emitted('image.pushed', {
        ...placed(push),
        origin: push.origin,
        sender: push.sender as string,
        ...(push.lists
          ? {
              facts: {
                kind: 'index',
                layers: 0,
                compressedBytes: 0,
                encrypted: false,
                foreignLayers: false,
                children: push.lists.map((n) => ({ digest: digestOf(n), kind: 'image' })),
              },
            }
          : {}),
      }),
    ),
  ...answers.map(({ of, verdict, classification, atMs, status, reason }) =>
    classification === 0
      ? emitted(
          'scan.declined',
          { ...placed(of), verdict, status: status as 'undetermined', reason: reason! },
          { time: iso(atMs) },
        )
      : emitted(
          'finding.classified',
          { ...placed(of), verdict, classification, status, reason: reason as string, ...wholeSet([]) },
          { time: iso(atMs) },
        ),
  ),
];

type Outcome = { outcome: string; status: string; reason?: string | undefined };

/** True if a sweep found it. The origin of a push whose own event was lost is unknown. */
const isFound = ({ origin, isLost }: Pushed): boolean => origin === 'sweep' && !isLost;

const outcomes: Readonly<Record<string, string>> = {
  healthy: 'assessed',
  unhealthy: 'assessed',
  'not-applicable': 'notApplicable',
  queued: 'onItsWay',
};

/**
 * Judges each push by itself, from the facts and without the tables.
 * @param shown what lists show of an index
 */
const judged = (
  all: readonly Pushed[],
  answers: readonly Answered[],
  shown: (index: Pushed) => { readonly status: string; readonly reason?: string },
) => {
  const answersOf = (push: Pushed): Answered[] => answers.filter(({ of }) => of === push);
  return all.map((push) => {
    const behind = all
      .filter(
        (other) =>
          other.n === push.n &&
          other.registry === push.registry &&
          other.receivedMs > push.receivedMs &&
          answersOf(other).length > 0,
      )
      .toSorted((a, b) => a.receivedMs - b.receivedMs);
    const its = answersOf(push).length > 0 ? answersOf(push) : behind[0] ? answersOf(behind[0]) : [];
    const scans = its.filter(({ classification }) => classification > 0);
    const last = (scans.length > 0 ? scans : its).toSorted(
      (a, b) => b.verdict - a.verdict || b.classification - a.classification,
    )[0];
    const first = its.length > 0 ? Math.min(...its.map(({ atMs }) => atMs)) : undefined;
    const deadline = push.receivedMs + (isFound(push) ? day : 15 * minute);
    const waits: Outcome =
      deadline < now
        ? { outcome: 'missing', status: 'undetermined', reason: 'overdue' }
        : { outcome: 'onItsWay', status: 'queued' };
    const isHere = (n: number): boolean =>
      all.some((other) => !other.isLost && other.n === n && other.registry === push.registry);
    const outcome: Outcome = push.lists
      ? push.lists.every(isHere)
        ? { outcome: outcomes[shown(push).status] ?? 'undetermined', ...shown(push) }
        : waits
      : !last
        ? waits
        : {
            outcome: outcomes[last.status] ?? 'undetermined',
            status: last.status,
            reason: last.reason,
          };
    return { push, first, deadline, ...outcome };
  });
};
type Judged = ReturnType<typeof judged>;

const learnedOf = ({ origin, sender, isLost }: Pushed): string =>
  isLost || (origin === 'notification' && sender === undefined)
    ? 'unknown'
    : origin !== 'notification'
      ? origin
      : sender === 'event-grid'
        ? 'eventGrid'
        : sender === 'command'
          ? 'command'
          : 'webhook';

/** The answer has milliseconds. Half of one is rounded up or down. */
const quantile = (sorted: readonly number[], q: number): number => {
  const at = (sorted.length - 1) * q;
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  const ms = (low + (high - low) * (at - Math.floor(at))) * 1000;
  return expect.toBeOneOf([Math.round(ms - 0.01) / 1000, Math.round(ms + 0.01) / 1000]) as number;
};

const sumsOf = (all: Judged) => {
  const count = (is: (one: Judged[number]) => boolean): number => all.filter(is).length;
  const pushed = count(({ push }) => !push.isLost);
  const numbers = Object.fromEntries(
    ['assessed', 'notApplicable', 'undetermined', 'onItsWay', 'missing'].map((name) => [
      name,
      count(({ outcome }) => outcome === name),
    ]),
  );
  const seconds = all
    .filter(({ first, push }) => first !== undefined && !isFound(push) && !push.lists)
    .map(({ first, push }) => Math.max(0, first! - push.receivedMs) / 1000)
    .toSorted((a, b) => a - b);
  return {
    pushed,
    ...numbers,
    balances: pushed === all.length,
    learned: Object.fromEntries(
      ['webhook', 'eventGrid', 'sweep', 'index', 'command', 'unknown'].map((way) => [
        way,
        count(({ push }) => !push.isLost && learnedOf(push) === way),
      ]),
    ),
    inTime: count(({ first, deadline, push }) => !push.lists && first !== undefined && first <= deadline),
    late: count(
      ({ first, deadline, push, outcome }) =>
        (!push.lists && first !== undefined && first > deadline) || outcome === 'missing',
    ),
    ...(seconds.length > 0
      ? { p50Seconds: quantile(seconds, 0.5), p95Seconds: quantile(seconds, 0.95), slowestSeconds: seconds.at(-1)! }
      : {}),
  };
};

let made = 0;
/** Pushes and answers of a registry of their own. */
const facts = fc
  .record({
    pushes: fc.array(
      fc.record({
        n: fc.nat({ max: 3 }),
        ms: fc.integer({ min: 0, max: (now - start) / minute - 1 }),
        second: fc.boolean(),
        origin: fc.constantFrom('notification', 'notification', 'sweep', 'index'),
        sender: fc.constantFrom('acr', 'distribution', 'event-grid', 'command', undefined),
        isIndex: fc.boolean(),
        isLost: fc.constantFrom(false, false, false, true),
        again: fc.boolean(),
        answers: fc.array(
          fc.record({
            after: fc.integer({ min: 1, max: 60 }),
            isDecline: fc.boolean(),
            status: fc.constantFrom('healthy', 'unhealthy', 'undetermined', 'not-applicable'),
          }),
          { maxLength: 3 },
        ),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  })
  .map(({ pushes }) => {
    made += 1;
    const run = made;
    const ids = [idOf(run * 2), idOf(run * 2 + 1)];
    // An index is an image of its own, and never answered; a push is received in no other second than the others.
    const all = pushes.map(({ n, ms, second, origin, sender, isIndex, isLost, answers }, at): Pushed => ({
      n: isIndex ? 10 + at : n,
      registry: ids[Number(second)]!,
      id: `push ${run} ${at}`,
      receivedMs: start + ms * minute + at,
      origin: origin as Pushed['origin'],
      sender: origin === 'notification' ? sender : origin,
      ...(isIndex ? { lists: [n, (n + 1) % 4] } : { isLost: isLost && answers.length > 0 }),
    }));
    let verdict = 0;
    const answered = pushes.flatMap(({ answers }, at): Answered[] =>
      all[at]!.lists
        ? []
        : answers.map(({ after, isDecline, status }, nth) => ({
            of: all[at]!,
            verdict: (verdict += 1),
            classification: isDecline ? 0 : nth + 1,
            atMs: all[at]!.receivedMs + after * minute,
            status: isDecline && status !== 'undetermined' ? 'not-applicable' : (status as Status),
            reason: isDecline ? 'plan-disabled' : status === 'undetermined' ? 'no-packages' : undefined,
          })),
    );
    const again = all.filter((_, at) => pushes[at]!.again);
    return { ids, all, answered, again };
  });

const coverage = async (query: string) => {
  const { status, body } = await assay.get(`/assay/coverage?${query}`);
  expect(status).toBe(200);
  return body;
};

describe('the ledger of pushes', () => {
  it('accounts for every push as a judge of single pushes does', () =>
    fc.assert(
      fc.asyncProperty(facts, async ({ ids, all, answered, again }) => {
        // Some pushes are published twice, as after an inspection that was tried again.
        await assay.publish(...eventsOf(all, answered), ...eventsOf(again, []));
        const images = (await Promise.all(ids.map((id) => assay.all(`/assay/images?registry=${id}`)))).flat() as any[];
        const expected = judged(all, answered, ({ n, registry }) => {
          const { status, reason } = images.find(
            (image) => image.registryId === registry && image.digest === digestOf(n) && image.children,
          );
          return { status, reason };
        });
        for (const registry of ids) {
          const here = expected.filter(({ push }) => push.registry === registry);
          const { value, total } = await coverage(`registry=${registry}&from=2026-11-20`);
          const days = [...Map.groupBy(here, ({ push }) => iso(push.receivedMs).slice(0, 10))];
          expect(value.map(({ reasons: _reasons, ...row }: any) => row)).toEqual(
            days
              .toSorted(([a], [b]) => (a < b ? 1 : -1))
              .map(([on, pushes]) => ({
                day: on,
                registryId: registry,
                registry: `${registry.split('/').at(-1)}.registry.test`,
                ...sumsOf(pushes),
              })),
          );
          expect(total).toMatchObject(sumsOf(here));
          for (const { day: on, reasons } of value) {
            const pushes = days.find(([each]) => each === on)![1];
            const counted = Map.groupBy(pushes, ({ outcome, status, reason }) =>
              JSON.stringify([outcome, status, reason]),
            );
            expect(
              new Map(
                reasons.map(({ outcome, status, reason, count }: any) => [
                  JSON.stringify([outcome, status, reason]),
                  count,
                ]),
              ),
            ).toEqual(new Map([...counted].map(([key, some]) => [key, some.length])));
            for (const { outcome, reason, count } of reasons) {
              const path = `day=${on}&registry=${registry}&outcome=${outcome}${reason ? `&reason=${reason}` : ''}`;
              const { body } = await assay.get(`/assay/coverage/images?${path}`);
              const meant = pushes.filter((one) => one.outcome === outcome && (!reason || one.reason === reason));
              expect(body.total).toBe(reason ? count : meant.length);
              expect(body.value.map(({ pushId, digest }: any) => [pushId, digest])).toEqual(
                meant
                  .toSorted((a, b) => b.push.receivedMs - a.push.receivedMs)
                  .map(({ push }) => [push.id, digestOf(push.n)]),
              );
            }
          }
        }
      }),
      { numRuns: 12 },
    ));
});

describe('a push in the ledger', () => {
  const registry = idOf(9_001);
  const one: Pushed = { n: 1, registry, id: 'one', receivedMs: start + hour, origin: 'notification', sender: 'acr' };
  const two = { ...one, n: 2, id: 'two', receivedMs: start + 2 * hour };
  const healthy: Answered = {
    of: one,
    verdict: 1,
    classification: 1,
    atMs: start + hour + 42_500,
    status: 'healthy',
    reason: undefined,
  };
  beforeAll(() =>
    assay.publish(...eventsOf([one, two], [healthy]), declined('image-deleted', { digest: digestOf(1), verdict: 2 })),
  );
  const row = async () => (await coverage(`registry=REG9001.registry.test&from=2026-11-20`)).value[0];

  it('keeps its assessment when the image is deleted, and shows its time', async () => {
    await assay.publish(
      ...eventsOf(
        [],
        [{ ...healthy, verdict: 2, classification: 0, atMs: now, status: 'not-applicable', reason: 'image-deleted' }],
      ),
    );
    expect(await row()).toMatchObject({ pushed: 2, assessed: 1, missing: 1, p50Seconds: 42.5, inTime: 1, late: 1 });
    const { body } = await assay.get(`/assay/coverage/images?day=2026-11-20&registry=${registry}`);
    expect(body.value).toEqual([
      expect.objectContaining({
        pushId: 'two',
        outcome: 'missing',
        status: 'undetermined',
        reason: 'overdue',
        isLate: true,
      }),
      {
        subscriptionId,
        registryId: registry,
        registry: 'reg9001.registry.test',
        repository: 'team/hello',
        digest: digestOf(1),
        pushId: 'one',
        outcome: 'assessed',
        status: 'healthy',
        learned: 'webhook',
        receivedAt: iso(one.receivedMs),
        answeredAt: iso(healthy.atMs),
        seconds: 42.5,
        isLate: false,
      },
    ]);
  });

  it('is undetermined while an event of its image is parked, unless it is unhealthy', async () => {
    const three = { ...one, n: 3, id: 'three' };
    await assay.publish(
      ...eventsOf([three], [{ ...healthy, of: three, status: 'unhealthy' }]),
      ...[1, 2, 3].map((n) =>
        emitted('operator.acted', {
          command: 'park',
          target: `classifier/scan.completed/0/${n}`,
          outcome: 'parked',
          by: 'classifier',
          why: 'invalid',
          details: { key: digestOf(n) },
        }),
      ),
    );
    expect(await row()).toMatchObject({
      pushed: 3,
      assessed: 1,
      undetermined: 2,
      balances: true,
      reasons: [
        { outcome: 'assessed', status: 'unhealthy', count: 1 },
        { outcome: 'undetermined', status: 'undetermined', reason: 'parked', count: 2 },
      ],
    });
  });
});

describe('the routes of the ledger', () => {
  it('have pages of keys', async () => {
    const registries = [1, 2, 3].map((n) => idOf(9_100 + n));
    const pushes = registries.flatMap((registry, at) =>
      [0, 1].map((days): Pushed => ({
        n: at,
        registry,
        id: `${at} ${days}`,
        receivedMs: start + (days - 10) * day,
        origin: 'notification',
        sender: 'acr',
      })),
    );
    await assay.publish(...eventsOf(pushes, []));
    const pages: number[] = [];
    const all = await assay.all('/assay/coverage?from=2026-11-10&to=2026-11-11&top=5', pages);
    expect(all).toEqual((await coverage('from=2026-11-10&to=2026-11-11&top=1000')).value);
    expect(pages.slice(0, -1).every((size) => size === 5)).toBe(true);
    const images = await assay.all('/assay/coverage/images?day=2026-11-10&top=2');
    expect(images).toHaveLength((await assay.get('/assay/coverage/images?day=2026-11-10&top=1000')).body.total);
    expect(new Set(images.map(({ pushId, registryId: of, digest }) => `${pushId} ${of} ${digest}`)).size).toBe(
      images.length,
    );
  });

  it('are narrowed to a subscription, with the sums of its days however short the page is', async () => {
    const other = '00000000-0000-0000-0000-0000000000bb';
    const pushes = [0, 1, 2].flatMap((n) =>
      [idOf(9_201, other), idOf(9_202, other), idOf(9_203)].map((registry, at): Pushed => ({
        n: 700 + n,
        registry,
        id: `narrowed ${n} ${at}`,
        receivedMs: start + (n - 12) * day,
        origin: 'notification',
        sender: 'acr',
      })),
    );
    await assay.publish(...eventsOf(pushes, []));
    const body = await coverage(`from=2026-11-08&to=2026-11-10&top=1&subscription=${other.toUpperCase()}`);
    expect([body.value.length, body.total.pushed, typeof body.nextLink]).toEqual([1, 6, 'string']);
    expect(body.days.map((each: Record<string, unknown>) => [each.day, each.pushed, each.missing])).toEqual([
      ['2026-11-08', 2, 2],
      ['2026-11-09', 2, 2],
      ['2026-11-10', 2, 2],
    ]);
    const { total } = (await assay.get(`/assay/coverage/images?day=2026-11-08&subscription=${other}`)).body;
    expect(total).toBe(2);
    expect((await coverage('from=2026-11-08&to=2026-11-10&subscription=elsewhere')).total.pushed).toBe(0);
  });

  it('show nothing of a registry that the caller may not read', async () => {
    const access = {
      identify: async () =>
        new Caller('ana', 'test', [
          {
            may: ['findings/read'],
            scope: { kind: 'subscription', subscriptionId: '00000000-0000-0000-0000-0000000000aa' },
          },
        ]),
    };
    const own = await suite({ arm: { access } });
    own.clock.now = now;
    const mine = idOf(1, '00000000-0000-0000-0000-0000000000aa');
    const push: Pushed = {
      n: 1,
      registry: registryId,
      id: 'a',
      receivedMs: start,
      origin: 'notification',
      sender: 'acr',
    };
    await own.publish(...eventsOf([push, { ...push, registry: mine, id: 'b' }], []));
    const { body } = await own.get('/assay/coverage');
    expect([body.value.map(({ registryId: of }: any) => of), body.total.pushed]).toEqual([[mine], 1]);
    const { body: images } = await own.get('/assay/coverage/images?day=2026-11-20');
    expect([images.total, images.value.map(({ pushId }: any) => pushId)]).toEqual([1, ['b']]);
    expect((await own.get(`/assay/coverage/images?day=2026-11-20&registry=${registryId}`)).body.total).toBe(0);
    await own.close();
  });

  it.each([
    ['coverage?from=2026-02-30', 'from'],
    ['coverage?from=yesterday', 'from'],
    ['coverage?to=2026-11-24T00:00:00Z', 'to'],
    ['coverage?from=2026-11-24&to=2026-11-23', 'from'],
    ['coverage?from=2024-11-24&to=2026-11-23', 'from'],
    ['coverage?top=0', 'top'],
    ['coverage?top=1001', 'top'],
    ['coverage?top=1e2', 'top'],
    ['coverage/images', 'day'],
    ['coverage/images?day=2026-13-01', 'day'],
    ['coverage/images?day=2026-11-24&outcome=lost', 'outcome'],
  ])('refuse %s', async (path, target) => {
    expect(await assay.get(`/assay/${path}`)).toMatchObject({
      status: 400,
      body: { error: { code: 'InvalidRequestContent', target } },
    });
  });
});
