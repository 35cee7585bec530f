import { describe, expect, it } from 'vitest';
import { definitionOf, validated, type AnyEvent, type EventDefinition, type ImagePushed } from '@assay/events';
import type { Trouble } from '@assay/event-sourcing';
import { DeciderSpec } from '@assay/testing';
import { deletion, digest, imageFacts, notice, observed } from '../../test/fixtures.ts';
import { decider } from './decider.ts';

const away: Trouble = {
  code: 'unreachable',
  message: 'the connection failed (ECONNREFUSED)',
  patience: 'soon',
  inARow: 12,
  tries: 12,
  timeouts: 0,
};
const refused: Trouble = {
  code: 'unauthorized',
  message: 'the registry answered 403',
  patience: 'later',
  inARow: 1,
  tries: 1,
  timeouts: 0,
};
const facts = { facts: imageFacts, mediaType: 'application/vnd.oci.image.manifest.v1+json' };
/** 14 minutes after the push was received. */
const nearly = Date.parse('2026-11-24T09:29:02.345Z');
const hourMs = 60 * 60_000;

const pending = () => {
  const spec = new DeciderSpec(decider, digest!).givenConfig(observed()).given(notice({}, { id: 'the push' }));
  spec.when();
  return spec;
};
const troubled = (trouble: Trouble) => (spec: ReturnType<typeof pending>) =>
  spec.job(spec.jobs[0]!.id, { state: 'queued', trouble });
const read = (spec: ReturnType<typeof pending>) =>
  spec.job(spec.jobs[0]!.id, { state: 'finished', attempt: 1, result: facts });
const pushes = (events: readonly AnyEvent[]): Partial<ImagePushed>[] =>
  events.map(({ topic, data }) => {
    validated(definitionOf(topic) as EventDefinition, data);
    return data as ImagePushed;
  });

