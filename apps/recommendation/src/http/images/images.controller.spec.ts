import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noFindings, type AnyEvent, type DataOf } from '@assay/events';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  attestationAt,
  dataOf,
  declined,
  digestOf,
  factsAt,
  findingOf,
  planOn,
  pushFields,
  registryId,
  registryObserved,
  emitted,
  subscriptionId,
  imageStory,
  wholeStory,
  windowsAt,
} from '../../../../../libs/read-model/test/fixtures.ts';

let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await suite();
});
afterEach(() => assay.close());

const image = async (n = 1) => (await assay.get(`/assay/images/${digestOf(n)}`)).body.placements[0];
const shown = async (n = 1) => {
  const { status, reason } = await image(n);
  return reason ? `${status}/${reason}` : (status as string);
};

describe('the status of an image', () => {
  it('follows the push', async () => {
    const [pushed, approved, started, completed, classified, ...rest] = imageStory();
    const seen: string[] = [];
    for (const event of [pushed!, approved!, started!, completed!, classified!, ...rest]) {
      await assay.publish(event);
      seen.push(await shown());
    }
    expect(seen).toEqual(['queued', 'queued', 'scanning', 'scanning', 'unhealthy', 'unhealthy', 'unhealthy']);
  });

  it.each(['failed/bad-manifest', 'timed-out', 'failed'])(
    'has no counts for an image that could not be scanned: %s',
    async (reason) => {
      await assay.publish(...wholeStory({ findings: [], classified: { status: 'undetermined', reason } }));
      const found = await image();
      expect([found.status, found.reason, 'findings' in found, 'bySeverity' in found, 'fixable' in found]).toEqual([
        'undetermined',
        reason,
        false,
        false,
        false,
      ]);
      await assay.publish(...wholeStory({ digest: digestOf(2), findings: [] }));
      expect(await image(2)).toMatchObject({ status: 'healthy', findings: 0, bySeverity: { Critical: 0 } });
    },
  );

  it.each(['overdue', 'stale'])(
    'follows the clock of the view, not a published %s, and lists that in the timeline',
    async (reason) => {
      await assay.publish(...wholeStory({ findings: [] }));
      const before = await image();
      await assay.publish(
        emitted('recommendation.changed', {
          ...pushFields(digestOf(1), 1),
          ...(reason === 'overdue' ? { verdict: undefined } : { classification: 1 }),
          status: 'undetermined',
          reason,
          since: '2026-12-24T00:00:00.000Z',
        } as never),
      );
      expect(await image()).toEqual(before);
      const { events } = (await assay.get(`/assay/images/${digestOf(1)}/timeline`)).body;
      expect(events.map(({ summary }: any) => summary).join()).toContain(`undetermined (${reason})`);
    },
  );

  it('is overdue after its deadline without an answer, by the clock alone', async () => {
    const [pushed, approved, started] = wholeStory();
    await assay.publish(pushed!);
    assay.clock.now = Date.parse('2026-11-24T09:30:03.224Z');
    expect(await shown()).toBe('undetermined/overdue');
    await assay.publish(approved!, started!);
    assay.clock.now = Date.parse('2026-11-24T09:30:02.345Z');
    expect(await shown()).toBe('scanning');
    assay.clock.now += 1;
    expect(await shown()).toBe('undetermined/overdue');
    await assay.publish(...wholeStory().slice(3));
    expect(await shown()).toBe('unhealthy');
  });

  it('is overdue after its deadline even if a rescan overtook the first status', async () => {
    const [pushed, approved, started] = wholeStory();
    await assay.publish(
      pushed!,
      approved!,
      started!,
      emitted('scan.approved', {
        ...pushFields(digestOf(1), 1),
        verdict: 2,
        kind: 'rescan',
        lane: 'rescan',
        deadline: '2026-11-25T09:16:00.000Z',
      }),
    );
    expect(await shown()).toBe('queued');
    assay.clock.now = Date.parse('2026-11-24T09:30:03.224Z');
    expect(await shown()).toBe('undetermined/overdue');
  });

  it('follows a decline until the scan after it has ended, even if a rescan overtook that scan', async () => {
    const push = pushFields(digestOf(1), 1);
    await assay.publish(
      ...wholeStory({ findings: [] }),
      declined('plan-disabled', { verdict: 2 }),
      emitted('scan.approved', { ...push, verdict: 3 }),
      emitted('scan.approved', { ...push, verdict: 4, kind: 'rescan', lane: 'rescan' }),
    );
    expect(await shown()).toBe('not-applicable/plan-disabled');
  });

  it('gives a push found by a sweep a day', async () => {
    await assay.publish(wholeStory({ push: { origin: 'sweep' } })[0]!);
    assay.clock.now = Date.parse('2026-11-25T09:15:00.000Z');
    expect(await shown()).toBe('queued');
    assay.clock.now += 60_000;
    expect(await shown()).toBe('undetermined/overdue');
  });

  it('is parked while an event before the recommendation is, but not an event after it', async () => {
    const [pushed, approved] = wholeStory();
    const park = (command: 'park' | 'redrive', target: string, outcome = 'parked') =>
      emitted(
        'operator.acted',
        { command, target, outcome, details: { key: digestOf(1), type: 'x', id: 'y' } },
        { id: `${command} ${target} ${outcome}` },
      );
    await assay.publish(pushed!, approved!, park('park', 'billing/finding.classified/3/17'));
    expect(await shown()).toBe('queued');
    await assay.publish(park('park', 'classifier/scan.completed/3/17'));
    expect(await shown()).toBe('undetermined/parked');
    expect((await assay.get(`/assay/images/${digestOf(1)}`)).body.parked).toHaveLength(2);
    await assay.publish(park('redrive', 'classifier/scan.completed/3/17', 'ordered'));
    expect(await shown()).toBe('undetermined/parked');
    await assay.publish(park('redrive', 'classifier/scan.completed/3/17', 'redriven'));
    expect(await shown()).toBe('queued');
  });

  it('waits for the answer to a later push, but not for a rescan', async () => {
    await assay.publish(...wholeStory());
    await assay.publish(
      emitted('scan.approved', { ...pushFields(digestOf(1), 1), verdict: 2, kind: 'rescan', lane: 'rescan' }),
    );
    expect(await shown()).toBe('unhealthy');
    const [pushed, approved] = wholeStory({ verdict: 3 });
    await assay.publish(pushed!);
    expect(await shown()).toBe('queued');
    await assay.publish(approved!);
    expect(await shown()).toBe('queued');
    await assay.publish(...wholeStory({ verdict: 3, findings: [] }).slice(2));
    expect(await shown()).toBe('healthy');
  });

  it('follows the highest verdict and classification, in any order', async () => {
    await assay.publish(declined('plan-disabled', { verdict: 2 }), ...wholeStory());
    expect(await shown()).toBe('not-applicable/plan-disabled');
    await assay.publish(
      ...wholeStory({
        verdict: 3,
        classified: { classification: 2, status: 'healthy' },
        findings: [findingOf({ state: 'exempt' })],
      }),
    );
    await assay.publish(
      emitted('finding.classified', {
        ...pushFields(digestOf(1), 3),
        verdict: 3,
        classification: 1,
        status: 'unhealthy',
      }),
    );
    expect(await shown()).toBe('healthy');
  });

  it('is no longer healthy by a database that is too old, unless for demonstration', async () => {
    const demonstration = { digest: digestOf(9), builtAt: '2020-01-01T00:00:00.000Z', demonstration: true };
    await assay.publish(
      ...wholeStory({ findings: [] }),
      ...wholeStory({ digest: digestOf(2), findings: [], classified: { database: demonstration } }),
    );
    assay.clock.now += 31 * 24 * 3_600_000;
    expect([await shown(1), await shown(2)]).toEqual(['undetermined/stale', 'healthy']);
  });

  it('comes with its basis and all doubts, whether the image is healthy or not', async () => {
    const { scanner, database, inventory, witness } = dataOf('finding.classified');
    const unread = [{ path: 'var/lib/rpm/Packages', reason: 'berkeley-db' }];
    await assay.publish(
      ...wholeStory({ findings: [] }),
      ...wholeStory({
        digest: digestOf(2),
        classified: { witness: { ...witness!, unread }, warnings: ['packages-unreadable'] },
      }),
    );
    expect(await image()).toMatchObject({
      status: 'healthy',
      doubts: [],
      evidence: {
        scanner,
        inventory,
        witness,
        database,
      },
    });
    expect(await image(2)).toMatchObject({
      status: 'unhealthy',
      doubts: ['packages-unreadable', 'inventory-unread'],
      evidence: { warnings: ['packages-unreadable'], witness: { unread } },
    });
    assay.clock.now += 31 * 24 * 3_600_000;
    expect([(await image()).doubts, (await image(2)).doubts]).toEqual([
      ['stale'],
      ['packages-unreadable', 'inventory-unread', 'stale'],
    ]);
  });

  it('doubts only the lack of a result where there is none, and nothing before a scan', async () => {
    await assay.publish(
      ...wholeStory({ findings: [], classified: { status: 'undetermined', reason: 'failed/gone' } }),
      ...wholeStory({ digest: digestOf(2), classified: { status: 'undetermined', reason: 'scanner-recalled' } }),
      wholeStory({ digest: digestOf(3) })[0]!,
    );
    expect((await image()).doubts).toEqual(['failed/gone']);
    expect(await image()).not.toHaveProperty('evidence');
    expect((await image(2)).doubts).toEqual(['scanner-recalled']);
    expect(await image(3)).not.toHaveProperty('doubts');
  });

  it('of an index is the worst of its images, without what cannot run and what is for Windows', async () => {
    const children = [
      { digest: digestOf(1), kind: 'image', os: 'linux', architecture: 'amd64' },
      { digest: digestOf(2), kind: 'image', os: 'windows', architecture: 'amd64' },
      { digest: digestOf(3), kind: 'attestation', os: 'unknown', architecture: 'unknown' },
      { digest: digestOf(4), kind: 'image', os: 'linux', architecture: 'arm64' },
    ];
    const [index] = wholeStory({
      digest: digestOf(7),
      push: {
        facts: { kind: 'index', layers: 0, compressedBytes: 0, encrypted: false, foreignLayers: false, children },
      },
    });
    await assay.publish(index!);
    expect(await shown(7)).toBe('queued');
    await assay.publish(...wholeStory({ digest: digestOf(1), findings: [] }), ...windowsAt(2));
    expect(await shown(7)).toBe('queued');
    assay.clock.now = Date.parse('2026-11-24T10:00:00.000Z');
    expect(await shown(7)).toBe('undetermined/overdue');
    const push = { facts: factsAt('linux', 'arm64') };
    await assay.publish(...wholeStory({ digest: digestOf(4), findings: [], push }));
    expect(await shown(7)).toBe('undetermined/overdue');
    await assay.publish(attestationAt(3));
    expect(await shown(7)).toBe('healthy');
    await assay.publish(...wholeStory({ digest: digestOf(4), verdict: 2, push }));
    expect(await shown(7)).toBe('unhealthy');
    await assay.publish(declined('image-deleted', { digest: digestOf(4), verdict: 3, push: 2 }));
    expect(await shown(7)).toBe('healthy');
    expect((await image(7)).children).toEqual([
      expect.objectContaining({ digest: digestOf(1), status: 'healthy', bySeverity: noFindings() }),
      {
        digest: digestOf(2),
        kind: 'image',
        os: 'windows',
        architecture: 'amd64',
        status: 'not-applicable',
        reason: 'windows-image',
        leftOut: 'windows-image',
      },
      {
        digest: digestOf(3),
        kind: 'attestation',
        os: 'unknown',
        architecture: 'unknown',
        status: 'undetermined',
        reason: 'overdue',
        leftOut: 'not-a-container-image/attestation',
      },
      {
        digest: digestOf(4),
        kind: 'image',
        os: 'linux',
        architecture: 'arm64',
        status: 'not-applicable',
        reason: 'image-deleted',
        leftOut: 'image-deleted',
        deleted: true,
      },
    ]);
    await assay.publish(declined('image-deleted', { digest: digestOf(1), verdict: 2 }));
    expect(await shown(7)).toBe('not-applicable/windows-image');
  });

  it('of an index has the counts and the age of its worst image, in one row with the images below it', async () => {
    const [bad, worse] = ['Low', 'Critical'].map((severity) =>
      findingOf({ severity: severity as 'Low', fixedVersion: '2' }),
    );
    const index = wholeStory({
      digest: digestOf(7),
      push: {
        tags: ['v1'],
        facts: factsAt('', '', {
          kind: 'index',
          children: [
            { digest: digestOf(1), kind: 'image', os: 'linux', architecture: 'amd64' },
            { digest: digestOf(2), kind: 'image', os: 'linux', architecture: 'arm64' },
          ],
        }),
      },
    })[0]!;
    const push = { tags: [], listedIn: [digestOf(7)] };
    await assay.publish(
      index,
      ...wholeStory({ findings: [bad!], push }),
      ...wholeStory({ digest: digestOf(2), findings: [worse!], push: { ...push, facts: factsAt('linux', 'arm64') } }),
    );
    const { since, fixable } = await image(2);
    const row = { digest: digestOf(7), since, fixable, bySeverity: { Critical: 1, Low: 0 } };
    expect((await assay.get('/assay/images')).body).toMatchObject({
      value: [row],
      total: 1,
      all: 1,
      counts: { unhealthy: 1 },
    });
    for (const query of ['severity=critical', 'fixable=true', `q=${digestOf(1)}`, 'fixable=true&severity=low'])
      expect((await assay.get(`/assay/images?${query}`)).body.value, query).toMatchObject([row]);
    expect((await assay.get('/assay/images?children=true')).body.value).toMatchObject([
      { listedIn: [digestOf(7)] },
      { listedIn: [digestOf(7)] },
      row,
    ]);
    const { value } = (await assay.get(`/assay/coverage/images?day=2026-11-24`)).body;
    expect(value.map(({ outcome, status }: Record<string, string>) => `${outcome} ${status}`)).toEqual(
      [1, 2, 3].map(() => 'assessed unhealthy'),
    );
  });

  it('of an index does not follow its words about a child, but the manifest of the child', async () => {
    const [index] = wholeStory({
      digest: digestOf(7),
      push: {
        facts: factsAt('', '', {
          kind: 'index',
          children: [
            { digest: digestOf(1), kind: 'image', os: 'linux', architecture: 'amd64' },
            { digest: digestOf(2), kind: 'attestation', os: 'linux', architecture: 'arm64' },
          ],
        }),
      },
    });
    await assay.publish(index!, ...wholeStory({ findings: [] }));
    expect(await shown(7)).toBe('queued');
    await assay.publish(...wholeStory({ digest: digestOf(2), push: { facts: factsAt('linux', 'arm64') } }));
    expect(await shown(7)).toBe('unhealthy');
    expect((await image(7)).children).toMatchObject([{ status: 'healthy' }, { kind: 'image', status: 'unhealthy' }]);
  });
});

