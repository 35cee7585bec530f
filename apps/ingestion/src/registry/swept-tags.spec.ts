import { expect, it } from 'vitest';
import { comparedTags } from './swept-tags.ts';

const [one, two] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
const repository = 'team/app';
const listed = { repository, tag: 'v1', digest: two };
const image = (digest: string, tags: string[], refuted: string[] = []) => ({
  repository,
  digest,
  tags: new Set(tags),
  refuted: new Set(refuted),
});
const v1 = { repository, tag: 'v1' };
const whole = () => true;

it('a tag is reported if it names another image, or if an image does not know better', () => {
  const moved = (images: ReturnType<typeof image>[], digest?: string) =>
    comparedTags([listed], images, digest ? [{ ...v1, digest }] : [], whole).moved;
  expect(moved([])).toEqual([{ ...v1, digest: two, others: [] }]);
  expect(moved([], one)).toEqual([{ ...v1, digest: two, others: [] }]);
  expect(moved([image(two, ['v1'])], two)).toEqual([]);
  expect(moved([image(one, ['v1'])], two)).toEqual([{ ...v1, digest: two, others: [one] }]);
  expect(moved([image(one, ['v1'], ['v1'])], two)).toEqual([]);
  expect(moved([image(two, ['v1'], ['v1'])], two)).toEqual([{ ...v1, digest: two, others: [two] }]);
});

it('a tag is gone if its repository was read whole, also one that an image alone claims', () => {
  const gone = (isWhole: () => boolean, images: ReturnType<typeof image>[] = []) =>
    comparedTags(
      [],
      images,
      [
        { ...v1, digest: one },
        { repository, tag: 'v2' },
      ],
      isWhole,
    );
  expect(gone(whole)).toMatchObject({ gone: [{ ...v1, others: [] }], known: 1 });
  expect(gone(() => false)).toMatchObject({ gone: [], known: 0 });
  expect(gone(whole, [image(two, ['v2', 'v3'], ['v3'])])).toMatchObject({
    gone: [
      { ...v1, others: [] },
      { repository, tag: 'v2', others: [two] },
    ],
  });
});
