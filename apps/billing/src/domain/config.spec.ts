import { Map as ImmutableMap } from 'immutable';
import { describe, expect, it } from 'vitest';
import { definitionOf, type AnyEvent, type EventFor } from '@assay/events';
import { eventOf } from '@assay/testing';
import { evolveConfig, matters, noConfig, type Config } from './config.ts';

const following = (...events: AnyEvent[]): Config =>
  events.reduce((config, event) => evolveConfig(config, event as EventFor<'billing', 'config'>), noConfig);
const example = (topic: string): object => definitionOf(topic)!.examples[1] as object;

const digest = `sha256:${'1a'.repeat(32)}`;
const subscriptionId = '00000000-0000-0000-0000-00000000000A';
const registryId = `/subscriptions/${subscriptionId}/registries/MyReg`;

const file = (sha256: string) => ({ dataref: 'd', sha256, bytes: 1, charges: 1, totals: [] });
const closing = (period: string, time = '2026-12-01T08:00:00.000Z', by = 'ana') =>
  eventOf('period.changed', period, { period, state: 'closing', by, why: 'month end' }, { time });
const closed = (period: string, sha256: string, time = '2026-12-01T09:00:00.000Z') =>
  eventOf('period.changed', period, { period, state: 'closed', by: 'billing', why: 'x', file: file(sha256) }, { time });
const corrected = (correctionId: string, data: object = {}) =>
  eventOf(
    'charge.corrected',
    digest,
    { chargeId: 'charge', correctionId, subscriptionId, digest, amount: '-0.29', by: 'ana', why: 'a test', ...data },
    { id: `event of ${correctionId}`, correlationid: 'command', traceparent: 'tp' },
  );
const observed = (data: object = {}) =>
  eventOf('registry.observed', registryId, { ...example('registry.observed'), registryId, subscriptionId, ...data });
const owned = (owners: Record<string, string>) => eventOf('owners.changed', 'owners', { owners, by: 'configuration' });
const acted = eventOf('operator.acted', 'x', example('operator.acted'));

describe('the periods of billing', () => {
  it('a month that is being closed has the time and the author of that event', () => {
    expect(following(closing('2026-11')).periods).toEqual(
      ImmutableMap([['2026-11', { state: 'closing', by: 'ana', why: 'month end', since: '2026-12-01T08:00:00.000Z' }]]),
    );
  });

  it('a closed month has its file, and the time at which it was closed', () => {
    expect(following(closing('2026-11'), closed('2026-11', 'first')).periods.get('2026-11')).toEqual({
      state: 'closed',
      by: 'billing',
      why: 'x',
      file: file('first'),
      since: '2026-12-01T09:00:00.000Z',
    });
  });

  it('a repeated order to close a month leaves the first one standing', () => {
    const again = closing('2026-11', '2026-12-02T08:00:00.000Z', 'bob');
    expect(following(closing('2026-11'), again)).toEqual(following(closing('2026-11')));
  });

  it('a closed month stays closed, with the file that was kept first', () => {
    const first = [closing('2026-11'), closed('2026-11', 'first')];
    expect(following(...first, closed('2026-11', 'second', '2026-12-03T09:00:00.000Z'))).toEqual(following(...first));
    expect(following(...first, closing('2026-11', '2026-12-03T08:00:00.000Z'))).toEqual(following(...first));
  });

  it('a month without a word of its closing may be closed at once', () => {
    expect(following(closed('2026-11', 'first')).periods.get('2026-11')!.state).toBe('closed');
  });

  it('each month is closed by itself', () => {
    const { periods } = following(closing('2026-10'), closed('2026-10', 'october'), closing('2026-11'));
    expect([...periods].map(([period, { state }]) => [period, state])).toEqual([
      ['2026-10', 'closed'],
      ['2026-11', 'closing'],
    ]);
  });
});

