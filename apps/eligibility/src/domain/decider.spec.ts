import { describe, expect, it } from 'vitest';
import {
  definitionOf,
  recallOf,
  scanIdOf,
  validated,
  type AnyEvent,
  type EventDefinition,
  type ScanApproved,
  type ScanDeclined,
} from '@assay/events';
import { DeciderSpec, eventOf } from '@assay/testing';
import {
  buildOf,
  deleted,
  digest,
  observed,
  planned,
  pushed,
  pushedUnread,
  pushExample,
  registryId,
  subscriptionId,
} from '../../test/fixtures.ts';
import { decider } from './decider.ts';

const eligibility = () => new DeciderSpec(decider, digest);

/** Given the config of a known registry with the plan on. */
const onboarded = (...config: AnyEvent[]) => eligibility().givenConfig(observed(), planned('Standard'), ...config);

const inShort = (events: readonly AnyEvent[]): string[] =>
  events.map(({ topic, data }) => {
    const { verdict, reason, lane } = data as Partial<ScanApproved & ScanDeclined>;
    return topic === 'scan.declined' ? `${verdict} ${reason}` : `${verdict} ${lane}`;
  });

/** Validates each verdict against its event contract. */
const verdicts = (spec: ReturnType<typeof eligibility>): string[] => {
  const emitted = spec.when();
  for (const { topic, data } of emitted) validated(definitionOf(topic) as EventDefinition, data);
  return inShort(emitted);
};

const children = [{ digest: `sha256:${'a'.repeat(64)}`, kind: 'image', os: 'linux', architecture: 'amd64' }];

describe('a push', () => {
  it('is approved in the lane push with a deadline of 15 minutes', () => {
    const [approval] = onboarded()
      .given(pushed({ facts: { variant: 'v8', architecture: 'arm64' } }))
      .when();
    expect(approval).toMatchObject({
      topic: 'scan.approved',
      data: {
        digest,
        pushId: pushExample.pushId,
        verdict: 1,
        scanId: scanIdOf(pushExample, 1),
        kind: 'scan',
        lane: 'push',
        mode: 'classic',
        deadline: '2026-11-24T09:30:02.345Z',
        platform: 'linux/arm64/v8',
      },
    });
    expect(approval!.data).not.toHaveProperty('database');
  });

  it('continues the trace of the push', () => {
    const push = pushed({}, { correlationid: 'push-7', traceparent: 'tp' });
    expect(onboarded().given(push).decide().events).toMatchObject([
      { cause: { id: push.id, correlationid: 'push-7', traceparent: 'tp' } },
    ]);
  });

  it('received again with its facts gets a verdict caused by the second event', () => {
    const spec = onboarded().given(pushedUnread({ code: 'unreachable', message: 'no', attempts: 9, trying: true }));
    expect(verdicts(spec)).toEqual(['1 inspection-failed/unreachable']);
    expect(spec.emitted[0]!.data).toMatchObject({ message: expect.stringMatching(/; it is tried again$/) });
    const read = pushed();
    expect(spec.given(read).decide().events).toMatchObject([
      {
        topic: 'scan.approved',
        cause: { id: read.id },
        data: { verdict: 2, pushId: pushExample.pushId, lane: 'push' },
      },
    ]);
    spec.now += 60 * 60_000;
    expect(verdicts(spec)).toEqual(['2 backfill']);
    expect(verdicts(spec)).toEqual([]);
  });

  it('found by a sweep, or received late, goes to the lane backfill', () => {
    const [swept] = onboarded()
      .given(pushed({ origin: 'sweep' }))
      .when();
    expect(swept!.data).toMatchObject({ lane: 'backfill', deadline: '2026-11-25T09:15:03.000Z' });
    const late = onboarded().given(pushed());
    late.now = Date.parse('2026-11-24T09:30:02.345Z');
    expect(verdicts(late)).toEqual(['1 backfill']);
  });

  it('gets one verdict, however often it is received and decided', () => {
    const spec = onboarded();
    const push = pushed();
    expect(verdicts(spec.given(push))).toEqual(['1 push']);
    expect(verdicts(spec)).toEqual([]);
    expect(verdicts(spec.given(push))).toEqual([]);
  });

  it('of a placement pushed before gets a verdict of its own', () => {
    const spec = onboarded();
    verdicts(spec.given(pushed()));
    expect(verdicts(spec.given(pushed({ pushId: 'again' })))).toEqual(['2 push']);
    expect(verdicts(spec.given(pushed({ pushId: 'and again' })))).toEqual(['3 push']);
  });

  it('of an unknown registry waits until the registry is observed', () => {
    const spec = eligibility().givenConfig(planned('Standard')).given(pushed());
    expect(verdicts(spec)).toEqual([]);
    expect(verdicts(spec.givenConfig(observed()))).toEqual(['1 push']);
  });

  it('finds its registry and its plan in any case of the ids', () => {
    const spec = eligibility().givenConfig(
      observed({ registryId: registryId.toUpperCase() }),
      planned('Standard', { subscriptionId: subscriptionId.toUpperCase() }),
    );
    expect(
      verdicts(
        spec.given(
          pushed({ registryId: registryId.toLowerCase(), subscriptionId: 'ABCDEF00-0000-0000-0000-000000000001' }),
        ),
      ).at(0),
    ).toBe('1 plan-disabled');
    const mixed = eligibility().givenConfig(
      observed(),
      planned('Standard', { subscriptionId: 'ABCDEF00-0000-0000-0000-000000000001' }),
    );
    expect(
      verdicts(
        mixed.given(pushed({ subscriptionId: 'ABCdef00-0000-0000-0000-000000000001', repository: 'team/copy' })),
      ),
    ).toEqual(['1 push']);
    expect(verdicts(mixed.given(pushed({ subscriptionId: 'abcdef00-0000-0000-0000-000000000001' })))).toEqual([
      '1 push',
    ]);
  });

  it('is one placement in any case of its registry id', () => {
    const spec = onboarded();
    verdicts(spec.given(pushed()));
    expect(verdicts(spec.given(pushed({ registryId: registryId.toUpperCase(), pushId: 'again' })))).toEqual(['2 push']);
  });

  it('to two repositories makes two placements, each with its own numbers', () => {
    const spec = onboarded().given(pushed(), pushed({ repository: 'team/copy', pushId: 'copy' }));
    expect(verdicts(spec)).toEqual(['1 push', '1 push']);
  });
});

