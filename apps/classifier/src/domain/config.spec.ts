import { describe, expect, it } from 'vitest';
import { databaseRecallOf, recallOf, type AnyEvent, type EventFor } from '@assay/events';
import { causedBy, eventOf } from '@assay/testing';
import { ruled, scanExample } from '../../test/fixtures.ts';
import { evolveConfig, noConfig } from './config.ts';
import type { Config } from './state.ts';

const following = (...events: AnyEvent[]): Config =>
  events.reduce(
    (config, event, offset) => evolveConfig(config, event as EventFor<'classifier', 'config'>, offset),
    noConfig,
  );

describe('the rules that the classifier follows', () => {
  const heldIn = ({ rules }: Config) =>
    Object.values(rules).map(({ rule: { ruleId, scope, reason }, cause: { id } }) => ({ ruleId, scope, reason, id }));
  const scope = '/subscriptions/a';

  it('a rule is held with its cause, which is the last change', () => {
    const event = ruled();
    const { rules, changed, recalled } = following(event);
    expect(Object.values(rules)).toEqual([{ rule: event.data, cause: causedBy(event), offset: 0 }]);
    expect([changed, recalled]).toEqual([causedBy(event), {}]);
  });

  it('a changed rule replaces the one before', () => {
    const [before, after] = [ruled({ reason: 'before' }), ruled({ reason: 'after' })];
    expect(heldIn(following(before, after)).map(({ reason, id }) => [reason, id])).toEqual([['after', after.id]]);
  });

  it('a removed rule is gone, and its removal is the last change', () => {
    const removal = ruled({ removed: true });
    const { removed, ...config } = following(ruled(), removal);
    const { removed: _none, ...noRecalls } = noConfig;
    expect(config).toEqual({ ...noRecalls, rules: {}, changed: causedBy(removal) });
    expect(Object.values(removed)).toEqual([
      { ruleId: 'no-fix', scope: expect.any(String), cause: causedBy(removal), offset: 1 },
    ]);
  });

  it('a removed rule that is made again is removed no more', () => {
    const { rules, removed } = following(ruled(), ruled({ removed: true }), ruled());
    expect([Object.values(rules).map(({ offset }) => offset), removed]).toEqual([[2], {}]);
  });

  it('a removal of a rule that is not there is a change of none', () => {
    const removal = ruled({ ruleId: 'other', removed: true });
    expect(heldIn(following(ruled(), removal)).map(({ ruleId }) => ruleId)).toEqual(['no-fix']);
  });

  it.each(['/SUBSCRIPTIONS/A', '/subscriptions/a/'])(
    'a scope in another case or with a slash, %s, is the same',
    (other) => {
      expect(heldIn(following(ruled({ scope }), ruled({ scope: other, reason: 'after' })))).toMatchObject([
        { scope: other, reason: 'after' },
      ]);
      expect(heldIn(following(ruled({ scope }), ruled({ scope: other, removed: true })))).toEqual([]);
    },
  );

  it('a rule of one scope is neither replaced nor removed by one of the same name in another', () => {
    const other = { scope: '/subscriptions/b' };
    expect(heldIn(following(ruled({ scope }), ruled({ ...other, reason: 'other' })))).toHaveLength(2);
    expect(
      heldIn(following(ruled({ scope }), ruled(other), ruled({ ...other, removed: true }))).map((each) => each.scope),
    ).toEqual([scope]);
  });
});

describe('the recalls that the classifier follows', () => {
  const build = scanExample.scanner.digest;
  const other = `sha256:${'e'.repeat(64)}`;
  const acted = (data: object, id?: string): AnyEvent =>
    eventOf('operator.acted', 'x', { by: 'ana', why: 'compromised', outcome: 'ordered', ...data }, id ? { id } : {});
  const recall = (of: string, id: string) => acted({ command: 'recall', target: recallOf(of) }, id);

  it('a recalled build is kept with the event that recalled it', () => {
    const event = recall(build, 'recall');
    expect(following(event)).toEqual({
      ...noConfig,
      recalled: { [build]: { cause: causedBy(event), offset: 0 } },
    });
  });

  it('recalls of two builds are both kept, and the last recall of one build counts', () => {
    const { recalled } = following(recall(build, 'first'), recall(other, 'second'), recall(build, 'third'));
    expect(Object.entries(recalled).map(([of, { cause, offset }]) => [of, cause.id, offset])).toEqual([
      [build, 'third', 2],
      [other, 'second', 1],
    ]);
  });

  it.each<[string, object]>([
    ['a digest alone', { command: 'recall', target: build }],
    ['no build', { command: 'recall', target: 'scanner/trivy' }],
    ['a build that another command names', { command: 'drop', target: recallOf(build) }],
    ['a recall that a service parked', { command: 'recall', target: recallOf(build), outcome: 'parked' }],
  ])('an order about %s recalls nothing', (_, data) => {
    const before = following(ruled(), recall(other, 'first'));
    expect(evolveConfig(before, acted(data) as EventFor<'classifier', 'config'>, 2)).toEqual(before);
  });

  it('a recalled database is kept until the recall is taken back, and the last of both is known', () => {
    const of = (digest: string, outcome: string, id: string) =>
      acted({ command: 'recall', target: databaseRecallOf(digest), outcome }, id);
    const recalls = [of(build, 'ordered', 'first'), of(other, 'ordered', 'second')];
    const both = following(...recalls);
    expect(Object.entries(both.recalledDatabases).map(([digest, { cause }]) => [digest, cause.id])).toEqual([
      [build, 'first'],
      [other, 'second'],
    ]);
    expect([both.recalled, both.databasesActed?.cause.id]).toEqual([{}, 'second']);
    const one = following(...recalls, of(build, 'withdrawn', 'third'));
    expect([Object.keys(one.recalledDatabases), one.databasesActed]).toMatchObject([[other], { offset: 2 }]);
    // A recall that never was is not taken back.
    const left = following(...recalls, of(`sha256:${'f'.repeat(64)}`, 'withdrawn', 'third'));
    expect(left).toEqual(both);
  });

  it('a recall leaves rules and their last change, and a rule leaves recalls', () => {
    const [rule, event] = [ruled(), recall(build, 'recall')];
    const both = following(rule, event);
    expect([both.rules, both.changed]).toEqual([following(rule).rules, causedBy(rule)]);
    expect(Object.keys(both.recalled)).toEqual([build]);
    expect(Object.keys(following(event, rule).recalled)).toEqual([build]);
  });

  it('an event that the flow does not send to the classifier is refused', () => {
    expect(() => following(eventOf('plan.changed', 'x', {}))).toThrow(
      new TypeError('plan.changed is not for this fold'),
    );
  });
});
