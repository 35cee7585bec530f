import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { derivedId, type AnyEvent, type DataOf } from '@assay/events';
import { Caller, roleNamed, type ArmRequest, type Reach } from '@assay/http';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  dataOf,
  declined,
  digestOf,
  emitted,
  findingOf,
  planOn,
  pushFields,
  subscriptionId,
  wholeStory,
  imageStory,
  wholeSet,
  type FullFinding,
} from '../../../../../libs/read-model/test/fixtures.ts';

let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await suite();
});
afterEach(() => assay.close());

interface Step {
  readonly step: string;
  readonly title: string;
  readonly details: readonly string[];
  readonly time?: string;
  readonly events: readonly { topic: string; id: string; partition: number; offset: number; cause?: string }[];
  readonly facts?: Record<string, unknown>;
  readonly obstacles?: readonly { reason: string; effect: string }[];
  readonly exemptions?: readonly { ruleId: string; findings: number }[];
}
interface Place {
  readonly status?: string;
  readonly reason?: string;
  readonly steps: readonly Step[];
  readonly children?: readonly { digest: string; kind: string; os?: string; place?: Place }[];
}

const placeOf = async (n = 1): Promise<Place> => {
  const { status, body } = await assay.get(`/assay/images/${digestOf(n)}/why`);
  expect(status).toBe(200);
  return body.places[0] as Place;
};
const titles = ({ steps }: Place): string[] => steps.map(({ title }) => title);
const stepIn = ({ steps }: Place, name: string): Step => steps.find(({ step }) => step === name)!;
const detailsOf = (place: Place, name: string): string => stepIn(place, name).details.join('\n');

const notified = (n = 1, changes: Partial<DataOf<'notification.received'>> = {}): AnyEvent => {
  const { pushId, pushedAt, receivedAt } = pushFields(digestOf(n), 1);
  return emitted(
    'notification.received',
    { digest: digestOf(n), occurredAt: pushedAt, receivedAt, ...changes },
    { id: pushId, correlationid: pushId, time: receivedAt },
  );
};
type Story = [AnyEvent, AnyEvent, AnyEvent, AnyEvent, AnyEvent, AnyEvent, AnyEvent];
const story = (...args: Parameters<typeof wholeStory>): Story => wholeStory(...args) as Story;
const withData = (event: AnyEvent, changes: object): AnyEvent =>
  ({ ...event, data: { ...event.data, ...changes } }) as AnyEvent;

