import { Map as ImmutableMap } from 'immutable';
import { describe, expect, it } from 'vitest';
import { recallOf, type AnyEvent, type EventFor } from '@assay/events';
import { causedBy, eventOf } from '@assay/testing';
import { buildOf, observed, planned, registryId, subscriptionId } from '../../test/fixtures.ts';
import { evolveConfig, noConfig, plansOf } from './config.ts';
import type { Config } from './state.ts';

const following = (...events: AnyEvent[]): Config =>
  events.reduce((config, event) => evolveConfig(config, event as EventFor<'eligibility', 'config'>), noConfig);
const acted = (data: object, id = 'acted'): AnyEvent =>
  eventOf('operator.acted', 'x', { by: 'ana', why: 'compromised', outcome: 'ordered', ...data }, { id });
const recall = (n: number, id: string) => acted({ command: 'recall', target: recallOf(buildOf(n)) }, id);
const scanningOff = {
  plan: 'Containers',
  extensions: [{ name: 'ContainerRegistriesVulnerabilityAssessments', isEnabled: 'False' }],
};

describe('the registries that eligibility follows', () => {
  it('a registry is kept by its id in lower case, with what the rules look at and its cause', () => {
    const event = observed({ registryId: registryId.toUpperCase() });
    expect(following(event)).toEqual({
      registries: ImmutableMap({
        [registryId.toLowerCase()]: {
          loginServer: 'myreg.registry.test',
          cloud: 'AzureCloud',
          networkAccess: 'public',
          removed: false,
          closed: false,
          cause: causedBy(event),
        },
      }),
      subscriptions: {},
      plans: {},
      combined: {},
    });
  });

  it.each<[string, object, boolean]>([
    ['login server', { loginServer: 'other.registry.test' }, true],
    ['cloud', { cloud: 'AzureChinaCloud' }, true],
    ['network access', { networkAccess: 'restricted' }, true],
    ['tags', { tags: { team: 'b' } }, false],
    ['removal', { removed: true }, false],
    ['removal that keeps the images', { removed: true, removedImages: 'keep' }, false],
    ['removal that closes the images', { removed: true, removedImages: 'close' }, true],
  ])('another %s, %j, is the cause of what rules look at: %s', (_, data, isCause) => {
    const [before, after] = [observed(), observed(data)];
    expect(following(before, after).registries.first()!.cause).toEqual(causedBy(isCause ? after : before));
  });

  it.each<[string, object, 'public' | 'restricted', string?]>([
    ['restricted', {}, 'restricted'],
    ['one that is assessed all the same', { assessesRestricted: true }, 'public'],
    ['one with a reason', { why: 'x', answeredAt: '2026-12-01T00:00:00Z' }, 'restricted', 'x, at 2026-12-01T00:00:00Z'],
  ])('a restricted registry, %s, is %j %s', (_, data, networkAccess, stated) => {
    const known = following(observed({ networkAccess: 'restricted', ...data })).registries.first();
    expect([known!.networkAccess, known!.stated]).toEqual([networkAccess, stated]);
  });

  it('a registry in another case replaces what was known of it, and leaves the others', () => {
    const { registries } = following(
      observed(),
      observed({ registryId: 'other' }),
      observed({ registryId: registryId.toUpperCase(), networkAccess: 'restricted' }),
    );
    expect([...registries].map(([id, { networkAccess }]) => [id, networkAccess])).toEqual([
      [registryId.toLowerCase(), 'restricted'],
      ['other', 'public'],
    ]);
  });

  it('a removed registry is known as removed, and one that comes back is not', () => {
    const removed = (...events: AnyEvent[]) => [...following(...events).registries.values()].map((one) => one.removed);
    expect(removed(observed(), observed({ removed: true }))).toEqual([true]);
    expect(removed(observed(), observed({ removed: true }), observed())).toEqual([false]);
  });
});

describe('the plans that eligibility follows', () => {
  it('a plan is kept by its subscription in lower case, with its event', () => {
    const event = planned('Standard', { subscriptionId: 'ABC' });
    expect(following(event).plans).toEqual({
      abc: { ContainerRegistry: { on: true, mode: 'classic', changed: event.data } },
    });
  });

  it.each<[string, boolean, AnyEvent]>([
    ['of tier Standard', true, planned('Standard')],
    ['of tier Free', false, planned('Free')],
    ['of Containers whose extension for registries is off', false, planned('Standard', scanningOff)],
    [
      'of Containers whose extension for registries is on',
      true,
      planned('Standard', { ...scanningOff, extensions: [{ ...scanningOff.extensions[0], isEnabled: 'true' }] }),
    ],
    [
      'of ContainerRegistry whose extension for registries is off',
      true,
      planned('Standard', { ...scanningOff, plan: 'ContainerRegistry' }),
    ],
  ])('a plan %s is on: %s', (_, on, event) => {
    expect(plansOf(following(event), subscriptionId)!.on.value).toBe(on);
  });

  it('a plan of one subscription leaves those of another', () => {
    const [one, other] = [planned('Standard'), planned('Free', { subscriptionId: 'other' })];
    expect(following(one, other).plans).toEqual({ ...following(one).plans, ...following(other).plans });
  });
});