describe('a rule', () => {
  it('that a push breaks declines it once, with its reason', () => {
    const spec = onboarded().given(pushed({ facts: { os: 'windows' } }));
    const [declined] = spec.when();
    validated(definitionOf('scan.declined') as EventDefinition, declined!.data);
    expect(declined).toMatchObject({
      topic: 'scan.declined',
      data: {
        verdict: 1,
        status: 'not-applicable',
        reason: 'windows-image',
        message: 'Images for Windows are not assessed.',
      },
    });
    expect(spec.when()).toEqual([]);
  });

  it('emits nothing while a manifest is retried in time, unless it need not be read', () => {
    const early = { code: 'unreachable', message: 'no', attempts: 1, trying: true, early: true };
    const spec = onboarded().given(pushedUnread(early));
    expect(spec.when()).toEqual([]);
    const { early: _early, ...late } = early;
    expect(verdicts(spec.given(pushedUnread(late)))).toEqual(['1 inspection-failed/unreachable']);
    const deletedSpec = onboarded().given(pushedUnread(early), deleted(pushExample.pushedAt));
    expect(verdicts(deletedSpec)).toEqual(['1 image-deleted']);
  });

  it('explains why a manifest is not read yet and whether it was requested', () => {
    const vain = { code: 'rate-limited', message: 'the registry answered 429', attempts: 1, trying: true };
    const spec = onboarded().given(pushedUnread({ ...vain, unasked: true }));
    expect(spec.when()).toMatchObject([
      {
        data: {
          message:
            'The manifest was not asked for yet, since its registry is left alone: the registry answered ' +
            '429; it is tried again',
        },
      },
    ]);
    const again = pushedUnread({ ...vain, code: 'gone', message: 'the registry answered 404', attempts: 2 });
    expect(spec.given({ ...again, id: 'told again' }).when()).toMatchObject([
      { causationid: 'told again', data: { verdict: 2, reason: 'inspection-failed/gone' } },
    ]);
  });

  it.each(['classic', 'extended'] as const)(
    'about the place of a registry holds in %s mode, regardless of plans',
    (mode) => {
      const of = (registry: object) =>
        verdicts(eligibility().givenConfig(observed(registry), planned('Standard', { mode })).given(pushed()));
      expect(of({ loginServer: 'myreg.azurecr.cn' })).toEqual(['1 cloud-not-supported']);
      expect(of({ cloud: 'AzureUSGovernment' })).toEqual(['1 cloud-not-supported']);
      expect(of({ networkAccess: 'restricted' })).toEqual(['1 registry-not-public']);
      expect(of({})).toEqual(['1 push']);
    },
  );

  it('that changes its outcome with the registry is emitted again', () => {
    const spec = onboarded().given(pushed());
    expect(verdicts(spec)).toEqual(['1 push']);
    expect(verdicts(spec.givenConfig(observed({ networkAccess: 'restricted' })))).toEqual(['2 registry-not-public']);
    expect(verdicts(spec.givenConfig(observed()))).toEqual(['3 push']);
  });
});

