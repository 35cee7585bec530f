import { describe, expect, it } from 'vitest';
import {
  definitionOf,
  tagKey,
  validated,
  type AnyEvent,
  type EventDefinition,
  type NotificationReceived,
  type TagMoved,
} from '@assay/events';
import { DeciderSpec } from '@assay/testing';
import { digest, loginServer, notice, observed, repository } from '../../test/fixtures.ts';
import { decider } from './decider.ts';
import { askAgainMs } from './tags.ts';

const key = tagKey(loginServer, repository, 'v1');
const other = `sha256:${'9'.repeat(64)}`;
const third = `sha256:${'8'.repeat(64)}`;
const at = (second: number): string => `2026-11-24T09:15:${String(second).padStart(2, '0')}.000Z`;

const aTag = () => new DeciderSpec(decider, key).givenConfig(observed());
type Spec = ReturnType<typeof aTag>;

const about = (data: Partial<NotificationReceived> = {}, id?: string): AnyEvent => ({
  ...notice({ tag: 'v1', ...data }, id ? { id } : {}),
  subject: key,
});
const swept = (askedAt: string, data: Partial<NotificationReceived>): AnyEvent => {
  const event = about({ sender: 'sweep', occurredAt: askedAt, receivedAt: askedAt, ...data });
  return data.digest === undefined ? { ...event, data: { ...(event.data as object), digest: undefined } } : event;
};

/** Answers the question that is open. */
const answered = (spec: Spec, second: number, names?: string): AnyEvent[] => {
  spec.now = Date.parse(at(second));
  spec.when();
  expect(spec.jobs).toHaveLength(1);
  const result = { at: at(second), ...(names ? { digest: names } : {}) };
  spec.job(spec.jobs[0]!.id, { state: 'finished', attempt: 1, result });
  return spec.when();
};
const moves = (events: readonly AnyEvent[]) =>
  events.filter(({ topic }) => topic === 'tag.moved').map(({ data }) => data as TagMoved);
const words = (events: readonly AnyEvent[]) =>
  events
    .filter(({ topic }) => topic === 'notification.received')
    .map(({ subject, data }) => [subject, (data as NotificationReceived).pointsTo]);

describe('a tag', () => {
  it('names what the registry answers, and never what a notification claims', () => {
    const spec = aTag().given(about({ digest: other! }));
    expect(spec.when()).toEqual([]);
    expect(spec.jobs).toMatchObject([
      { lane: `inspect/${loginServer}`, payload: { loginServer, repository, tag: 'v1' } },
    ]);
    const events = answered(spec, 4, digest);
    for (const { topic, data } of events) validated(definitionOf(topic) as EventDefinition, data);
    expect(moves(events)).toMatchObject([{ repository, tag: 'v1', digest, askedAt: at(4), origin: 'notification' }]);
    expect(words(events)).toEqual([
      [digest, digest],
      [other, digest],
    ]);
    expect(spec.when()).toEqual([]);
    expect(spec.jobs).toEqual([]);
  });

  it('is asked about at most once in ten seconds, and the last notification counts', () => {
    const spec = aTag().given(about({ digest: digest! }));
    answered(spec, 4, digest);
    spec.given(about({ digest: other }), about({ digest: third }));
    expect(spec.decide()).toMatchObject({ events: [], wakeAt: Date.parse(at(4)) + askAgainMs });
    const events = answered(spec, 14, third);
    expect(moves(events)).toMatchObject([{ digest: third, was: digest }]);
    expect(words(events).map(([subject]) => subject)).toEqual([digest, third, other]);
  });

  it('is not asked about again for a notification that comes twice, also for one without a digest', () => {
    const gone = about({ sender: 'tag', action: 'delete', ...({ digest: undefined } as object) }, 'gone');
    const spec = aTag().given(gone, about({ digest: other }, 'push'));
    answered(spec, 4, other);
    spec.given(gone).now = Date.parse(at(30));
    expect([spec.when(), spec.jobs]).toEqual([[], []]);
  });

  it('is asked about again for what was notified during the question', () => {
    const spec = aTag().given(about({ digest: digest! }));
    spec.when();
    const [first] = spec.jobs;
    spec.given(about({ digest: other }));
    spec.when();
    expect(spec.jobs).toEqual([first]);
    answered(spec, 4, digest);
    expect(moves(answered(spec, 14, other))).toMatchObject([{ digest: other, was: digest }]);
  });

  it('stays where it is if the answer is the same, and corrects who was taken for it', () => {
    const spec = aTag().given(about({ digest: digest! }));
    answered(spec, 4, digest);
    const events = answered(spec.given(about({ digest: other })), 20, digest);
    expect([moves(events), words(events)]).toEqual([[], [[other, digest]]]);
    expect(spec.when()).toEqual([]);
  });

  it('follows the later answer of a notification and of a sweep, in any order', () => {
    const spec = aTag().given(about({ digest: digest! }));
    answered(spec, 10, digest);
    expect(spec.given(swept(at(8), { digest: other, action: 'push' })).when()).toEqual([]);
    const moved = spec.given(swept(at(12), { digest: other, action: 'push' })).when();
    expect(moves(moved)).toMatchObject([{ digest: other, was: digest, origin: 'sweep' }]);
    const gone = spec.given(swept(at(14), { action: 'delete' })).when();
    expect(moves(gone)).toEqual([expect.not.objectContaining({ digest: expect.anything() as string })]);
    expect(words(gone)).toEqual([[other, undefined]]);
  });

  it('corrects those that a sweep names, although it did not move', () => {
    const spec = aTag().given(about({ digest: digest! }));
    answered(spec, 4, digest);
    const events = spec.given(swept(at(20), { digest: digest!, action: 'push', others: [other] })).when();
    expect([moves(events), words(events)]).toEqual([[], [[other, digest]]]);
    expect(spec.when()).toEqual([]);
  });

  it('keeps what it named while the registry does not answer, and without a registry', () => {
    const spec = aTag().given(about({ digest: digest! }));
    answered(spec, 4, digest);
    spec.given(about({ digest: other }));
    spec.now = Date.parse(at(30));
    spec.when();
    spec.job(spec.jobs[0]!.id, {
      state: 'finished',
      attempt: 3,
      result: { code: 'unauthorized', message: '', attempts: 1 },
    });
    expect(spec.when()).toEqual([]);
    expect(spec.jobs).toEqual([]);
    expect(new DeciderSpec(decider, key).given(about()).when()).toEqual([]);
  });
});
