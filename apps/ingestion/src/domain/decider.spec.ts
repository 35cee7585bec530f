import { describe, expect, it } from 'vitest';
import {
  definitionOf,
  notificationId,
  validated,
  type AnyEvent,
  type EventDefinition,
  type ImagePushed,
} from '@assay/events';
import { DeciderSpec } from '@assay/testing';
import {
  childDigest,
  deletion,
  digest,
  imageFacts,
  indexFacts,
  loginServer,
  notice,
  observed,
  observedExample,
  registryId,
  repository,
  untagged,
} from '../../test/fixtures.ts';
import { decider } from './decider.ts';
import type { InspectResult } from './state.ts';

const ingestion = (key = digest!) => new DeciderSpec(decider, key).givenConfig(observed());
type Ingestion = ReturnType<typeof ingestion>;

const oci = 'application/vnd.oci.image.manifest.v1+json';
const read: InspectResult = { facts: imageFacts, mediaType: oci };
const readIndex: InspectResult = { facts: indexFacts, mediaType: 'application/vnd.oci.image.index.v1+json' };

/** Finishes all inspections that are wanted, with the same result. */
const inspected = (spec: Ingestion, result: InspectResult = read, attempt = 1): AnyEvent[] => {
  spec.when();
  for (const { id } of spec.jobs) spec.job(id, { state: 'finished', attempt, result });
  return spec.when();
};
const topics = (events: readonly AnyEvent[]): string[] => events.map(({ topic }) => topic);
const pushes = (events: readonly AnyEvent[]): ImagePushed[] =>
  events.filter(({ topic }) => topic === 'image.pushed').map(({ data }) => data as ImagePushed);