describe('what the plans of a subscription come to', () => {
  const containers = (tier: 'Standard' | 'Free', data: object = {}) => planned(tier, { plan: 'Containers', ...data });
  const inShort = (...events: AnyEvent[]) => {
    const { on, mode } = plansOf(following(...events), subscriptionId)!;
    return `${on.value ? 'on' : 'off'}, ${mode.value}`;
  };

  it('a subscription without a plan has none', () => {
    expect(plansOf(noConfig, subscriptionId)).toBeUndefined();
    expect(plansOf(following(planned('Standard', { subscriptionId: 'other' })), subscriptionId)).toBeUndefined();
  });

  it('a subscription finds its plan in any case', () => {
    const config = following(planned('Standard', { subscriptionId: 'aBc' }));
    expect([plansOf(config, 'abc')?.on.value, plansOf(config, 'ABC')?.on.value]).toEqual([true, true]);
  });

  it.each<[string, string, AnyEvent[]]>([
    ['one plan', 'on, classic', [planned('Standard')]],
    ['one extended plan', 'on, extended', [planned('Standard', { mode: 'extended' })]],
    ['one plan that is off', 'off, classic', [planned('Free')]],
    ['one extended plan that is off', 'off, classic', [planned('Free', { mode: 'extended' })]],
    ['the first of two plans', 'on, classic', [planned('Standard'), containers('Free')]],
    ['the second of two plans', 'on, classic', [planned('Free'), containers('Standard')]],
    ['neither of two plans', 'off, classic', [planned('Free'), containers('Free')]],
    [
      'two plans, the first extended',
      'on, extended',
      [planned('Standard', { mode: 'extended' }), containers('Standard')],
    ],
    [
      'two plans, the second extended',
      'on, extended',
      [planned('Standard'), containers('Standard', { mode: 'extended' })],
    ],
    [
      'a plan beside an extended one that is off',
      'on, classic',
      [planned('Standard'), containers('Free', { mode: 'extended' })],
    ],
    [
      'a plan beside an extended one that does not scan',
      'on, classic',
      [planned('Standard'), planned('Standard', { ...scanningOff, mode: 'extended' })],
    ],
    ['a plan that is switched off again', 'off, classic', [planned('Standard'), planned('Free')]],
  ])('%s: scanning is %s', (_, comes, events) => {
    expect(inShort(...events)).toBe(comes);
  });

  /** The events of the story that moved the switch and the mode last. */
  const movers = (...events: AnyEvent[]) => {
    const { on, mode } = plansOf(following(...events), subscriptionId)!;
    return [on, mode].map(({ cause }) => events.findIndex(({ id }) => id === cause.id));
  };
  it.each<[string, number, number, AnyEvent[]]>([
    ['the first plan', 0, 0, [planned('Standard')]],
    ['no repetition', 0, 0, [planned('Standard'), planned('Standard', { why: 'again' })]],
    ['no second plan that is on', 0, 0, [planned('Standard'), containers('Standard')]],
    ['no plan that goes while another is on', 0, 0, [planned('Standard'), containers('Standard'), planned('Free')]],
    ['the last plan that goes', 1, 0, [planned('Standard'), planned('Free'), containers('Free')]],
    ['a wider mode alone', 0, 1, [planned('Standard'), containers('Standard', { mode: 'extended' })]],
    [
      'the plan that scans again, also the mode',
      2,
      2,
      [planned('Standard', { mode: 'extended' }), planned('Free'), planned('Standard')],
    ],
  ])('the switch and the mode are moved by %s', (_, on, mode, events) => {
    expect(movers(...events)).toEqual([on, mode]);
  });
});

describe('the recalls that eligibility follows', () => {
  it('the recall is the last one of any build', () => {
    expect(following(recall(1, 'first'), recall(2, 'second')).recall).toEqual({
      id: 'second',
      correlationid: 'second',
    });
  });

  it.each<[string, object]>([
    ['a digest alone', { command: 'recall', target: buildOf(1) }],
    ['no build', { command: 'recall', target: 'scanner/trivy' }],
    ['a build that another command names', { command: 'drop', target: recallOf(buildOf(1)) }],
    ['a recall that a service parked', { command: 'recall', target: recallOf(buildOf(1)), outcome: 'parked' }],
  ])('an order about %s changes nothing', (_, data) => {
    const before = following(observed(), planned('Standard'), recall(1, 'first'));
    expect(evolveConfig(before, acted(data) as EventFor<'eligibility', 'config'>)).toEqual(before);
  });
});

describe('the fold of the config of eligibility', () => {
  const listed = (removed: boolean) => eventOf('subscription.observed', 'ABC', { subscriptionId: 'ABC', removed });
  const everything = [observed(), planned('Standard'), recall(1, 'recall'), listed(false)];

  it('each topic changes its own part alone', () => {
    expect(following(...everything)).toEqual({
      registries: following(everything[0]!).registries,
      plans: following(everything[1]!).plans,
      combined: following(everything[1]!).combined,
      recall: following(everything[2]!).recall,
      subscriptions: { abc: true },
    });
  });

  it('the config before an event stays as it was', () => {
    const before = following(...everything);
    const copy = JSON.stringify(before);
    for (const event of [observed({ removed: true }), planned('Free'), recall(2, 'later'), listed(true)]) {
      evolveConfig(before, event as EventFor<'eligibility', 'config'>);
    }
    expect(JSON.stringify(before)).toBe(copy);
  });

  it('an event that the flow does not send to eligibility is refused', () => {
    expect(() => following(eventOf('rule.changed', 'x', {}))).toThrow(
      new TypeError('rule.changed is not for this fold'),
    );
  });
});