describe('a plan', () => {
  it('switched off declines every placement, and switched on approves each again', () => {
    const spec = onboarded().given(pushed(), pushed({ repository: 'team/copy', pushId: 'copy' }));
    expect(verdicts(spec)).toEqual(['1 push', '1 push']);
    const off = planned('Free');
    expect(
      spec
        .givenConfig(off)
        .decide()
        .events.map(({ cause }) => cause.id),
    ).toEqual([off.id, off.id]);
    expect(verdicts(spec)).toEqual(['2 plan-disabled', '2 plan-disabled']);
    expect(verdicts(spec)).toEqual([]);
    expect(verdicts(spec.givenConfig(planned('Standard')))).toEqual(['3 push', '3 push']);
  });

  it('switched on within 15 minutes of the push uses the lane push, later backfill', () => {
    const spec = eligibility().givenConfig(observed()).given(pushed());
    expect(verdicts(spec)).toEqual(['1 plan-disabled']);
    spec.now = Date.parse('2026-11-24T09:30:02.344Z');
    expect(spec.givenConfig(planned('Standard')).decide().events).toMatchObject([
      { data: { lane: 'push', deadline: '2026-11-24T09:30:02.345Z' } },
    ]);
    spec.now += 1;
    expect(spec.when()).toMatchObject([{ data: { lane: 'backfill', deadline: '2026-11-25T09:30:02.345Z' } }]);
  });

  it('is on if either of the two plans is on', () => {
    const spec = eligibility()
      .givenConfig(observed(), planned('Standard', { plan: 'Containers' }), planned('Free'))
      .given(pushed());
    expect(verdicts(spec)).toEqual(['1 push']);
    expect(verdicts(spec.givenConfig(planned('Standard')))).toEqual([]);
    expect(verdicts(spec.givenConfig(planned('Free', { plan: 'Containers' })))).toEqual([]);
    const last = planned('Free');
    expect(spec.givenConfig(last).decide().events).toMatchObject([{ topic: 'scan.declined', cause: { id: last.id } }]);
    const again = planned('Standard', { plan: 'Containers' });
    verdicts(spec);
    expect(spec.givenConfig(again).decide().events).toMatchObject([
      { topic: 'scan.approved', cause: { id: again.id } },
    ]);
  });

  it('does not scan with its registry extension off, on any tier', () => {
    const off = {
      plan: 'Containers',
      extensions: [{ name: 'containerRegistriesVulnerabilityAssessments', isEnabled: 'false' }],
    };
    const spec = eligibility().givenConfig(observed(), planned('Standard', off)).given(pushed());
    expect(verdicts(spec)).toEqual(['1 plan-disabled']);
    expect(verdicts(spec.givenConfig(planned('Standard')))).toEqual(['2 push']);
    expect(verdicts(spec.givenConfig(planned('Free')))).toEqual(['3 plan-disabled']);
    expect(
      verdicts(
        spec.givenConfig(planned('Standard', { ...off, extensions: [{ ...off.extensions[0]!, isEnabled: 'True' }] })),
      ),
    ).toEqual(['4 push']);
    expect(
      verdicts(
        eligibility()
          .givenConfig(observed(), planned('Standard', { ...off, plan: 'ContainerRegistry' }))
          .given(pushed()),
      ),
    ).toEqual(['1 push']);
  });

  it('of another subscription has no effect', () => {
    const spec = eligibility()
      .givenConfig(observed(), planned('Standard', { subscriptionId: '00000000-0000-0000-0000-000000000002' }))
      .given(pushed());
    expect(verdicts(spec)).toEqual(['1 plan-disabled']);
  });

  it('with a wider mode approves the scan again', () => {
    const spec = onboarded().given(pushed());
    verdicts(spec);
    expect(spec.givenConfig(planned('Standard', { mode: 'extended' })).when()).toMatchObject([
      { data: { verdict: 2, kind: 'scan', mode: 'extended' } },
    ]);
    // One plan that is on and extended is enough, in any order of the switches.
    expect(verdicts(spec.givenConfig(planned('Standard', { plan: 'Containers' })))).toEqual([]);
    expect(spec.givenConfig(planned('Free', { mode: 'extended' })).when()).toMatchObject([
      { data: { verdict: 3, mode: 'classic' } },
    ]);
    const of = (...config: AnyEvent[]) =>
      eligibility()
        .givenConfig(observed(), ...config)
        .given(pushed())
        .when();
    expect(of(planned('Standard', { mode: 'extended' }), planned('Standard', { plan: 'Containers' }))).toMatchObject([
      { data: { mode: 'extended' } },
    ]);
    expect(of(planned('Standard'), planned('Standard', { plan: 'Containers', mode: 'extended' }))).toMatchObject([
      { data: { mode: 'extended' } },
    ]);
  });
});