describe('a notification', () => {
  it('becomes a push that carries the facts of the manifest and conforms to its contract', () => {
    const notification = notice({}, { traceparent: 'tp' });
    const spec = ingestion().given(notification);
    expect(spec.when()).toEqual([]);
    expect(spec.jobs).toMatchObject([
      {
        lane: 'inspect/myreg.registry.test',
        payload: { loginServer, repository, digest, tag: 'v1', listed: false, traceparent: 'tp' },
      },
    ]);
    const [pushed] = inspected(spec);
    validated(definitionOf('image.pushed') as EventDefinition, pushed!.data);
    expect(pushed).toMatchObject({
      causationid: notification.id,
      data: {
        subscriptionId: observedExample.subscriptionId,
        registryId,
        loginServer,
        repository,
        digest,
        pushId: notification.id,
        pushedAt: '2026-11-24T09:15:02.123Z',
        receivedAt: '2026-11-24T09:15:02.345Z',
        tag: 'v1',
        tags: ['v1'],
        listedIn: [],
        origin: 'notification',
        sender: 'acr',
        mediaType: oci,
        facts: imageFacts,
      },
    });
    expect(spec.when()).toEqual([]);
    expect(spec.jobs).toEqual([]);
  });

  it('makes no second push when it is repeated, replayed, or sent under another id', () => {
    const notification = notice();
    const spec = ingestion().given(notification, notification);
    expect(pushes(inspected(spec))).toHaveLength(1);
    expect(
      spec.given(notification, notice({ senderEventId: 'another' }), notice({ sender: 'cloud-event' })).when(),
    ).toEqual([]);
  });

  it('makes no second push when a sender without a readable clock repeats it', () => {
    const again = () => notice({ occurredAt: '2026-11-24T09:15:09.000Z' }, { id: 'same' });
    const spec = ingestion().given(notice({}, { id: 'same' }), again());
    expect(inspected(spec)).toHaveLength(1);
    expect(spec.given(again()).when()).toEqual([]);
  });

  it('of another instant makes another push without another inspection', () => {
    const spec = ingestion().given(notice());
    inspected(spec);
    expect(pushes(spec.given(notice({ occurredAt: '2026-11-24T09:16:00.000Z' })).when())).toMatchObject([
      { pushedAt: '2026-11-24T09:16:00.000Z', facts: imageFacts },
    ]);
    expect(spec.jobs).toEqual([]);
  });

  it('reads a manifest again that was no image without a proof, as an older program published it', () => {
    const spec = ingestion().given(notice());
    inspected(spec, { facts: { ...imageFacts, kind: 'artifact' }, mediaType: oci });
    const again = spec.given(notice({ occurredAt: '2026-11-24T09:16:00.000Z' }));
    expect(pushes(inspected(again))).toMatchObject([{ pushedAt: '2026-11-24T09:16:00.000Z', facts: imageFacts }]);
  });

  it('of another tag makes a push that carries both tags', () => {
    const spec = ingestion().given(notice());
    inspected(spec);
    expect(pushes(spec.given(notice({ tag: 'latest' })).when())).toMatchObject([
      { tag: 'latest', tags: ['v1', 'latest'] },
    ]);
  });

  it('of an unknown or removed registry waits until the registry is observed', () => {
    const spec = new DeciderSpec(decider, digest!).given(notice());
    expect([spec.when(), spec.jobs]).toEqual([[], []]);
    spec.givenConfig(observed({ removed: true })).when();
    expect(spec.jobs).toEqual([]);
    expect(inspected(spec.givenConfig(observed()))).toHaveLength(1);
  });

  it('finds its registry by the login server in any case of the letters', () => {
    const spec = new DeciderSpec(decider, digest!)
      .givenConfig(observed({ loginServer: 'MyReg.registry.test' }))
      .given(notice(), notice({ loginServer: loginServer.toUpperCase() }));
    expect(pushes(inspected(spec))).toMatchObject([{ loginServer: 'MyReg.registry.test' }]);
  });

  it('of two repositories makes two pushes, each with its own inspection', () => {
    const spec = ingestion().given(notice(), notice({ repository: 'team/copy' }));
    spec.when();
    expect(spec.jobs).toHaveLength(2);
    spec.job(spec.jobs[0]!.id, { state: 'finished', result: read });
    expect(pushes(spec.when()).map((push) => push.repository)).toEqual(['team/copy']);
    expect(spec.jobs).toMatchObject([{ payload: { repository: 'team/hello' } }]);
    const [unread] = inspected(spec, { code: 'gone', message: 'no', attempts: 3 }, 3);
    expect(unread!.data).toMatchObject({ repository: 'team/hello', inspection: { code: 'gone' } });
    expect(unread!.data).not.toHaveProperty('facts');
    expect(spec.jobs).toEqual([]);
  });

  it.each<[string, InspectResult, object]>([
    [
      'could not be read',
      { code: 'unauthorized', message: 'no', attempts: 3 },
      { code: 'unauthorized', message: 'no', attempts: 3 },
    ],
    ['nobody came to read', { failed: 'lease-expired' }, { code: 'lease-expired', attempts: 3 }],
  ])('of a manifest that %s becomes a push that states so, and the next one tries again', (_, result, inspection) => {
    const spec = ingestion().given(notice());
    const [pushed] = inspected(spec, result, 3);
    validated(definitionOf('image.pushed') as EventDefinition, pushed!.data);
    expect(pushed!.data).toMatchObject({ inspection });
    expect(pushed!.data).not.toHaveProperty('facts');
    expect(spec.when()).toEqual([]);
    expect(pushes(inspected(spec.given(notice({ occurredAt: '2026-11-24T10:00:00.000Z' }))))).toMatchObject([
      { facts: imageFacts },
    ]);
  });

  it('of many names at once makes one push that carries the last fifty', () => {
    const names = Array.from({ length: 60 }, (_, nth) => `v${nth}`);
    const spec = ingestion().given(
      notice({ sender: 'sweep', tag: 'v0', tags: names }),
      notice({ tag: 'v7', occurredAt: '2026-11-24T09:16:00.000Z' }),
    );
    const [push, ...more] = pushes(inspected(spec));
    validated(definitionOf('image.pushed') as EventDefinition, push);
    expect([more.length, push!.tag, push!.tags]).toEqual([1, 'v0', names.slice(-50)]);
  });

  it('counts as answered if an older version answered it', () => {
    const [notification, more] = [notice(), notice({ tag: 'latest' })];
    const spec = ingestion().given(notification);
    inspected(spec);
    spec.state = { ...spec.state, emitted: { ...spec.state.emitted, answered: { [notification.id]: true } } };
    expect(spec.when()).toEqual([]);
    expect(pushes(spec.given(more).when())).toMatchObject([{ tag: 'latest' }]);
    expect([spec.when(), spec.state.emitted.answered]).toEqual([[], [notification.id, more.id]]);
  });

  it('of thousands of the same digest stores each id once in each half of the state', () => {
    const spec = ingestion().given(
      ...Array.from({ length: 200 }, (_, nth) =>
        notice({ tag: `v${nth}`, occurredAt: `2026-11-24T09:15:02.${100 + nth}Z` }),
      ),
    );
    inspected(spec);
    const text = JSON.stringify(spec.state);
    for (const { causationid } of spec.emitted)
      expect([text.split(`"id":"${causationid}"`).length, text.split(`"${causationid}"`).length]).toEqual([2, 4]);
  });

  it('of a sweep makes a push with the origin sweep', () => {
    expect(pushes(inspected(ingestion().given(notice({ sender: 'sweep' }))))).toMatchObject([{ origin: 'sweep' }]);
  });
});