describe('a push whose registry is away', () => {
  it('is tried until a minute before its deadline, then answered with the error, and read later', () => {
    const spec = pending();
    expect(spec.decide().wakeAt).toBe(nearly);
    troubled(away)(spec).when();
    expect([spec.when(), spec.decide().wakeAt, spec.decide().jobs!.map(({ lane }) => lane)]).toEqual([
      [],
      nearly,
      ['inspect/myreg.registry.test'],
    ]);
    spec.now = nearly;
    expect(pushes(spec.when())).toMatchObject([
      { pushId: 'the push', inspection: { code: 'unreachable', attempts: 12, trying: true } },
    ]);
    expect([spec.when(), spec.decide().jobs!.map(({ lane }) => lane), spec.decide().wakeAt]).toEqual([
      [],
      ['backfill/myreg.registry.test'],
      undefined,
    ]);
    spec.now += 20 * hourMs;
    expect([spec.when(), spec.jobs.length]).toEqual([[], 1]);
    const [again] = read(spec).when();
    expect(pushes([again!])).toMatchObject([{ pushId: 'the push', facts: imageFacts }]);
    expect(new Set(spec.emitted.map(({ id }) => id)).size).toBe(3);
    expect([spec.when(), spec.jobs]).toEqual([[], []]);
  });

  it('is published as early once after the first failure, and stays open', () => {
    const spec = troubled({ ...away, tries: 1, inARow: 1 })(pending());
    expect(pushes(spec.when())).toMatchObject([
      { pushId: 'the push', tags: ['v1'], inspection: { code: 'unreachable', attempts: 1, trying: true, early: true } },
    ]);
    expect(
      troubled(refused)(spec)
        .when()
        .map(({ data }) => (data as ImagePushed).inspection),
    ).toMatchObject([{ code: 'unauthorized', trying: true }]);
    expect([spec.when(), spec.emitted[1]!.data]).toMatchObject([
      [],
      { inspection: expect.not.objectContaining({ early: true }) },
    ]);
  });

  it('is published as unasked if the registry was not asked', () => {
    const spec = troubled({ ...away, code: 'rate-limited', tries: 0, inARow: 0 })(pending());
    spec.now = nearly;
    expect(pushes(spec.when())).toMatchObject([{ inspection: { code: 'rate-limited', unasked: true, trying: true } }]);
    expect(spec.when()).toEqual([]);
    expect(pushes(troubled({ ...away, tries: 1 })(spec).when())).toMatchObject([
      { inspection: { code: 'unreachable', attempts: 1, trying: true } },
    ]);
    expect(spec.emitted.at(-1)!.data).toMatchObject({ inspection: expect.not.objectContaining({ unasked: true }) });
  });

  it('is published again for each other cause, and not for the same one', () => {
    const spec = troubled(away)(pending());
    spec.now = nearly;
    spec.when();
    expect(troubled({ ...away, tries: 13, inARow: 13 })(spec).when()).toEqual([]);
    expect(pushes(troubled({ ...refused, tries: 14 })(spec).when())).toMatchObject([
      { inspection: { code: 'unauthorized', attempts: 14, trying: true } },
    ]);
    expect(spec.when()).toEqual([]);
    expect(pushes(troubled({ ...away, tries: 15 })(spec).when())).toMatchObject([
      { inspection: { code: 'unreachable' } },
    ]);
    // After its store was emptied, a service tries again and counts from one.
    expect(pushes(troubled({ ...refused, tries: 14 })(spec).when())).toMatchObject([
      { inspection: { code: 'unauthorized', attempts: 14 } },
    ]);
    expect(pushes(read(spec).when())).toMatchObject([{ facts: imageFacts }]);
    expect([new Set(spec.emitted.map(({ id }) => id)).size, spec.when(), spec.jobs]).toEqual([5, [], []]);
  });

  it('is not answered before the first attempt, however late it is received', () => {
    const spec = pending();
    spec.now = nearly + hourMs;
    expect([spec.when(), spec.decide().wakeAt, spec.jobs.length]).toEqual([[], undefined, 1]);
    troubled(away)(spec);
    expect(pushes(spec.when())).toMatchObject([{ inspection: { code: 'unreachable', trying: true } }]);
  });

  it('is not tried any more once it is deleted', () => {
    const spec = troubled(refused)(pending());
    spec.when();
    spec.given(deletion('2026-11-24T10:00:00.000Z')).when();
    expect(spec.jobs).toEqual([]);
  });
});

describe('a push that an operator has to repair', () => {
  it('is answered at once, and tried again afterwards', () => {
    const spec = troubled(refused)(pending());
    expect(pushes(spec.when())).toMatchObject([
      { inspection: { code: 'unauthorized', message: 'the registry answered 403', attempts: 1, trying: true } },
    ]);
    expect([spec.when(), spec.decide().jobs]).toMatchObject([[], [{ lane: 'backfill/myreg.registry.test' }]]);
    expect(pushes(read(spec).when())).toMatchObject([{ facts: imageFacts }]);
  });

  it.each<[string, AnyEvent]>([
    ['another push', notice({ occurredAt: '2026-11-24T09:20:00.000Z' })],
    ['other credentials', observed({ access: 'fedcba987654' })],
    ['another way to reach it', observed({ plainHttp: true })],
  ])('is tried at once for %s', (_, event) => {
    const spec = troubled(refused)(pending());
    spec.when();
    const before = spec.decide().jobs![0]!.payload;
    if (event.topic === 'registry.observed') spec.givenConfig(event);
    else spec.given(event);
    // A store delays a job only while its payload stays the same.
    expect(spec.decide().jobs![0]!.payload).not.toEqual(before);
  });

  it('is answered again if it turns out to be beyond repair', () => {
    const spec = troubled(refused)(pending());
    spec.when();
    spec.job(spec.jobs[0]!.id, {
      state: 'finished',
      attempt: 1,
      result: { code: 'bad-manifest', message: 'no', attempts: 2 },
    });
    expect(pushes(spec.when())).toMatchObject([{ inspection: { code: 'bad-manifest', attempts: 2 } }]);
    expect([spec.when(), spec.jobs]).toEqual([[], []]);
  });
});