describe('why an image has its status', () => {
  it('is explained from the notification to the charge, by the events of the log', async () => {
    const all = [notified(), ...imageStory()];
    await assay.publish(planOn(), ...all);
    const place = await placeOf();
    expect(place).toMatchObject({ status: 'unhealthy' });
    expect(titles(place)).toEqual([
      'Reported by a webhook as Azure Container Registry sends it',
      'Read from the registry: an image',
      'Approved for a scan',
      'Scanned',
      'Classified unhealthy',
      'Recommendation opened',
      'Charged 0.29 USD',
    ]);
    const events = place.steps.flatMap((step) => step.events);
    expect(events.map(({ topic }) => topic)).toEqual(
      all.map(({ topic }) => topic).filter((topic) => topic !== 'scan.started'),
    );
    for (const { topic, id, partition, offset, cause } of events) {
      const [published] = all.filter((event) => event.id === id);
      expect([published?.topic, published?.causationid], topic).toEqual([topic, cause]);
      for await (const { records } of assay.log.read(topic, partition, offset, offset + 1))
        expect(records[0]?.headers.ce_id, topic).toBe(id);
    }
    expect(place.steps.map(({ time }) => time)).toEqual(
      events.map(({ id }) => all.find((event) => event.id === id)!.time),
    );
    expect(stepIn(place, 'scan').facts).toMatchObject({ scannerMs: 97, driver: 'bwrap', packages: 81, findings: 1 });
    expect(stepIn(place, 'notification').facts).not.toHaveProperty('body');
  });

  it('states what each step rests on', async () => {
    await assay.publish(planOn(), notified(), ...wholeStory());
    const place = await placeOf();
    for (const [name, text] of [
      ['notification', 'A push of team/hello:v1.'],
      ['notification', 'Received within a second of the time that the sender gives.'],
      ['push', 'For linux/amd64, 1 layer of 3.6 MB in all.'],
      ['verdict', 'No rule of eligibility declines it. It is assessed in classic mode, for linux/amd64.'],
      [
        'verdict',
        'Plan ContainerRegistry (Standard, classic mode) scans the subscription since 2026-11-24 09:00:00 UTC.',
      ],
      ['verdict', 'Cause: the push.'],
      ['verdict', 'To be answered by 2026-11-24 09:30:02 UTC (lane push, verdict 1).'],
      ['scan', 'By trivy 0.74.0 in the sandbox bwrap: 97 ms, and 12 ms to pull (attempt 1).'],
      ['scan', 'old when the scan began.'],
      ['scan', 'System debian 13.0; 81 packages counted, 78 of them of the system (with apt, dpkg, bash, dash).'],
      ['scan', 'It reports 1 finding.'],
      ['scan', 'Witness 5d41402abc4b looked at 2 layers: 78 packages in 1 package database.'],
      ['scan', '- dpkg database var/lib/dpkg/status: 78 packages installed'],
      ['scan', '- system by etc/os-release: debian 13.0'],
      ['scan', '- manifests of languages: 3 python'],
      ['scan', 'The witness and the scanner agree.'],
      ['classification', '1 finding that no rule disables: 1 high; 1 can be fixed.'],
      ['classification', 'No rule disables a finding.'],
      [
        'classification',
        'So the image is unhealthy: it has a finding that no rule disables, and no obstacle outweighs that.',
      ],
      ['classification', 'Classified by classifier/1, because of a scan (classification 1 of verdict 1).'],
      ['recommendation', 'Published as unhealthy, which holds since 2026-11-24 09:15:03 UTC.'],
      ['charge', 'By the price list@2020-01-01, for the first assessment of this digest in the subscription'],
    ] as const)
      expect(detailsOf(place, name)).toContain(text);
  });

  it.each([
    ['sweep', 'Found by a sweep of the registry'],
    ['event-grid', 'Reported by Azure Event Grid'],
    ['distribution', 'Reported by a webhook of the registry'],
    ['index', 'Listed by an index'],
  ] as const)('names the way of the notification: %s', async (sender, title) => {
    await assay.publish(notified(1, { sender, listedIn: digestOf(7) }), story()[0]);
    expect(titles(await placeOf())[0]).toBe(title);
  });

  it('names a notification that the log does not have', async () => {
    await assay.publish(...wholeStory());
    const place = await placeOf();
    expect(titles(place)[0]).toBe('No notification found');
    expect(detailsOf(place, 'notification')).toContain('its origin is: notification.');
  });

  it.each([
    [1, 'No verdict yet', 'The push was read 4 minutes ago.'],
    [2, 'No scan yet', 'Approved 4 minutes ago.'],
    [3, 'No result yet', 'attempt 1 began 4 minutes ago, by trivy 0.74.0 in the sandbox bwrap.'],
    [4, 'No classification yet', 'The scan ended 4 minutes ago.'],
    [5, 'No recommendation yet', 'The answer is from 4 minutes ago.'],
  ])('states which step is missing after %i events', async (count, title, detail) => {
    await assay.publish(notified(), ...wholeStory().slice(0, count));
    const place = await placeOf();
    expect(place.status).toBe(['queued', 'queued', 'scanning', 'scanning', 'unhealthy'][count - 1]);
    const step = place.steps.find((one) => one.title === title)!;
    expect(step.details.join()).toContain(detail);
    expect(place.steps.slice(place.steps.indexOf(step) + 1).every(({ events }) => events.length === 0)).toBe(true);
  });

  it('names the rule of eligibility that declined the image, and its plans', async () => {
    await assay.publish(
      planOn({ tier: 'Free' }),
      notified(),
      story()[0],
      declined('plan-disabled', {}, { causationid: story()[0].id }),
    );
    const place = await placeOf();
    expect(place).toMatchObject({ status: 'not-applicable', reason: 'plan-disabled' });
    expect(titles(place).slice(2)).toEqual(['Declined: plan-disabled', 'No recommendation yet', 'Not charged']);
    expect(detailsOf(place, 'verdict')).toContain('The first rule of eligibility that applies is plan-disabled');
    expect(detailsOf(place, 'verdict')).toContain('Plan ContainerRegistry (Free, classic mode) does not scan');
    expect(detailsOf(place, 'charge')).toBe('A declined image is not scanned, and costs nothing.');
  });

  it('names the change of a plan that caused a verdict', async () => {
    const [pushed, approved, ...rest] = story();
    const plan = emitted('plan.changed', { subscriptionId, by: 'eve', why: 'hardened images' }, { id: 'plan-1' });
    await assay.publish(plan, pushed, { ...approved, causationid: 'plan-1' }, ...rest);
    expect(detailsOf(await placeOf(), 'verdict')).toContain('by eve: hardened images.');
  });

  it.each<[string, AnyEvent, string, string]>([
    [
      'the registry',
      emitted('registry.observed', { networkAccess: 'restricted', by: 'configuration' }, { id: 'moved' }),
      'registry-not-public',
      'Cause: registry myreg.registry.test restricted, by configuration.',
    ],
    [
      'the deletion',
      emitted('image.deleted', { digest: digestOf(1) }, { id: 'moved', time: '2026-11-24T09:17:00.000Z' }),
      'image-deleted',
      'Cause: the deletion.',
    ],
  ])('names %s that caused a decline', async (_, moved, reason, text) => {
    await assay.publish(planOn(), ...wholeStory(), moved, declined(reason, { verdict: 2 }, { causationid: 'moved' }));
    expect(
      detailsOf(await placeOf(), 'verdict')
        .split('\n')
        .at(-1),
    ).toBe(text);
  });

  it('lists the obstacles that applied in order, and the one that decided', async () => {
    const [pushed, approved, started, completed, classified] = story({ findings: [] });
    const os = { family: 'debian', version: '8', endOfLife: true };
    const { witness: _, ...unwitnessed } = completed.data as DataOf<'scan.completed'>;
    const [status, reason] = ['undetermined', 'not-witnessed'];
    await assay.publish(
      pushed,
      approved,
      started,
      { ...completed, data: { ...unwitnessed, os } } as AnyEvent,
      withData(classified, { status, reason, os }),
    );
    const place = await placeOf();
    expect(stepIn(place, 'classification').obstacles?.map((one) => [one.reason, one.effect])).toEqual([
      ['not-witnessed', 'decided'],
      ['operating-system-end-of-life', 'applied'],
    ]);
    expect(detailsOf(place, 'classification')).toContain(
      'So the image is undetermined: not-witnessed is the first obstacle that counts.',
    );
    expect(detailsOf(place, 'scan')).toContain('No witness looked at the image');
    expect(detailsOf(place, 'charge')).toBe('Only healthy and unhealthy images are charged; this one is undetermined.');
  });

  it('shows where witness and scanner disagree, and what was not read', async () => {
    const [pushed, approved, started, completed, classified] = story();
    const { witness } = dataOf('scan.completed');
    await assay.publish(
      pushed,
      approved,
      started,
      withData(completed, {
        warnings: ['packages-unreadable'],
        witness: {
          ...witness,
          databases: [
            { kind: 'dpkg', path: 'var/lib/dpkg/status', leadsTo: 'usr/x', packages: 79 },
            { kind: 'rpm', path: 'var/lib/rpm' },
          ],
          unread: [{ path: 'var/lib/rpm/Packages', reason: 'berkeley-db' }],
          disagreements: [
            { what: 'packages', path: 'var/lib/dpkg/status', scanner: 78, witness: 79, examples: ['libssl3'] },
          ],
        },
      }),
      classified,
    );
    const details = detailsOf(await placeOf(), 'scan');
    for (const text of [
      'The scanner warns: packages-unreadable.',
      '- dpkg database var/lib/dpkg/status, which leads to usr/x: 79 packages installed',
      '- rpm database var/lib/rpm: could not be counted',
      '- not read: var/lib/rpm/Packages (berkeley-db)',
      'the scanner has 78, the witness 79, such as libssl3',
    ])
      expect(details).toContain(text);
    expect(details).not.toContain('agree.');
    const place = await placeOf();
    expect(stepIn(place, 'classification').obstacles?.map(({ effect }) => effect)).toEqual(Array(3).fill('outweighed'));
  });

  it('states that this release would classify otherwise', async () => {
    const [pushed, approved, started, completed, classified] = story({ findings: [] });
    await assay.publish(
      pushed,
      approved,
      started,
      withData(completed, { warnings: ['packages-unreadable'] }),
      classified,
    );
    expect(detailsOf(await placeOf(), 'classification')).toContain(
      'By the obstacles of this release it is undetermined/packages-unreadable: the event is by classifier/1',
    );
  });

  const exempt = (ruleId: string, vulnerability: string): FullFinding =>
    findingOf({ state: 'exempt', ruleId, vulnerability });

  it('names the rules that disabled findings, with their numbers, authors and reasons', async () => {
    const rule = emitted('rule.changed', { ruleId: 'quiet', by: 'ana', reason: 'not reachable' }, { id: 'rule-1' });
    const findings = [exempt('quiet', 'CVE-1'), exempt('quiet', 'CVE-2'), exempt('other', 'CVE-3'), findingOf()];
    await assay.publish(
      rule,
      ...wholeStory({ findings, classified: { basis: ['classifier/1', 'rule/quiet/rule-1', 'rule/other/rule-2'] } }),
    );
    const place = await placeOf();
    expect(stepIn(place, 'classification').exemptions).toEqual([
      { ruleId: 'quiet', findings: 2 },
      { ruleId: 'other', findings: 1 },
    ]);
    expect(detailsOf(place, 'classification')).toContain('The rule quiet disables 2 findings: not reachable (by ana).');
    expect(detailsOf(place, 'classification')).toContain('The rule other disables 1 finding.');
  });

  it('states which findings are kept although their advisories are gone', async () => {
    const advisoryRemoved = { at: '2026-11-25T00:00:00.000Z', database: digestOf(9) };
    await assay.publish(...wholeStory({ findings: [findingOf({ advisoryRemoved }), findingOf({ package: 'b' })] }));
    expect(detailsOf(await placeOf(), 'classification')).toContain(
      '1 finding kept: advisory removed on 2026-11-25, waiting for the next database.',
    );
  });

  it('counts over all pages of a scan and of its classification', async () => {
    const [pushed, approved, started, completed, classified] = story();
    const paged = (event: AnyEvent, changes: readonly object[]): AnyEvent[] =>
      changes.map((change, index) => ({
        ...withData(event, { ...change, page: index + 1, pages: changes.length }),
        id: `${event.topic}/${index + 1}`,
        sequence: `${event.sequence!}${index + 1}`,
      }));
    const { findings } = completed.data as DataOf<'scan.completed'>;
    const pages = paged(completed, [{ findings }, { findings: [] }, { findings: [] }]);
    const whole = wholeSet([exempt('quiet', 'CVE-1'), exempt('quiet', 'CVE-2')]);
    const judged = paged(
      { ...classified, causationid: 'scan.completed/1' },
      whole.findings.map((finding) => ({ ...whole, findings: [finding], exempt: 2 })),
    );
    await assay.publish(pushed, approved, started, ...pages, ...judged);
    const place = await placeOf();
    expect(stepIn(place, 'scan')).toMatchObject({ facts: { packages: 81, findings: 1 } });
    expect(stepIn(place, 'scan').events).toHaveLength(3);
    expect(stepIn(place, 'classification').exemptions).toEqual([{ ruleId: 'quiet', findings: 2 }]);
  });

  it('names the later assessment on which a classification rests, after the scan of its verdict', async () => {
    const [pushed, approved, started, completed, classified] = story();
    const os = { family: 'debian', version: '13.0', endOfLife: true };
    const again = emitted('scan.reassessed', { digest: digestOf(1), os }, { id: 'again' });
    await assay.publish(pushed, approved, started, completed, again, {
      ...withData(classified, { basis: ['classifier/1', 'again'] }),
      causationid: 'again',
    });
    const place = await placeOf();
    expect(titles(place).slice(3, 6)).toEqual(['Scanned', 'Assessed again', 'Classified unhealthy']);
    const steps = place.steps.filter(({ step }) => step === 'scan');
    expect(steps.map(({ events }) => events.map(({ topic }) => topic))).toEqual([
      ['scan.completed'],
      ['scan.reassessed'],
    ]);
    expect(steps[1]!.details.join('\n')).toContain('0 findings new or different, 1 gone: 1 in all.');
    expect(stepIn(place, 'classification').obstacles).toMatchObject([
      { reason: 'operating-system-end-of-life', effect: 'outweighed' },
    ]);
  });

  it('names the scan whose result was joined, and how possession was proved', async () => {
    const [pushed, approved, started, completed, classified] = story();
    await assay.publish(
      pushed,
      approved,
      started,
      withData(completed, { joinedScanId: 'scan-0', shown: 'word', attempt: 0 }),
      classified,
    );
    const place = await placeOf();
    expect(stepIn(place, 'scan').title).toBe('Result of an earlier scan of this digest');
    expect(detailsOf(place, 'scan')).toContain(
      'Joined from scan scan-0. The registry confirmed that it has the image.',
    );
    expect(detailsOf(place, 'scan')).toContain('That scan was by trivy 0.74.0 in the sandbox bwrap: 97 ms');
  });

  it('keeps the status while a rescan is open, and after one that failed', async () => {
    const scanned = wholeStory();
    const again = emitted(
      'scan.approved',
      { ...pushFields(digestOf(1), 1), verdict: 2, kind: 'rescan', lane: 'rescan' },
      { id: 'again', time: '2026-11-24T09:18:00.000Z', causationid: 'x' },
    );
    await assay.publish(...scanned, again);
    let place = await placeOf();
    expect(place.status).toBe('unhealthy');
    expect(titles(place).slice(-2)).toEqual(['Approved for a rescan', 'No scan yet']);
    expect(place.steps.at(-1)!.details).toEqual(['Approved 2 minutes ago.']);
    await assay.publish(
      emitted(
        'scan.completed',
        {
          ...pushFields(digestOf(1), 1),
          verdict: 2,
          kind: 'rescan',
          outcome: 'failed',
          reason: 'registry-away',
          trying: true,
        },
        { causationid: 'again', time: '2026-11-24T09:19:00.000Z' },
      ),
    );
    place = await placeOf();
    expect(titles(place).slice(-3)).toEqual([
      'Approved for a rescan',
      'Scan failed: registry-away',
      'The status above stays',
    ]);
    expect(place.steps.at(-2)!.details).toContain('Assay retries, and a better result may follow.');
    expect(place.status).toBe('unhealthy');
  });

  const recommended = (status: string, before: string, more: object = {}): AnyEvent =>
    emitted(
      'recommendation.changed',
      {
        ...pushFields(digestOf(1), 1),
        status,
        previous: { status: before, bySeverity: { Critical: 0, High: 1, Medium: 0, Low: 0, Unknown: 0 } },
        ...more,
      } as Partial<DataOf<'recommendation.changed'>>,
      { time: '2026-11-24T09:16:00.000Z' },
    );

  it.each([
    ['healthy', 'unhealthy', 'Recommendation closed', 'Changed from unhealthy to healthy, which holds since'],
    ['unhealthy', 'healthy', 'Recommendation opened', 'Changed from healthy to unhealthy'],
    ['unhealthy', 'unhealthy', 'Recommendation stays open', 'Published as unhealthy'],
    ['healthy', 'undetermined', 'No recommendation to act on', 'Changed from undetermined to healthy'],
  ])('names what the recommendation became: %s after %s', async (status, before, title, detail) => {
    await assay.publish(...wholeStory().slice(0, 5), recommended(status, before));
    const place = await placeOf();
    expect(stepIn(place, 'recommendation').title).toBe(title);
    expect(detailsOf(place, 'recommendation')).toContain(detail);
  });

  it('states that the verdict changed no recommendation, and that the digest was charged before', async () => {
    const [pushed, ...rest] = story();
    const again = story({ verdict: 2 }).slice(0, 5);
    await assay.publish(pushed, ...rest, ...again);
    const place = await placeOf();
    expect(titles(place).slice(-2)).toEqual(['Recommendation already open', 'Already charged 0.29 USD']);
    expect(detailsOf(place, 'recommendation')).toContain('nothing was published for it');
  });

  it('takes a status that time alone ended from the event of it', async () => {
    await assay.publish(
      ...wholeStory({ findings: [] }),
      recommended('undetermined', 'healthy', { reason: 'stale', classification: 1 }),
    );
    expect(await placeOf()).toMatchObject({ status: 'undetermined', reason: 'stale' });
  });

  it('does not take a status that time alone gave for the recommendation of a verdict', async () => {
    await assay.publish(
      ...wholeStory().slice(0, 5),
      recommended('undetermined', 'healthy', { reason: 'overdue', verdict: undefined }),
    );
    const place = await placeOf();
    expect(stepIn(place, 'recommendation').title).toBe('No recommendation to act on');
    expect(detailsOf(place, 'recommendation')).not.toContain('nothing was published');
  });

  it('names the change of a rule that caused a classification, also of one that was removed', async () => {
    const [pushed, approved, started, completed, classified] = story();
    const rule = emitted(
      'rule.changed',
      { ruleId: 'quiet', by: 'ana', reason: 'fixed', removed: true },
      { id: 'rule-1' },
    );
    await assay.publish(rule, pushed, approved, started, completed, {
      ...withData(classified, { classification: 2, cause: 'rule', basis: ['classifier/3', completed.id] }),
      causationid: 'rule-1',
    });
    expect(detailsOf(await placeOf(), 'classification')).toContain(
      'Classified by classifier/3, because of a rule: rule quiet removed by ana: fixed (classification 2 of ',
    );
  });

  it('states that the image was deleted, and that a push of it is not answered yet', async () => {
    const scanned = wholeStory();
    const [again] = story({ verdict: 2 });
    await assay.publish(
      ...scanned,
      emitted('image.deleted', { digest: digestOf(1) }, { time: '2026-11-24T09:17:00.000Z' }),
      { ...again, time: '2026-11-24T09:18:00.000Z' },
    );
    const place = await placeOf();
    expect(titles(place)).toContain('Deleted from the registry');
    expect(titles(place).slice(-2)).toEqual(['Pushed again', 'No verdict yet']);
    expect(place.status).toBe('unhealthy');
  });

  it('keeps a classification until all pages of the next one are there', async () => {
    const scanned = story();
    const next = (page: number, more: object = {}): AnyEvent => ({
      ...withData(scanned[4], { classification: 2, page, pages: 2, status: 'undetermined', reason: 'not-witnessed' }),
      id: `next/${page}`,
      sequence: `${scanned[6].sequence!}${page}`,
      ...more,
    });
    await assay.publish(...scanned, next(1));
    expect(titles(await placeOf())).toContain('Classified unhealthy');
    await assay.publish(next(2));
    expect(titles(await placeOf())).toContain('Classified undetermined: not-witnessed');
    await assay.publish(next(2, { id: 'lost page 1', sequence: `${scanned[6].sequence!}3` }));
    expect(titles(await placeOf())).toContain('Classified undetermined: not-witnessed');
  });

  const elsewhere = '00000000-0000-0000-0000-000000000002';

  it('names no plan of another subscription, and none of a later time', async () => {
    await assay.publish(
      planOn(),
      planOn({ subscriptionId: elsewhere, plan: 'Containers' }),
      emitted('plan.changed', { subscriptionId, tier: 'Free' }, { time: '2026-11-25T00:00:00.000Z' }),
      ...wholeStory(),
    );
    const details = detailsOf(await placeOf(), 'verdict');
    expect(details.match(/Plan \w+ \(\w+/g)).toEqual(['Plan ContainerRegistry (Standard']);
  });

  it('names no charge of another subscription, and each correction of its own at its time', async () => {
    const [pushed, approved, started, completed, classified, , charged] = story();
    await assay.publish(
      pushed,
      approved,
      started,
      completed,
      classified,
      withData(charged, { subscriptionId: elsewhere, chargeId: 'elsewhere' }),
    );
    expect(titles(await placeOf()).at(-1)).toBe('Not charged');
    expect(detailsOf(await placeOf(), 'charge')).toContain('No charge yet');
    const later = '2026-12-01T03:37:09.099Z';
    const given = { chargeId: 'back', correctionOf: 'a', amount: '-0.29', by: 'ana', why: 'a mistake' };
    await assay.publish(
      {
        ...charged,
        id: 'charge-1',
        sequence: `${charged.sequence!}1`,
        data: { ...charged.data, repository: 'zoo' },
      } as AnyEvent,
      {
        ...withData(charged, { ...given, billedIn: '2026-12' }),
        id: 'charge-2',
        sequence: `${charged.sequence!}2`,
        time: later,
      },
    );
    const [charge, credit] = (await placeOf()).steps.slice(-2);
    expect([charge!.title, charge!.time]).toEqual(['Already charged 0.29 USD', charged.time]);
    expect(charge!.details.slice(1)).toEqual([
      'It was first assessed in zoo.',
      'It was corrected later: 0.00 USD is left of it.',
    ]);
    expect(charge!.events).toHaveLength(1);
    expect(credit).toMatchObject({
      step: 'charge',
      title: 'Charge corrected by -0.29 USD',
      time: later,
      details: ['By ana: a mistake.', 'A correction of the charge a, on the bill of 2026-12.'],
      events: [{ id: 'charge-2' }],
    });
  });

  it('warns of the demonstration database, and of a notification that was late', async () => {
    const [pushed, approved, started, completed, classified] = story();
    const { database } = dataOf('scan.completed');
    await assay.publish(
      notified(1, { occurredAt: '2026-11-24T07:15:00.000Z' }),
      pushed,
      approved,
      started,
      withData(completed, { database: { ...database, demonstration: true } }),
      classified,
    );
    const place = await placeOf();
    expect(detailsOf(place, 'scan')).toContain('It is the small demonstration database');
    expect(detailsOf(place, 'notification')).toContain('2026-11-24 07:15:00 UTC; Assay received it 2 hours later.');
    await assay.publish(...wholeStory({ digest: digestOf(2) }));
    expect(detailsOf(await placeOf(2), 'scan')).not.toContain('demonstration');
  });

  it('names a recalled scanner as the cause of a verdict', async () => {
    const [pushed, approved, ...rest] = story();
    await assay.publish(pushed, { ...withData(approved, { recall: 'recall-1' }), causationid: 'recall-1' }, ...rest);
    expect(detailsOf(await placeOf(), 'verdict')).toContain('Cause: a scanner build was recalled.');
  });

  it('waits for the classification of a later scan that is no rescan, also of one that failed', async () => {
    const scanned = wholeStory();
    const again = emitted(
      'scan.approved',
      { ...pushFields(digestOf(1), 1), verdict: 2, kind: 'scan' },
      { id: 'again', causationid: 'x' },
    );
    const failed = emitted(
      'scan.completed',
      { ...pushFields(digestOf(1), 1), verdict: 2, kind: 'scan', outcome: 'failed', reason: 'bad-manifest' },
      { causationid: 'again', time: '2026-11-24T09:19:00.000Z' },
    );
    await assay.publish(...scanned, again, failed);
    expect(titles(await placeOf()).slice(-2)).toEqual(['Scan failed: bad-manifest', 'No classification yet']);
  });

  it('is answered for each image that an index lists', async () => {
    const facts = {
      ...dataOf('image.pushed').facts!,
      kind: 'index',
      children: [
        { digest: digestOf(2), kind: 'image', os: 'linux', architecture: 'amd64' },
        { digest: digestOf(3), kind: 'image', os: 'linux', architecture: 'arm64' },
        { digest: digestOf(4), kind: 'attestation' },
      ],
    };
    const [pushed] = story({ push: { facts } });
    const { pushId } = pushed.data as DataOf<'image.pushed'>;
    const listing = emitted(
      'notification.received',
      { digest: digestOf(2), sender: 'index', listedIn: digestOf(1) },
      { id: derivedId('child'), causationid: pushId, correlationid: pushId, time: pushed.time },
    );
    const [first, ...rest] = story({ digest: digestOf(2) });
    const attested = { ...dataOf('image.pushed').facts!, kind: 'attestation', cannotRun: 'config-type' };
    const [attestation] = story({ digest: digestOf(4), push: { facts: attested } });
    await assay.publish(notified(), pushed, listing, { ...first, causationid: listing.id }, ...rest, attestation);
    const place = await placeOf();
    expect(titles(place)).toEqual([
      'Reported by a webhook as Azure Container Registry sends it',
      'Read from the registry: an index',
    ]);
    expect(detailsOf(place, 'push')).toContain('- attestation for an unnamed platform: sha256:000000000000');
    expect(place).toMatchObject({
      status: 'unhealthy',
      children: [
        { digest: digestOf(2), kind: 'image', os: 'linux', place: { status: 'unhealthy' } },
        { digest: digestOf(3), kind: 'image' },
        { digest: digestOf(4), kind: 'attestation', leftOut: 'not-a-container-image/attestation' },
      ],
    });
    expect(titles(place.children![0]!.place!)[0]).toBe('Listed by an index');
    expect(place.children![1]).not.toHaveProperty('place');
    for (const field of ['leftOut', 'unclear']) expect(place.children![0]).not.toHaveProperty(field);
  });

  it('is that of an index, by what the manifests of its images are', async () => {
    const child = { digest: digestOf(2), kind: 'image', os: 'windows', architecture: 'amd64' };
    const facts = { ...dataOf('image.pushed').facts!, kind: 'index', children: [child] };
    await assay.publish(story({ push: { facts } })[0], ...wholeStory({ digest: digestOf(2), findings: [] }));
    expect(await placeOf()).toMatchObject({
      status: 'undetermined',
      reason: 'platform-unclear',
      children: [{ unclear: 'platform-unclear' }],
    });
  });

  it('is a sentence for a manifest that could not be read', async () => {
    const { facts: _, ...push } = story()[0].data as DataOf<'image.pushed'>;
    await assay.publish({
      ...story()[0],
      data: {
        ...push,
        inspection: { code: 'registry-away', message: 'connection refused', attempts: 3, trying: true },
      },
    } as AnyEvent);
    const place = await placeOf();
    expect(stepIn(place, 'push').title).toBe('Manifest not read');
    expect(stepIn(place, 'push').details).toEqual([
      'registry-away: connection refused (3 attempts).',
      'Assay retries.',
    ]);
    const [pushed] = story({ digest: digestOf(2) });
    const inspection = { code: 'not-found', message: 'it is gone', attempts: 1 };
    await assay.publish(withData(pushed, { facts: undefined, inspection }));
    expect(stepIn(await placeOf(2), 'push').details).toEqual(['not-found: it is gone (1 attempt).']);
  });

  it('shows charges, plans, authors of rules and parked events with their permissions only', async () => {
    await assay.close();
    const registryOnly = { kind: 'registry', subscriptionId, resourceGroup: 'rg1', registry: 'myreg' } as const;
    const reachOf = (role: string): Reach => (role === 'ACR Reader' ? registryOnly : 'everything');
    const identify = ({ headers }: ArmRequest): Caller => {
      const role = String(headers['x-test-role']);
      return new Caller('ana', 'here', [
        { may: roleNamed(role)!.may, scope: reachOf(role) },
        ...(role === 'Security Reader'
          ? [{ may: roleNamed('Billing Reader')!.may, scope: 'everything' as const }]
          : []),
      ]);
    };
    assay = await suite({ arm: { access: { identify } } });
    await assay.publish(
      planOn(),
      emitted('rule.changed', { ruleId: 'quiet', by: 'eve', reason: 'not reachable' }, { id: 'rule-1' }),
      ...wholeStory({
        findings: [exempt('quiet', 'CVE-1')],
        classified: { basis: ['classifier/1', 'rule/quiet/rule-1'] },
      }),
      emitted(
        'operator.acted',
        {
          target: 'classifier/scan.completed/3/17',
          why: 'handler-failed: a secret of others',
          details: { key: digestOf(1) },
        },
        { time: '2026-11-24T09:16:00.000Z' },
      ),
    );
    const shownTo = async (role: string): Promise<string> =>
      JSON.stringify((await assay.get(`/assay/images/${digestOf(1)}/why`, { 'x-test-role': role })).body);
    const [all, some] = [await shownTo('Security Reader'), await shownTo('ACR Reader')];
    for (const secret of ['0.29', 'Plan ContainerRegistry', 'not reachable (by eve)', 'a secret of others'])
      expect([all.includes(secret), some.includes(secret)], secret).toEqual([true, false]);
    expect(some).toContain('Charge not shown');
    expect(some).toContain('The rule quiet disables 1 finding.');
    expect((await assay.get(`/assay/images/${digestOf(1)}/why`, { 'x-test-role': 'AcrPull' })).status).toBe(403);
  });

  it('answers 404 for an unknown image and 400 for a malformed digest', async () => {
    expect(await assay.get(`/assay/images/${digestOf(99)}/why`)).toMatchObject({ status: 404 });
    expect(await assay.get('/assay/images/latest/why')).toMatchObject({ status: 400 });
  });
});