describe('a deletion', () => {
  it('is published at once, once, and without an inspection', () => {
    const notification = deletion('2026-11-24T10:00:00.000Z');
    const spec = ingestion().given(notification);
    const [gone] = spec.when();
    validated(definitionOf('image.deleted') as EventDefinition, gone!.data);
    expect(gone).toMatchObject({
      topic: 'image.deleted',
      causationid: notification.id,
      data: { repository, digest, deletedAt: '2026-11-24T10:00:00.000Z' },
    });
    expect(spec.jobs).toEqual([]);
    expect(spec.given(notification, deletion('2026-11-24T10:00:00.000Z')).when()).toEqual([]);
    expect(topics(spec.given(deletion('2026-11-24T11:00:00.000Z')).when())).toEqual(['image.deleted']);
  });

  it('and a push are both published as they arrive', () => {
    const spec = ingestion().given(deletion('2026-11-24T10:00:00.000Z'), notice());
    expect(topics(spec.when())).toEqual(['notification.received', 'image.deleted']);
    expect(topics(inspected(spec))).toEqual(['image.pushed']);
  });
});

describe('an index', () => {
  it('publishes its children before itself, each once and under stable ids', () => {
    const notification = notice();
    const spec = ingestion().given(notification);
    const events = inspected(spec, readIndex);
    expect(topics(events)).toEqual(['notification.received', 'notification.received', 'image.pushed']);
    const [child] = events;
    validated(definitionOf('notification.received') as EventDefinition, child!.data);
    expect(child).toMatchObject({
      id: notificationId('index', notification.id, childDigest),
      subject: childDigest,
      correlationid: notification.correlationid,
      data: {
        sender: 'index',
        action: 'push',
        loginServer,
        registryId,
        repository,
        digest: childDigest,
        listedIn: digest,
        occurredAt: '2026-11-24T09:15:02.123Z',
        receivedAt: '2026-11-24T09:15:02.345Z',
      },
    });
    const again = ingestion().given(notification);
    expect(inspected(again, readIndex).map(({ id }) => id)).toEqual(events.map(({ id }) => id));
    expect(spec.when()).toEqual([]);
  });

  it('publishes its children again when it is pushed again', () => {
    const spec = ingestion().given(notice());
    const first = inspected(spec, readIndex);
    const second = spec.given(notice({ occurredAt: '2026-11-24T10:00:00.000Z' })).when();
    expect(topics(second)).toEqual(topics(first));
    expect(second[0]!.id).not.toBe(first[0]!.id);
  });

  const index = `sha256:${'c'.repeat(64)}`;
  const listed = (data: object = {}) =>
    untagged({
      digest: childDigest,
      sender: 'index',
      listedIn: index,
      occurredAt: '2026-11-24T09:15:05.000Z',
      ...data,
    });
  const direct = (data: object = {}) =>
    untagged({ digest: childDigest, occurredAt: '2026-11-24T09:15:04.000Z', ...data });

  it('wants its children inspected as listed, so that none may be an index', () => {
    const spec = ingestion(childDigest).given(listed());
    spec.when();
    expect(spec.jobs).toMatchObject([{ payload: { listed: true } }]);
    expect(pushes(inspected(spec))).toMatchObject([{ origin: 'index', listedIn: [index], tags: [] }]);
  });

  it.each<[string, AnyEvent[]]>([
    ['together', [direct(), listed()]],
    ['the other way round', [listed(), direct()]],
  ])('and a direct push make one push of the child, received %s', (_, notification) => {
    const spec = ingestion(childDigest).given(...notification);
    expect(pushes(inspected(spec))).toMatchObject([{ origin: 'notification', listedIn: [index] }]);
    expect(spec.when()).toEqual([]);
  });

  it.each<[string, AnyEvent, AnyEvent]>([
    ['first by itself', direct(), listed()],
    ['first by its index', listed(), direct()],
  ])('and a direct push make one push of the child, answered %s', (_, first, second) => {
    const spec = ingestion(childDigest).given(first);
    expect(pushes(inspected(spec))).toHaveLength(1);
    expect(spec.given(second).when()).toEqual([]);
    expect(spec.jobs).toEqual([]);
  });

  it('is reported beside another index that lists the same child at the same instant', () => {
    const another = `sha256:${'d'.repeat(64)}`;
    expect(
      pushes(inspected(ingestion(childDigest).given(listed(), listed({ listedIn: another })))).map(
        ({ listedIn }) => listedIn,
      ),
    ).toEqual([
      [index, another],
      [index, another],
    ]);
  });

  it('does not suppress a tagged or a later push of its child', () => {
    const spec = ingestion(childDigest).given(listed());
    inspected(spec);
    expect(
      pushes(spec.given(notice({ digest: childDigest, occurredAt: '2026-11-24T09:15:04.000Z' })).when()),
    ).toHaveLength(1);
    expect(pushes(spec.given(direct({ occurredAt: '2026-11-24T09:15:06.000Z' })).when())).toHaveLength(1);
  });

  it('restores a deleted child that was not pushed by itself again', () => {
    const spec = ingestion(childDigest).given(direct());
    inspected(spec);
    expect(topics(spec.given(deletion('2026-11-24T10:00:00.000Z', { digest: childDigest })).when())).toEqual([
      'image.deleted',
    ]);
    expect(pushes(spec.given(listed({ occurredAt: '2026-11-24T11:00:00.000Z' })).when())).toMatchObject([
      { pushedAt: '2026-11-24T11:00:00.000Z' },
    ]);
  });
});

describe('the registries', () => {
  const follow = (...events: AnyEvent[]) =>
    [...new DeciderSpec(decider, digest!).givenConfig(...events).config.byLoginServer].map(
      ([name, { registryId: id, removed }]) => [name, id, removed],
    );
  const other = registryId.replace('rg1', 'rg2');

  it('keep an address that moved to another id, in either order of the events', () => {
    expect(follow(observed(), observed({ registryId: other }), observed({ removed: true }))).toEqual([
      [loginServer, other, false],
    ]);
    expect(follow(observed(), observed({ removed: true }), observed({ registryId: other }))).toEqual([
      [loginServer, other, false],
    ]);
  });

  it('drop an address that their registry no longer has', () => {
    expect(
      follow(observed(), observed({ registryId: registryId.toUpperCase(), loginServer: 'new.registry.test' })).map(
        ([name]) => name,
      ),
    ).toEqual(['new.registry.test']);
    expect(follow(observed(), observed({ removed: true }))).toEqual([[loginServer, registryId, true]]);
  });
});
