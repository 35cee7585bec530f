import { describe, expect, it } from 'vitest';
import {
  definitionOf,
  tagKey,
  validated,
  type AnyEvent,
  type EventDefinition,
  type ImageTagged,
  type NotificationReceived,
} from '@assay/events';
import { DeciderSpec } from '@assay/testing';
import {
  childDigest,
  digest,
  imageFacts,
  indexFacts,
  loginServer,
  notice,
  observed,
  registryId,
  repository,
  untagged,
} from '../../test/fixtures.ts';
import { decider } from './decider.ts';

const other = `sha256:${'9'.repeat(64)}`;
const key = tagKey(loginServer, repository, 'v1');
const at = (second: number): string => `2026-11-24T09:15:${String(second).padStart(2, '0')}.000Z`;

const word = (
  second: number,
  names: string | undefined,
  tag = 'v1',
  data: Partial<NotificationReceived> = {},
): AnyEvent => {
  const own = data.digest ?? digest!;
  return notice({
    sender: 'tag',
    senderEventId: `${tag}${second}`,
    tag,
    digest: own,
    action: names === own ? 'push' : 'delete',
    occurredAt: at(second),
    receivedAt: at(second),
    ...(names ? { pointsTo: names } : {}),
    ...data,
  });
};
const anImage = (facts = imageFacts) => {
  const spec = new DeciderSpec(decider, digest!).givenConfig(observed());
  return {
    spec,
    /** Reads its manifest. */
    read: (): AnyEvent[] => {
      spec.when();
      for (const { id } of spec.jobs)
        spec.job(id, { state: 'finished', attempt: 1, result: { facts, mediaType: 'application/json' } });
      return spec.when();
    },
  };
};
const tagged = (events: readonly AnyEvent[]) =>
  events.filter(({ topic }) => topic === 'image.tagged').map(({ data }) => data as ImageTagged);