describe('the corrections of billing', () => {
  it('a correction keeps its amount, its author and its cause, and has its subscription in lower case', () => {
    expect(following(corrected('k1')).corrections).toEqual(
      ImmutableMap([
        [
          digest,
          [
            {
              chargeId: 'charge',
              correctionId: 'k1',
              amount: '-0.29',
              by: 'ana',
              why: 'a test',
              subscription: '00000000-0000-0000-0000-00000000000a',
              cause: { id: 'event of k1', correlationid: 'command', traceparent: 'tp' },
            },
          ],
        ],
      ]),
    );
  });

  it('a repeated command is one correction, the first one', () => {
    const again = corrected('k1', { amount: '-0.10', by: 'bob' });
    expect(following(corrected('k1'), again)).toEqual(following(corrected('k1')));
  });

  it('corrections of one digest lie in the order in which they were made, a repeat among them', () => {
    const { corrections } = following(corrected('k2'), corrected('k1'), corrected('k2'), corrected('k3'));
    expect(corrections.get(digest)!.map(({ correctionId }) => correctionId)).toEqual(['k2', 'k1', 'k3']);
  });

  it('corrections of two digests lie apart', () => {
    const { corrections } = following(corrected('k1'), corrected('k2', { digest: 'sha256:other' }));
    expect([...corrections].map(([of, some]) => [of, some.map(({ correctionId }) => correctionId)])).toEqual([
      [digest, ['k1']],
      ['sha256:other', ['k2']],
    ]);
  });
});

describe('the names and owners of billing', () => {
  it('a registry brings the name of its subscription and its own labels, under ids in lower case', () => {
    const { names, labels } = following(observed({ subscriptionName: 'Example', tags: { team: 'A' } }));
    expect(names).toEqual(ImmutableMap([['00000000-0000-0000-0000-00000000000a', 'Example']]));
    expect(labels).toEqual(ImmutableMap([[registryId.toLowerCase(), { team: 'A' }]]));
  });

  it('a registry in another case is the same registry, and its last labels count', () => {
    const { names, labels } = following(
      observed({ subscriptionName: 'Before', tags: { team: 'A', cost: '1' } }),
      observed({
        registryId: registryId.toUpperCase(),
        subscriptionId: subscriptionId.toLowerCase(),
        subscriptionName: 'After',
        tags: { team: 'B' },
      }),
    );
    expect([...names.values()]).toEqual(['After']);
    expect([...labels.values()]).toEqual([{ team: 'B' }]);
  });

  it('a registry that is removed keeps its name and labels', () => {
    const { names, labels } = following(
      observed({ tags: { team: 'A' } }),
      observed({ tags: { team: 'A' }, removed: true }),
    );
    expect([[...names.values()], [...labels.values()]]).toEqual([['Example'], [{ team: 'A' }]]);
  });

  it('owners replace all owners before them', () => {
    const { owners } = following(owned({ 'team-a': 'Team A', 'team-b': 'Team B' }), owned({ 'team-a': 'Team C' }));
    expect(owners).toEqual(new Map([['team-a', 'Team C']]));
  });
});

describe('the fold of the config of billing', () => {
  const everything = [
    closing('2026-11'),
    corrected('k1'),
    observed({ tags: { team: 'A' } }),
    owned({ 'team-a': 'Team A' }),
  ];

  it('each topic changes its own part alone', () => {
    expect(following(...everything)).toEqual({
      periods: following(everything[0]!).periods,
      corrections: following(everything[1]!).corrections,
      names: following(everything[2]!).names,
      labels: following(everything[2]!).labels,
      owners: following(everything[3]!).owners,
    });
  });

  it('an order about parked events changes nothing', () => {
    expect(following(...everything, acted)).toEqual(following(...everything));
  });

  it('the config before an event stays as it was', () => {
    const before = following(...everything);
    for (const event of [
      closed('2026-11', 'first'),
      corrected('k2'),
      observed({ subscriptionName: 'After' }),
      owned({}),
    ]) {
      evolveConfig(before, event as EventFor<'billing', 'config'>);
    }
    expect(before).toEqual(following(...everything));
    expect(noConfig).toEqual({
      periods: ImmutableMap(),
      corrections: ImmutableMap(),
      names: ImmutableMap(),
      labels: ImmutableMap(),
      owners: new Map(),
    });
  });

  it('an event that the flow does not send to billing is refused', () => {
    expect(() => following(eventOf('plan.changed', 'x', {}))).toThrow(
      new TypeError('plan.changed is not for this fold'),
    );
  });
});

describe('the question whether a config event changes an answer of billing', () => {
  it.each<[string, boolean, AnyEvent]>([
    ['a month that is being closed', true, closing('2026-11')],
    ['a month that is closed', false, closed('2026-11', 'first')],
    ['a correction', true, corrected('k1')],
    ['a registry', false, observed()],
    ['a change of owners', false, owned({ 'team-a': 'Team A' })],
    ['an order about parked events', false, acted],
  ])('%s is answered with %s', (_, answer, event) => {
    expect(matters(event)).toBe(answer);
  });
});
