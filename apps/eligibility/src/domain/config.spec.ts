import { describe, expect, it } from 'vitest';
import { recallOf, type AnyEvent, type EventFor } from '@assay/events';
import { causedBy, eventOf } from '@assay/testing';
import { buildOf, observed, planned, registryId, subscriptionId } from '../../test/fixtures.ts';
import { evolveConfig, noConfig, switchOf } from './config.ts';
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
      registries: {
        [registryId.toLowerCase()]: {
          loginServer: 'myreg.registry.test',
          cloud: 'AzureCloud',
          networkAccess: 'public',
          removed: false,
          cause: causedBy(event),
        },
      },
      plans: {},
    });
  });

  it('a registry in another case replaces what was known of it, and leaves the others', () => {
    const { registries } = following(
      observed(),
      observed({ registryId: 'other' }),
      observed({ registryId: registryId.toUpperCase(), networkAccess: 'restricted' }),
    );
    expect(Object.entries(registries).map(([id, { networkAccess }]) => [id, networkAccess])).toEqual([
      [registryId.toLowerCase(), 'restricted'],
      ['other', 'public'],
    ]);
  });

  it('a removed registry is known as removed, and one that comes back is not', () => {
    const removed = (...events: AnyEvent[]) => Object.values(following(...events).registries).map((one) => one.removed);
    expect(removed(observed(), observed({ removed: true }))).toEqual([true]);
    expect(removed(observed(), observed({ removed: true }), observed())).toEqual([false]);
  });
});

describe('the plans that eligibility follows', () => {
  it('a plan is kept by its subscription in lower case, with its event', () => {
    const event = planned('Standard', { subscriptionId: 'ABC' });
    expect(following(event).plans).toEqual({
      abc: { ContainerRegistry: { on: true, mode: 'classic', cause: causedBy(event), changed: event.data } },
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
    expect(switchOf(following(event), subscriptionId)!.on).toBe(on);
  });

  it('the plan that is switched last comes last', () => {
    const [registries, containers] = [planned('Standard'), planned('Standard', { plan: 'Containers' })];
    const order = (...events: AnyEvent[]) => Object.keys(following(...events).plans[subscriptionId]!);
    expect(order(registries, containers)).toEqual(['ContainerRegistry', 'Containers']);
    expect(order(registries, containers, registries)).toEqual(['Containers', 'ContainerRegistry']);
  });

  it('a plan of one subscription leaves those of another', () => {
    const [one, other] = [planned('Standard'), planned('Free', { subscriptionId: 'other' })];
    expect(following(one, other).plans).toEqual({ ...following(one).plans, ...following(other).plans });
  });
});

describe('what the plans of a subscription come to', () => {
  const containers = (tier: 'Standard' | 'Free', data: object = {}) => planned(tier, { plan: 'Containers', ...data });
  const inShort = (...events: AnyEvent[]) => {
    const { on, mode } = switchOf(following(...events), subscriptionId)!;
    return `${on ? 'on' : 'off'}, ${mode}`;
  };

  it('a subscription without a plan has no switch', () => {
    expect(switchOf(noConfig, subscriptionId)).toBeUndefined();
    expect(switchOf(following(planned('Standard', { subscriptionId: 'other' })), subscriptionId)).toBeUndefined();
  });

  it('a subscription finds its plan in any case', () => {
    const config = following(planned('Standard', { subscriptionId: 'aBc' }));
    expect([switchOf(config, 'abc')?.on, switchOf(config, 'ABC')?.on]).toEqual([true, true]);
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

  it('the cause is the last change of any plan, also of one that is off', () => {
    const [on, off] = [planned('Standard'), containers('Free')];
    expect(switchOf(following(on, off), subscriptionId)!.cause).toEqual(causedBy(off));
    expect(switchOf(following(off, on), subscriptionId)!.cause).toEqual(causedBy(on));
    expect(switchOf(following(on, off, on), subscriptionId)!.cause).toEqual(causedBy(on));
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
  const everything = [observed(), planned('Standard'), recall(1, 'recall')];

  it('each topic changes its own part alone', () => {
    expect(following(...everything)).toEqual({
      registries: following(everything[0]!).registries,
      plans: following(everything[1]!).plans,
      recall: following(everything[2]!).recall,
    });
  });

  it('the config before an event stays as it was', () => {
    const before = following(...everything);
    const copy = structuredClone(before);
    for (const event of [observed({ removed: true }), planned('Free'), recall(2, 'later')]) {
      evolveConfig(before, event as EventFor<'eligibility', 'config'>);
    }
    expect(before).toEqual(copy);
  });

  it('an event that the flow does not send to eligibility is refused', () => {
    expect(() => following(eventOf('rule.changed', 'x', {}))).toThrow(
      new TypeError('rule.changed is not for this fold'),
    );
  });
});