describe('the tags of an image', () => {
  it('are published once its manifest was read, and whenever they change', () => {
    const { spec, read } = anImage();
    spec.given(notice(), word(4, digest));
    const events = read();
    expect(events.map(({ topic }) => topic)).toEqual(['image.pushed', 'image.tagged']);
    validated(definitionOf('image.tagged') as EventDefinition, events[1]!.data);
    expect(tagged(events)).toMatchObject([{ tags: ['v1'], indexes: [], at: at(4) }]);
    expect(tagged(spec.given(word(6, digest, 'latest')).when())).toMatchObject([{ tags: ['latest', 'v1'] }]);
    expect(spec.given(word(5, other, 'latest')).when()).toEqual([]);
    spec.given(word(7, other, 'latest'), word(8, undefined));
    expect(tagged(spec.when())).toMatchObject([
      { tags: [], lost: [{ tag: 'v1' }, { tag: 'latest', digest: other }], at: at(8) },
    ]);
    expect(tagged(spec.given(word(9, digest)).when())).toMatchObject([{ tags: ['v1'] }]);
    expect(spec.when()).toEqual([]);
  });

  it('are not lost by an image that was only pushed by digest, although a notification names a tag', () => {
    const { spec, read } = anImage();
    spec.given(untagged());
    read();
    const forged = notice({ senderEventId: 'forged', occurredAt: at(3) });
    expect(tagged(spec.given(forged, word(4, other)).when())).toEqual([]);
  });

  it('are lost by an image whose tag moved before the registry was asked', () => {
    const { spec, read } = anImage();
    spec.given(notice(), word(4, other));
    expect(tagged(read())).toMatchObject([{ tags: [] }]);
  });

  it('are published in order, also after a loss of what was published', () => {
    const [before, after] = [anImage(), anImage()];
    before.spec.given(notice(), word(4, digest));
    after.spec.given(notice(), word(4, digest), word(5, other));
    const [[first], [next]] = [tagged(before.read()), tagged(after.read())];
    expect(next!.order).toBeGreaterThan(first!.order);
  });

  it('are lost by an image that cannot be read', () => {
    const spec = new DeciderSpec(decider, digest!).givenConfig(observed()).given(notice(), word(4, other));
    spec.when();
    const result = { code: 'not-an-image', message: 'no', attempts: 1 };
    for (const { id } of spec.jobs) spec.job(id, { state: 'finished', attempt: 1, result });
    expect(tagged(spec.when())).toMatchObject([{ tags: [] }]);
  });

  it('are published under the id of a registry under which the image was pushed, and no other', () => {
    const { spec, read } = anImage();
    spec.given(notice(), word(4, digest));
    read();
    const [was, is] = [observed(), observed({ registryId: `${registryId}2` })];
    expect(tagged(spec.givenConfig(is).given(word(8, undefined)).when())).toEqual([]);
    expect(tagged(spec.givenConfig(was).when())).toMatchObject([{ tags: [], registryId }]);
  });

  it('are published under the id that its registry had when the image was read', () => {
    const { spec, read } = anImage();
    spec.given(notice(), word(4, digest));
    spec.when();
    spec.givenConfig(observed({ registryId: `${registryId}2` }));
    expect(tagged(read())).toMatchObject([{ tags: ['v1'], registryId: `${registryId}2` }]);
    expect(tagged(spec.given(word(8, undefined)).when())).toMatchObject([{ tags: [], registryId: `${registryId}2` }]);
  });

  it('show an image of which no push was notified', () => {
    const { spec, read } = anImage();
    spec.given(word(4, digest));
    expect(read().map(({ topic }) => topic)).toEqual(['image.pushed', 'image.tagged']);
    const unnamed = anImage();
    unnamed.spec.given(word(4, other));
    expect(unnamed.read()).toEqual([]);
  });

  it('of an index are those of its children', () => {
    const { spec, read } = anImage(indexFacts);
    const toChild = (events: readonly AnyEvent[]) =>
      events.filter(
        ({ topic, data }) => topic === 'notification.received' && (data as NotificationReceived).sender === 'tag',
      );
    spec.given(notice(), word(4, digest));
    const [first] = toChild(read());
    expect(first).toMatchObject({ subject: childDigest, data: { action: 'push', listedIn: digest } });
    expect(toChild(spec.given(word(5, digest, 'latest')).when())).toEqual([]);
    const [gone] = toChild(spec.given(word(6, other, 'latest'), word(7, other)).when());
    expect(gone).toMatchObject({ data: { action: 'delete', listedIn: digest } });

    const child = new DeciderSpec(decider, childDigest).givenConfig(observed());
    child.given(untagged({ digest: childDigest }), gone!, first!);
    child.when();
    for (const { id } of child.jobs)
      child.job(id, { state: 'finished', attempt: 1, result: { facts: imageFacts, mediaType: 'application/json' } });
    expect(tagged(child.when())).toMatchObject([{ tags: [], indexes: [] }]);
    const second: AnyEvent = {
      ...first!,
      id: 'second',
      data: { ...(first!.data as NotificationReceived), listedIn: other },
    };
    expect(tagged(child.given(second).when())).toMatchObject([{ indexes: [other] }]);
  });

  it('of an index that lost its own before its manifest was read are passed on to its children', () => {
    const { spec, read } = anImage(indexFacts);
    spec.given(notice(), word(4, other)).when();
    const trouble = { code: 'unreachable', message: 'no', patience: 'later', tries: 1, since: at(5) };
    for (const { id } of spec.jobs) spec.job(id, { state: 'queued', attempt: 1, trouble });
    const [lost] = tagged(spec.when());
    expect(lost).toMatchObject({ tags: [] });
    const told = read().filter(({ topic, subject }) => topic === 'notification.received' && subject === childDigest);
    expect(told.map(({ data }) => data)).toMatchObject([
      { sender: 'index', action: 'push' },
      { sender: 'tag', action: 'delete', listedIn: digest, order: lost!.order },
    ]);
    expect(spec.when()).toEqual([]);
  });

  it('of a second index that never lost its own keep a child tagged, unless that index was pushed by digest', () => {
    const listed = (index: string, push: AnyEvent): AnyEvent => {
      const spec = new DeciderSpec(decider, index).givenConfig(observed()).given(push);
      spec.when();
      for (const { id } of spec.jobs)
        spec.job(id, { state: 'finished', attempt: 1, result: { facts: indexFacts, mediaType: 'application/json' } });
      return spec.when().find(({ subject }) => subject === childDigest)!;
    };
    const lost = (index: string): AnyEvent =>
      untagged({
        sender: 'tag',
        action: 'delete',
        digest: childDigest,
        listedIn: index,
        order: 2,
        senderEventId: `lost ${index}`,
        occurredAt: at(20),
      });
    const child = (second: AnyEvent): readonly ImageTagged[] => {
      const spec = new DeciderSpec(decider, childDigest).givenConfig(observed());
      spec.given(listed(digest!, notice()), listed(other, second), lost(digest!)).when();
      for (const { id } of spec.jobs)
        spec.job(id, { state: 'finished', attempt: 1, result: { facts: imageFacts, mediaType: 'application/json' } });
      return tagged(spec.when());
    };
    expect(child(notice({ digest: other, occurredAt: at(9) }))).toMatchObject([{ indexes: [other] }]);
    expect(child(untagged({ digest: other, occurredAt: at(9) }))).toMatchObject([{ indexes: [] }]);
  });

  it('are asked about when the image is deleted, also those that were never published', () => {
    const { spec, read } = anImage();
    spec.given(notice());
    read();
    const events = spec.given({ ...notice({ action: 'delete', occurredAt: at(30) }) }).when();
    expect(events.map(({ topic, subject }) => [topic, subject])).toEqual([
      ['notification.received', key],
      ['image.deleted', digest],
    ]);
    const tag = new DeciderSpec(decider, key).givenConfig(observed());
    expect(tag.given(events[0]!).decide().jobs).toHaveLength(1);
  });
});