describe('the details of an image', () => {
  it('cover each placement in full', async () => {
    await assay.publish(...wholeStory());
    expect(await image()).toMatchObject({
      subscriptionId,
      registryId,
      loginServer: 'myreg.registry.test',
      repository: 'team/hello',
      digest: digestOf(1),
      tags: ['v1'],
      kind: 'image',
      os: 'linux',
      status: 'unhealthy',
      since: '2026-11-24T09:15:03.373Z',
      bySeverity: { High: 1 },
      findings: 1,
      fixable: 1,
      exempt: 0,
      scanMs: 97,
      pullMs: 12,
      driver: 'bwrap',
      demonstrationDatabase: false,
      pushToRecommendationMs: 160,
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      charge: { amount: '0.29', currency: 'USD' },
      verdict: { approved: true, lane: 'push' },
      times: { pushed: '2026-11-24T09:15:03.233Z', recommended: '2026-11-24T09:15:03.383Z' },
    });
  });

  it('have the corrections of the charge, with what is left of it', async () => {
    const story = imageStory();
    const charged = story.at(-1)! as AnyEvent & { data: DataOf<'usage.charged'> };
    const corrected = (n: number, amount: string): AnyEvent => ({
      ...charged,
      id: `correction ${n}`,
      sequence: `${charged.sequence!}${n}`,
      time: `2026-12-0${n}T09:00:00.000Z`,
      data: { ...charged.data, chargeId: `k${n}`, amount, correctionOf: charged.data.chargeId, by: 'ana', why: 'x' },
    });
    await assay.publish(...story, corrected(1, '-0.2'), corrected(2, '0.01'));
    const { charge } = (await image()) as { charge: object };
    expect(charge).toMatchObject({
      amount: '0.29',
      corrections: [
        { chargeId: 'k1', amount: '-0.2', time: '2026-12-01T09:00:00.000Z' },
        { chargeId: 'k2', amount: '0.01', time: '2026-12-02T09:00:00.000Z' },
      ],
      rest: '0.10',
    });
  });

  it('keep the time of the first answer when a rule changes the findings later', async () => {
    await assay.publish(...wholeStory());
    await assay.publish(
      emitted(
        'finding.classified',
        { ...pushFields(digestOf(1), 1), classification: 2, cause: 'rule', status: 'healthy' },
        { time: '2026-12-24T00:00:00.000Z' },
      ),
    );
    expect(await image()).toMatchObject({ status: 'healthy', pushToRecommendationMs: 160 });
  });

  it('have the times of one scan: the scan that answered the push', async () => {
    await assay.publish(...wholeStory());
    const rescanned = { ...pushFields(digestOf(1), 1), verdict: 2, scanId: 'rescan', scannerMs: 5_000 };
    await assay.publish(
      emitted('scan.completed', { ...rescanned, kind: 'rescan', pullMs: 700 }, { time: '2026-11-25T00:00:00.000Z' }),
      emitted('finding.classified', { ...rescanned, cause: 'rescan' }, { time: '2026-11-25T00:00:01.000Z' }),
    );
    const shown = await image();
    expect(shown).toMatchObject({ scanId: 'rescan', scanMs: 97, pushToRecommendationMs: 160 });
    expect(shown).not.toHaveProperty('pullMs');
  });

  it('have no time from push to result if the plan was switched on only after the push was answered', async () => {
    const placed = { ...pushFields(digestOf(1), 1), verdict: 1 };
    await assay.publish(
      wholeStory()[0]!,
      declined('plan-disabled', {}, { time: '2026-11-24T09:15:03.300Z' }),
      emitted(
        'recommendation.changed',
        { ...placed, status: 'not-applicable', reason: 'plan-disabled' },
        { time: '2026-11-24T09:15:03.310Z' },
      ),
    );
    expect(await image()).toMatchObject({ pushToRecommendationMs: 87 });
    const later = { ...placed, verdict: 2, scannerMs: 858 };
    await assay.publish(
      emitted('scan.completed', { ...later, pullMs: 12 }, { time: '2026-11-25T00:00:00.000Z' }),
      emitted('finding.classified', later, { time: '2026-11-25T00:00:01.000Z' }),
      emitted('recommendation.changed', { ...later, status: 'unhealthy' }, { time: '2026-11-25T00:00:02.000Z' }),
    );
    const shown = await image();
    expect(shown).toMatchObject({ status: 'unhealthy', scanMs: 858, pullMs: 12 });
    expect(shown).not.toHaveProperty('pushToRecommendationMs');
  });

  it('distinguish two placements of one digest', async () => {
    await assay.publish(...wholeStory(), ...wholeStory({ push: { repository: 'other/repo' }, findings: [] }));
    const { placements } = (await assay.get(`/assay/images/${digestOf(1)}`)).body;
    expect(placements.map(({ repository, status }: any) => [repository, status])).toEqual([
      ['other/repo', 'healthy'],
      ['team/hello', 'unhealthy'],
    ]);
    const of = async (query: string) => (await assay.get(`/assay/images/${digestOf(1)}/findings${query}`)).body.value;
    expect(await of('')).toMatchObject([
      { vulnerability: 'CVE-2026-1967', state: 'active', repository: 'team/hello', status: { code: 'Unhealthy' } },
    ]);
    expect(await of('?repository=other/repo')).toEqual([]);
    expect(await of(`?subscription=${subscriptionId}&repository=team/hello`)).toHaveLength(1);
    // An empty list would claim that nothing was found there.
    for (const elsewhere of [
      '?subscription=00000000-0000-0000-0000-000000000002',
      '?repository=team/hell',
      '?repository=',
      `?subscription=${subscriptionId}&repository=x`,
    ]) {
      expect(await assay.get(`/assay/images/${digestOf(1)}/findings${elsewhere}`)).toMatchObject({
        status: 404,
        body: { error: { code: 'ResourceNotFound' } },
      });
    }
  });

  it('list images page by page, also of one subscription', async () => {
    await assay.close();
    assay = await suite({ arm: { pageSize: 2 } });
    for (let n = 1; n <= 5; n += 1) await assay.publish(wholeStory({ digest: digestOf(n) })[0]!);
    const pages: number[] = [];
    expect((await assay.all('/assay/images', pages)).map(({ digest }) => digest as string)).toEqual(
      [1, 2, 3, 4, 5].map(digestOf),
    );
    expect(pages).toEqual([2, 2, 1]);
    expect(await assay.all(`/assay/images?subscription=${subscriptionId}`)).toHaveLength(5);
    expect(await assay.all('/assay/images?subscription=00000000-0000-0000-0000-000000000002')).toEqual([]);
  });

  it.each(['', '/findings', '/timeline'])(
    'answer 404 for an unknown image and 400 for a malformed digest: images/…%s',
    async (path) => {
      expect(await assay.get(`/assay/images/${digestOf(99)}${path}`)).toMatchObject({
        status: 404,
        body: { error: { code: 'ResourceNotFound' } },
      });
      expect(await assay.get(`/assay/images/latest${path}`)).toMatchObject({
        status: 400,
        body: { error: { code: 'InvalidRequestContent' } },
      });
    },
  );

  it('list registries with their plans and recommendations', async () => {
    await assay.publish(registryObserved(), planOn(), ...wholeStory());
    expect((await assay.get('/assay/registries')).body.value).toMatchObject([
      {
        registryId,
        loginServer: 'myreg.registry.test',
        planOn: true,
        status: { code: 'Unhealthy' },
        images: { unhealthy: 1, healthy: 0 },
      },
    ]);
    await assay.publish(registryObserved({ removed: true }));
    expect((await assay.get('/assay/registries')).body.value).toMatchObject([
      { registryId, removed: true, images: { unhealthy: 1 } },
    ]);
    await assay.publish(declined('image-deleted', { verdict: 2 }));
    expect((await assay.get('/assay/registries')).body).toEqual({ value: [] });
  });
});