describe('the cause of a changed verdict', () => {
  const later = '2026-11-24T10:00:00.000Z';
  const on = planned('Standard', { plan: 'Containers' });
  const extended = planned('Standard', { plan: 'Containers', mode: 'extended' });
  const off = planned('Free', { plan: 'Containers' });
  const [open, restricted] = [observed(), observed({ networkAccess: 'restricted' })];
  const tagged = observed({ networkAccess: 'restricted', tags: { team: 'b' } });
  const push = pushed();
  const unread = pushedUnread({ code: 'unreachable', message: 'no', attempts: 9, trying: true });
  const deletion = deleted(later);
  const another = planned('Free');

  /** Events before the first verdict, those after it, the new outcome and its cause. */
  type Change = [string, AnyEvent[], AnyEvent[], string, AnyEvent];
  it.each<Change>([
    ['a registry that is restricted', [open, on, push], [restricted], 'registry-not-public', restricted],
    ['a registry that is opened', [restricted, on, push], [open], 'approved', open],
    ['a restriction, not what repeats it', [open, on, push], [restricted, tagged], 'registry-not-public', restricted],
    [
      'a restriction beside a plan that moves nothing',
      [open, on, push],
      [restricted, another],
      'registry-not-public',
      restricted,
    ],
    ['a plan that is switched off', [open, on, push], [off], 'plan-disabled', off],
    ['a plan that is switched off, above the registry', [open, on, push], [off, restricted], 'plan-disabled', off],
    ['a plan that is switched on', [open, off, push], [on], 'approved', on],
    ['a plan that uncovers the registry', [open, off, push], [on, restricted], 'registry-not-public', on],
    ['a wider mode', [open, on, push], [extended, another], 'approved', extended],
    ['a deletion', [open, on, push], [deletion, restricted, off], 'image-deleted', deletion],
    [
      'a registry that refuses what could not be read',
      [open, on, unread],
      [restricted],
      'registry-not-public',
      restricted,
    ],
    ['the push that could be read', [open, on, unread], [push], 'approved', push],
  ])('is %s', (_, before, after, outcome, cause) => {
    const spec = eligibility();
    const takes = (events: readonly AnyEvent[]) =>
      events.map((event) => (event.topic.startsWith('image.') ? spec.given(event) : spec.givenConfig(event)));
    takes(before);
    spec.when();
    takes(after);
    const [verdict, ...others] = spec.when();
    expect([verdict!.causationid, others]).toEqual([cause.id, []]);
    expect((verdict!.data as Partial<ScanDeclined>).reason ?? 'approved').toBe(outcome);
  });

  it('is the later push that undid a deletion of the same push', () => {
    const spec = onboarded().given(push, deletion);
    spec.when();
    const again = pushed({ pushedAt: '2026-11-24T10:00:00.001Z' });
    expect(spec.given(again).when()).toMatchObject([{ topic: 'scan.approved', causationid: again.id }]);
  });
});

