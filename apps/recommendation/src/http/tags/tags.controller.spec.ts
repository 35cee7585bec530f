import { afterEach, beforeEach, expect, it } from 'vitest';
import { tagKey, type ImageTagged, type TagMoved } from '@assay/events';
import { eventOf } from '@assay/testing';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  dataOf,
  digestOf,
  planOn,
  registryObserved,
  wholeStory,
} from '../../../../../libs/read-model/test/fixtures.ts';

const example = dataOf('tag.moved');
const { loginServer, repository, registryId } = example;
const [one, two] = [digestOf(1), digestOf(2)];

const moved = (time: string, data: Partial<TagMoved>) => {
  const { tag = 'v1' } = data;
  const { digest: _digest, was: _was, ...place } = example;
  return eventOf(
    'tag.moved',
    tagKey(loginServer, repository, tag),
    { ...place, tag, askedAt: time, ...data },
    { time },
  );
};
const tagged = (digest: string, data: Partial<ImageTagged>) =>
  eventOf('image.tagged', digest, { ...dataOf('image.tagged'), digest, ...data });

let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await suite();
  await assay.publish(registryObserved(), planOn());
});
afterEach(() => assay.close());

it('tags are listed with what they name and named, now and at the end of a day', async () => {
  await assay.publish(
    moved('2026-11-20T08:00:00.000Z', { digest: one }),
    moved('2026-11-21T08:00:00.000Z', { digest: two, was: one }),
    moved('2026-11-22T08:00:00.000Z', { tag: 'v2', digest: one }),
    moved('2026-11-23T08:00:00.000Z', { tag: 'v2', was: one, origin: 'sweep' }),
  );
  const { body } = await assay.get(`/assay/tags?repository=${repository}`);
  expect(body).toEqual({
    total: 2,
    value: [
      {
        subscriptionId: example.subscriptionId,
        registryId,
        loginServer,
        repository,
        tag: 'v1',
        digest: two,
        at: '2026-11-21T08:00:00.000Z',
        moves: [
          { at: '2026-11-21T08:00:00.000Z', digest: two, origin: 'notification' },
          { at: '2026-11-20T08:00:00.000Z', digest: one, origin: 'notification' },
        ],
      },
      expect.objectContaining({ tag: 'v2', at: '2026-11-23T08:00:00.000Z' }),
    ],
  });
  expect(body.value[1]).not.toHaveProperty('digest');
  const at = async (query: string) =>
    (await assay.get(`/assay/tags?tag=v1&${query}`)).body.value.map(({ digest }: { digest: string }) => digest);
  expect([await at('at=2026-11-20'), await at('at=2026-11-21T07:00Z'), await at('at=2026-11-19')]).toEqual([
    [one],
    [one],
    [],
  ]);
  const first = await assay.get('/assay/tags?top=1');
  expect((await assay.get(first.body.nextLink)).body.value).toMatchObject([{ tag: 'v2' }]);
  expect((await assay.get('/assay/tags?at=yesterday')).body.error.target).toBe('at');
  expect((await assay.get('/assay/tags?repository=other')).body.total).toBe(0);
});

it('a tag that moved three times in ten minutes is listed with one move', async () => {
  await assay.publish(
    moved('2026-11-20T08:00:00.000Z', { digest: one }),
    moved('2026-11-20T08:10:00.000Z', { digest: two, was: one }),
    moved('2026-11-20T08:12:00.000Z', { digest: one, was: two }),
    moved('2026-11-20T08:19:59.000Z', { digest: two, was: one }),
  );
  expect((await assay.get('/assay/tags')).body.value[0].moves).toEqual([
    { at: '2026-11-20T08:19:59.000Z', digest: two, origin: 'notification', times: 3 },
    { at: '2026-11-20T08:00:00.000Z', digest: one, origin: 'notification' },
  ]);
  expect((await assay.get('/assay/tags?at=2026-11-20T08:13Z')).body.value[0].digest).toBe(one);
});

it('an image that lost its tags is left out of lists and sums, and counted beside them', async () => {
  await assay.publish(...wholeStory(), ...wholeStory({ digest: two }));
  const total = (counts: object): number => Object.values(counts).reduce((sum, count) => sum + count, 0);
  const unhealthyOn = ({ unhealthyBySeverity }: { unhealthyBySeverity: object }) => total(unhealthyBySeverity);
  const sums = async () => {
    const [images, fixes, vulnerabilities, worst, trends] = await Promise.all(
      ['images', 'fixes', 'vulnerabilities', 'images?severity=high&fixable=true', 'trends'].map(
        async (list) => (await assay.get(`/assay/${list}`)).body,
      ),
    );
    expect([fixes.untaggedImages, vulnerabilities.untaggedImages, trends.untaggedImages]).toEqual(
      Array(3).fill(images.untagged),
    );
    return [
      [images.total, images.untagged],
      [fixes.value[0].images, vulnerabilities.value[0].images, worst.total, unhealthyOn(trends.days.at(-1))],
      trends.ages.reduce(
        (sum: number, { bucket: _bucket, ...ages }: object & { bucket?: string }) => sum + total(ages),
        0,
      ),
    ];
  };
  assay.clock.now = Date.parse('2026-11-26T09:00:00Z');
  expect(await sums()).toEqual([[2, 0], [2, 2, 2, 2], 2]);
  await assay.publish(tagged(two, { tags: [], lost: [{ tag: 'v1', digest: one }], at: '2026-11-26T08:00:00.000Z' }));
  expect(await sums()).toEqual([[1, 1], [1, 1, 1, 1], 1]);
  const { days } = (await assay.get('/assay/trends')).body;
  expect(unhealthyOn(days.at(-2))).toBe(2);
  for (const all of ['untagged=include', 'untagged=include&severity=high&fixable=true'])
    expect((await assay.get(`/assay/images?${all}`)).body.total).toBe(2);
  expect((await assay.get(`/assay/fixes?digest=${two}`)).body.total).toBe(1);
  const only = (await assay.get('/assay/images?untagged=only')).body;
  expect(only).toMatchObject({
    total: 1,
    untagged: 0,
    value: [
      {
        digest: two,
        tags: [],
        status: dataOf('finding.classified').status,
        untagged: { since: '2026-11-26T08:00:00.000Z', lost: [{ tag: 'v1', digest: one }] },
      },
    ],
  });
  const seen = (state: 'running' | 'gone', seenAt: string) =>
    eventOf('image.running', two, { digest: two, cluster: 'prod', state, since: seenAt, seenAt });
  await assay.publish(seen('running', '2026-11-26T08:10:00.000Z'));
  expect(await sums()).toEqual([[2, 0], [2, 2, 2, 2], 2]);
  await assay.publish(seen('gone', '2026-11-26T08:20:00.000Z'));
  expect(await sums()).toEqual([[1, 1], [1, 1, 1, 1], 1]);
  await assay.publish(tagged(two, { tags: ['v2'], order: 3 }));
  expect(await sums()).toEqual([[2, 0], [2, 2, 2, 2], 2]);
});