describe('the timeline of an image', () => {
  it('goes from cause to effect', async () => {
    const story = imageStory();
    await assay.publish(...story.toReversed());
    const { events } = (await assay.get(`/assay/images/${digestOf(1)}/timeline`)).body;
    expect(events.map(({ topic }: any) => topic)).toEqual(story.map(({ topic }) => topic));
    expect(events.map(({ cause }: any) => cause)).toEqual(story.map(({ causationid }) => causationid));
    expect(events.map(({ afterMs }: any) => afterMs)).toEqual([0, 10, 20, 130, 140, 150, 155]);
    expect(events.map(({ summary }: any) => summary)).toEqual([
      'pushed team/hello:v1 (image, linux/amd64)',
      'approved: scan, lane push, due 2026-11-24T09:30:02.345Z',
      'scan started: attempt 1, trivy 0.74.0, bwrap',
      'scan succeeded: scanner 97 ms, pull 12 ms',
      'classified unhealthy: 1 High, 1 fixable, by scan',
      'recommendation: unhealthy',
      'charged 0.29 USD (list@2020-01-01)',
    ]);
  });

  it('puts the cause first among events of the same time', async () => {
    const story = wholeStory().map((event) => ({ ...event, time: '2026-11-24T09:15:03.000Z' }));
    await assay.publish(...story.toReversed());
    const { events } = (await assay.get(`/assay/images/${digestOf(1)}/timeline`)).body;
    expect(events.slice(0, 2).map(({ topic }: any) => topic)).toEqual(['image.pushed', 'scan.approved']);
    expect(events.findIndex(({ topic }: any) => topic === 'recommendation.changed')).toBeGreaterThan(
      events.findIndex(({ topic }: any) => topic === 'finding.classified'),
    );
  });

  const timeline = async (n = 1) =>
    (await assay.get(`/assay/images/${digestOf(n)}/timeline`)).body.events as {
      topic: string;
      id: string;
      cause?: string;
      summary: string;
      pages?: number;
    }[];

  it('states the changes when the status stayed the same', async () => {
    const again = (classification: number, High: number, more: object = {}) =>
      emitted(
        'recommendation.changed',
        {
          ...pushFields(digestOf(1), 1),
          classification,
          status: 'unhealthy',
          bySeverity: { Critical: 0, High, Medium: 0, Low: 0, Unknown: 0 },
          previous: {
            status: 'unhealthy',
            bySeverity: { Critical: 0, High: 366, Medium: 0, Low: 0, Unknown: 0 },
            ...more,
          },
        },
        { time: `2026-11-25T00:00:0${classification}.000Z` },
      );
    await assay.publish(
      ...wholeStory(),
      again(2, 165),
      again(3, 366),
      again(4, 1, { status: 'undetermined', reason: 'timed-out' }),
    );
    expect(
      (await timeline()).filter(({ topic }) => topic === 'recommendation.changed').map(({ summary }) => summary),
    ).toEqual([
      'recommendation: unhealthy',
      'recommendation: still unhealthy, 366 → 165 findings',
      'recommendation: still unhealthy, 366 findings, some of them changed',
      'recommendation: undetermined → unhealthy',
    ]);
  });

  it('shows an event in pages once, and its effects below it', async () => {
    const [pushed, approved, , completed, classified, recommended] = wholeStory() as [
      AnyEvent,
      AnyEvent,
      AnyEvent,
      AnyEvent,
      AnyEvent,
      AnyEvent,
    ];
    const paged = (event: AnyEvent, cause: string): AnyEvent[] =>
      [1, 2, 3].map(
        (page) =>
          ({
            ...event,
            id: `${event.topic}/${page}`,
            causationid: cause,
            sequence: `${event.sequence!}${page}`,
            data: { ...event.data, page, pages: 3 },
          }) as AnyEvent,
      );
    await assay.publish(pushed, approved, ...paged(completed, approved.id), ...paged(classified, 'scan.completed/1'), {
      ...recommended,
      causationid: 'finding.classified/3',
      sequence: '9.1',
    });
    const events = await timeline();
    expect(events.map(({ topic, pages }) => [topic, pages])).toEqual([
      ['image.pushed', undefined],
      ['scan.approved', undefined],
      ['scan.completed', 3],
      ['finding.classified', 3],
      ['recommendation.changed', undefined],
    ]);
    expect(events.slice(3).map(({ cause }) => cause)).toEqual(events.slice(2, 4).map(({ id }) => id));
    expect(events.every(({ summary }) => !summary.includes('page'))).toBe(true);
  });

  it('names only the rule that changed a finding, with its author and reason', async () => {
    const rule = emitted(
      'rule.changed',
      { ruleId: 'quiet', by: 'ana (assay)', reason: 'not reachable' },
      { id: 'rule-1', time: '2026-11-25T00:00:00.000Z' },
    );
    const other = emitted(
      'rule.changed',
      { ruleId: 'other', by: 'bob (assay)' },
      { id: 'rule-2', time: '2026-11-25T00:00:01.000Z' },
    );
    const plan = emitted(
      'plan.changed',
      { plan: 'Containers', mode: 'extended', by: 'eve (assay)', why: 'hardened images' },
      { id: 'plan-1', time: '2026-11-24T09:00:00.000Z' },
    );
    const [pushed, approved, ...story] = wholeStory();
    await assay.publish(
      rule,
      other,
      plan,
      pushed!,
      { ...approved!, causationid: 'plan-1' },
      ...story,
      emitted(
        'finding.classified',
        { ...pushFields(digestOf(1), 1), classification: 2, cause: 'rule', status: 'healthy' },
        { time: '2026-11-25T00:00:02.000Z', causationid: 'rule-1' },
      ),
    );
    expect(
      (await timeline())
        .filter(({ topic }) => ['rule.changed', 'plan.changed'].includes(topic))
        .map(({ summary }) => summary),
    ).toEqual([
      'plan Containers Standard, extended, by eve (assay): hardened images',
      'rule quiet set by ana (assay): not reachable',
    ]);
  });

  it('puts a decline below the registry that caused it', async () => {
    const [seen, restricted] = ['public', 'restricted'].map((networkAccess, hour) =>
      emitted('registry.observed', { networkAccess, by: 'configuration' } as never, {
        id: networkAccess,
        time: `2026-11-25T0${hour}:00:00.000Z`,
      }),
    );
    const decline = declined('registry-not-public', { verdict: 2 }, { causationid: 'restricted' });
    await assay.publish(seen!, ...wholeStory(), restricted!, { ...decline, time: '2026-11-25T02:00:00.000Z' });
    expect((await timeline()).slice(-2).map(({ topic, summary }) => [topic, summary])).toEqual([
      ['registry.observed', 'registry myreg.registry.test restricted, by configuration'],
      ['scan.declined', expect.stringContaining('registry-not-public')],
    ]);
    expect((await timeline()).filter(({ topic }) => topic === 'registry.observed')).toHaveLength(1);
  });

  it('names only the confirmed sweep that found the image gone, with its operator and reason', async () => {
    const order = (id: string, loginServer: string) =>
      emitted(
        'operator.acted',
        {
          command: 'sweep',
          target: `sweep/${id}`,
          outcome: 'ordered',
          by: 'ana (assay)',
          why: 'emptied',
          details: { registryId: id, loginServer, gone: 8, known: 9 },
        },
        { id, correlationid: id, time: '2026-11-25T00:00:00.000Z' },
      );
    const deleted = emitted(
      'image.deleted',
      { digest: digestOf(1) },
      { time: '2026-11-25T00:00:02.000Z', causationid: 'a notification', correlationid: 'order-1' },
    );
    await assay.publish(order('order-1', 'myreg.test'), order('order-2', 'other.test'), ...wholeStory(), deleted);
    expect((await timeline()).slice(-2).map(({ topic, summary }) => [topic, summary])).toEqual([
      ['operator.acted', 'ordered: sweep of myreg.test, 8 of 9 images gone, by ana (assay): emptied'],
      ['image.deleted', expect.stringContaining('deleted from ')],
    ]);
    expect((await timeline()).filter(({ topic }) => topic === 'operator.acted')).toHaveLength(1);
  });

  it('has the reassessments of the image, and of no other', async () => {
    const story = wholeStory();
    const again = emitted('scan.reassessed', { digest: digestOf(1) }, { time: '2026-11-25T09:00:00.000Z' });
    await assay.publish(...story, again, emitted('scan.reassessed', { digest: digestOf(2) }));
    const { events } = (await assay.get(`/assay/images/${digestOf(1)}/timeline`)).body;
    expect(events.find(({ topic }: any) => topic === 'scan.reassessed')).toMatchObject({
      summary: 'assessed again with advisories built 2026-11-24T00:00:00.000Z: 0 findings put, 1 removed',
    });
    expect(events).toHaveLength(imageStory().length + 1);
  });

  it('shows each event once, even if the log repeats it', async () => {
    const story = imageStory().map((event) => {
      const { sequence, ...rest } = event;
      return (sequence ? rest : event) as AnyEvent;
    });
    await assay.publish(...story, ...story);
    expect((await assay.get(`/assay/images/${digestOf(1)}/timeline`)).body.events).toHaveLength(story.length);
  });
});
