import { describe, expect, it } from 'vitest';
import type { Mark } from '@assay/events';
import { answerTo, coveringMark, exceptsRegistries, markAfter, type PartitionMark } from './partition-mark.ts';

const markOf = (announced: number, sequence: string, ...except: string[]): Mark => ({
  id: `mark ${announced}`,
  source: '/assay/test',
  time: '2026-11-24T09:15:02.600Z',
  sequence,
  data: {
    scanner: 'trivy',
    database: { digest: `sha256:${announced}`, builtAt: '2026-11-24T06:00:00.000Z', demonstration: false },
    announced,
    except: except.map((digest) => ({ digest, reason: 'key-halted' })),
  },
});

const folded = (...marks: Mark[]): PartitionMark | undefined =>
  marks.reduce<PartitionMark | undefined>((before, mark) => markAfter(before, mark), undefined);

const announcedFor = (
  mark: PartitionMark | undefined,
  key: string,
  sequence?: string,
  scanner = 'trivy',
): number | undefined => coveringMark(mark, { digest: key, registryIds: ['R'], scanner, sequence })?.announced;

it('a mark covers what stands before it, and nothing behind it', () => {
  const mark = folded(markOf(1, '1.5'));
  expect(announcedFor(mark, 'a', '1.4')).toBe(1);
  expect(announcedFor(mark, 'a', '1.6')).toBeUndefined();
  expect(announcedFor(mark, 'a', '2.1')).toBeUndefined();
  expect(announcedFor(mark, 'a')).toBeUndefined();
  expect(announcedFor(undefined, 'a', '1.4')).toBeUndefined();
});

it('a mark is no statement about an image of another scanner', () => {
  expect(announcedFor(folded(markOf(1, '1.5')), 'a', '1.4', 'other')).toBeUndefined();
});

it('an exception keeps the last mark that covered it, through any number of marks', () => {
  const mark = folded(
    markOf(1, '1.5'),
    markOf(2, '1.9', 'a'),
    markOf(3, '2.3', 'a', 'b'),
    markOf(4, '2.4', 'a', 'b', 'c'),
  );
  expect(announcedFor(mark, 'a', '1.4')).toBe(1);
  expect(announcedFor(mark, 'b', '1.4')).toBe(2);
  expect(announcedFor(mark, 'c', '1.4')).toBe(3);
  expect(announcedFor(mark, 'd', '1.4')).toBe(4);
  // Its last event stands behind the mark that covered it.
  expect(announcedFor(mark, 'a', '1.7')).toBeUndefined();
  expect(mark!.older!.map(({ announced }) => announced)).toEqual([3, 2, 1]);
});

it('what is excepted no more is covered, and an exception of the first mark by nothing', () => {
  const first = folded(markOf(1, '1.5', 'a'));
  expect(announcedFor(first, 'a', '1.4')).toBeUndefined();
  expect(announcedFor(markAfter(first, markOf(2, '1.6')), 'a', '1.4')).toBe(2);
});

it('earlier marks are kept once, and only while an exception needs them', () => {
  const mark = folded(markOf(1, '1.5'), markOf(2, '1.9', 'a', 'b'), markOf(3, '2.3', 'a', 'b'));
  expect(mark!.older).toHaveLength(1);
  expect(markAfter(mark, markOf(4, '2.4'))).not.toHaveProperty('older');
});

describe('a mark that excepts a registry', () => {
  const without = (mark: Mark, ...registries: string[]): Mark => ({
    ...mark,
    data: { ...mark.data, registries: registries.map((registryId) => ({ registryId, reason: 'registry-denied' })) },
  });
  const in_ = (mark: PartitionMark | undefined, digest: string, ...registryIds: string[]): number | undefined =>
    coveringMark(mark, { digest, registryIds, scanner: 'trivy', sequence: '1.1' })?.announced;

  it('covers no image that is only there, in any case of its id, and the same image elsewhere', () => {
    const mark = folded(without(markOf(1, '1.5'), 'r'));
    expect([in_(mark, 'a', 'R'), in_(mark, 'a', 'S'), in_(mark, 'a', 'R', 'S'), in_(mark, 'a')]).toEqual([
      undefined,
      1,
      1,
      undefined,
    ]);
    expect([exceptsRegistries(mark, ['R']), exceptsRegistries(mark, ['R', 'S']), exceptsRegistries(mark, [])]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('leaves its images to the last mark that covered each of them', () => {
    const mark = folded(
      markOf(1, '1.5'),
      markOf(2, '1.6', 'a'),
      without(markOf(3, '1.7', 'b'), 'r'),
      without(markOf(4, '1.8', 'c'), 'r'),
    );
    expect(['a', 'b', 'c', 'd'].map((image) => in_(mark, image, 'r'))).toEqual([1, 2, 2, 2]);
    expect(['a', 'b', 'c', 'd'].map((image) => in_(mark, image, 's'))).toEqual([4, 4, 3, 4]);
    expect(mark!.older!.map(({ announced }) => announced)).toEqual([3, 2, 1]);
  });

  it('is remembered by an image that is excepted for itself afterwards', () => {
    const mark = folded(markOf(1, '1.5'), without(markOf(2, '1.6'), 'r'), markOf(3, '1.7', 'a'));
    expect([in_(mark, 'a', 'r'), in_(mark, 'a', 's'), in_(mark, 'b', 'r')]).toEqual([1, 2, 3]);
  });

  it('for ever lets nothing grow', () => {
    const marks = Array.from({ length: 50 }, (_, n) => without(markOf(n + 2, `1.${n + 6}`, `image ${n}`), 'r'));
    const mark = folded(markOf(1, '1.5'), ...marks);
    expect(mark!.older!.map(({ announced }) => announced)).toEqual([50, 1]);
    expect([in_(mark, 'image 3', 'r'), in_(mark, 'image 49', 'r'), in_(mark, 'image 49', 's')]).toEqual([1, 1, 50]);
  });

  it.each([1, 2, 3, 4, 5])('leaves out no older mark that holds for an image (%i)', (seed) => {
    let state = seed * 7919;
    const random = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((state / 2_147_483_648) * below);
    };
    const [images, registries] = [
      ['a', 'b', 'c'],
      ['r', 's', 't'],
    ];
    const some = (of: readonly string[]): string[] => of.filter(() => random(3) > 0);
    const all: Mark[] = [];
    let mark: PartitionMark | undefined;
    for (let n = 0; n < 200; n += 1) {
      const next = without(markOf(n, `1.${n + 2}`, ...some(images)), ...some(registries));
      next.data.scanner = random(4) === 0 ? 'other' : 'trivy';
      all.unshift(next);
      mark = markAfter(mark, next);
      for (const image of images)
        for (const registry of registries) {
          const last = all.find(
            ({ data }) =>
              data.scanner === 'trivy' &&
              data.except.every(({ digest }) => digest !== image) &&
              data.registries!.every(({ registryId }) => registryId !== registry),
          );
          expect(in_(mark, image, registry)).toBe(last?.data.announced);
        }
    }
  });
});

it('a received mark is answered once', () => {
  const received = folded(markOf(1, '1.5'))!;
  expect(answerTo({})).toBeUndefined();
  expect(answerTo({ received })).toMatchObject({ scanner: 'trivy', announced: 1 });
  const emitted = folded({ ...markOf(1, '7.1'), causationid: received.id })!;
  expect(answerTo({ received, emitted })).toBeUndefined();
  expect(answerTo({ received: folded(markOf(2, '1.6'))!, emitted })).toMatchObject({ announced: 2 });
});
