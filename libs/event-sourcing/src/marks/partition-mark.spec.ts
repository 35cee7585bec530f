import { expect, it } from 'vitest';
import type { Mark } from '@assay/events';
import { answerTo, coveringMark, markAfter, type PartitionMark } from './partition-mark.ts';

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
): number | undefined => coveringMark(mark, { digest: key, scanner, sequence })?.announced;

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
  expect(mark!.earlier.map(({ announced }) => announced)).toEqual([1, 2, 3]);
});

it('what is excepted no more is covered, and an exception of the first mark by nothing', () => {
  const first = folded(markOf(1, '1.5', 'a'));
  expect(announcedFor(first, 'a', '1.4')).toBeUndefined();
  expect(announcedFor(markAfter(first, markOf(2, '1.6')), 'a', '1.4')).toBe(2);
});

it('earlier marks are kept once, and only while an exception needs them', () => {
  const mark = folded(markOf(1, '1.5'), markOf(2, '1.9', 'a', 'b'), markOf(3, '2.3', 'a', 'b'));
  expect(mark!.earlier).toHaveLength(1);
  expect(markAfter(mark, markOf(4, '2.4')).earlier).toEqual([]);
});

it('a received mark is answered once', () => {
  const received = folded(markOf(1, '1.5'))!;
  expect(answerTo({})).toBeUndefined();
  expect(answerTo({ received })).toMatchObject({ scanner: 'trivy', announced: 1 });
  const emitted = folded({ ...markOf(1, '7.1'), causationid: received.id })!;
  expect(answerTo({ received, emitted })).toBeUndefined();
  expect(answerTo({ received: folded(markOf(2, '1.6'))!, emitted })).toMatchObject({ announced: 2 });
});