describe('a deletion', () => {
  const later = '2026-11-24T10:00:00.000Z';

  it('later than the push declines the push', () => {
    const spec = onboarded().given(pushed());
    verdicts(spec);
    const deletion = deleted(later);
    expect(spec.given(deletion).decide().events).toMatchObject([
      { topic: 'scan.declined', cause: { id: deletion.id }, data: { verdict: 2, reason: 'image-deleted' } },
    ]);
    verdicts(spec);
    expect(verdicts(spec.given(deletion))).toEqual([]);
    expect(verdicts(spec.given(deleted('2026-11-24T11:00:00.000Z')))).toEqual([]);
  });

  it('received before the push declines the push too, and emits nothing alone', () => {
    const spec = onboarded().given(deleted(later));
    expect(verdicts(spec)).toEqual([]);
    expect(verdicts(spec.given(pushed()))).toEqual(['1 image-deleted']);
  });

  it('before the push has no effect', () => {
    const spec = onboarded().given(deleted('2026-11-24T09:15:02.122Z'), pushed());
    expect(verdicts(spec)).toEqual(['1 push']);
  });

  it('is undone by a push after it', () => {
    const spec = onboarded().given(pushed(), deleted(later));
    expect(verdicts(spec)).toEqual(['1 image-deleted']);
    expect(verdicts(spec.given(pushed({ pushId: 'again', pushedAt: '2026-11-24T10:00:00.001Z' })))).toEqual(['2 push']);
  });

  it('that a later push undid stays undone when an older push arrives late', () => {
    const spec = onboarded().given(
      pushed({ pushId: 'again', pushedAt: '2026-11-24T10:00:00.001Z' }),
      deleted(later),
      pushed(),
    );
    expect(verdicts(spec)).toEqual(['1 push']);
  });

  it('that arrives late does not hide a later deletion', () => {
    const spec = onboarded().given(pushed(), deleted(later), deleted('2026-11-24T09:00:00.000Z'));
    expect(verdicts(spec)).toEqual(['1 image-deleted']);
  });

  it('of another placement has no effect', () => {
    const spec = onboarded().given(pushed(), deleted(later, { repository: 'team/copy' }));
    expect(verdicts(spec)).toEqual(['1 push']);
  });
});

describe('an index', () => {
  const index = pushed({ facts: { kind: 'index', children } });

  it('of images gets no verdict, with any plan', () => {
    const spec = eligibility().givenConfig(observed()).given(index);
    expect(verdicts(spec)).toEqual([]);
    expect(verdicts(spec.givenConfig(planned('Standard')))).toEqual([]);
    expect(verdicts(spec.givenConfig(planned('Free'), observed({ networkAccess: 'restricted' })))).toEqual([]);
  });

  it('that is deleted is declined', () => {
    expect(verdicts(onboarded().given(index, deleted('2026-11-24T10:00:00.000Z')))).toEqual(['1 image-deleted']);
  });
});

describe('a recall of a scanner', () => {
  const recall = (n: number) =>
    eventOf(
      'operator.acted',
      recallOf(buildOf(n)),
      { command: 'recall', target: recallOf(buildOf(n)), by: 'ana', why: 'compromised', outcome: 'ordered' },
      { id: `recall ${n}` },
    );

  it('approves a rescan of every approved image once, in the lane rescan', () => {
    const spec = onboarded().given(pushed(), pushed({ repository: 'team/copy', pushId: 'copy' }));
    expect(verdicts(spec)).toEqual(['1 push', '1 push']);
    expect(
      spec
        .givenConfig(recall(1))
        .decide()
        .events.map(({ cause }) => cause.id),
    ).toEqual(['recall 1', 'recall 1']);
    expect(spec.when()).toMatchObject([
      { data: { verdict: 2, kind: 'rescan', lane: 'rescan', recall: 'recall 1' } },
      { data: { verdict: 2, kind: 'rescan' } },
    ]);
    expect(verdicts(spec)).toEqual([]);
    expect(verdicts(spec.givenConfig(recall(1)))).toEqual([]);
    expect(verdicts(spec.givenConfig(recall(2)))).toEqual(['3 rescan', '3 rescan']);
  });

  it('is named by later approvals, and does not affect declined images', () => {
    const spec = onboarded(recall(1)).given(pushed());
    expect(spec.when()).toMatchObject([{ data: { verdict: 1, kind: 'scan', recall: 'recall 1' } }]);
    expect(verdicts(spec)).toEqual([]);
    const declined = onboarded().given(pushed({ facts: { os: 'windows' } }));
    verdicts(declined);
    expect(verdicts(declined.givenConfig(recall(1)))).toEqual([]);
  });
});
