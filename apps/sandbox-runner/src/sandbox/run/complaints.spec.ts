import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Complaints } from './complaints.ts';

const received = async (
  chunks: readonly Buffer[],
  watchFor: readonly string[] = [],
  most = 2 ** 22,
): Promise<{ complaints: Complaints; tooMuch: boolean }> => {
  const stream = new PassThrough();
  let tooMuch = false;
  const complaints = new Complaints(stream, watchFor, most, () => {
    tooMuch = true;
  });
  const ended = once(stream, 'end');
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await ended;
  return { complaints, tooMuch };
};

it('notices a phrase wherever it stands, however it is cut', () =>
  fc.assert(
    fc.asyncProperty(fc.nat({ max: 300_000 }), fc.nat({ max: 20 }), fc.nat({ max: 40 }), async (before, cut, after) => {
      const text = Buffer.concat([
        Buffer.alloc(before, 'x'),
        Buffer.from('This OS version is not on the EOL list'),
        Buffer.alloc(after, 'x'),
      ]);
      const at = before + 18 + cut;
      const { complaints } = await received(
        [text.subarray(0, at), text.subarray(at, at + 1), text.subarray(at + 1)],
        ['not on the eol list', 'something else'],
      );
      expect([...complaints.noticed]).toEqual(['not on the eol list']);
    }),
    { numRuns: 40 },
  ));

it('notices no phrase that was not written', async () => {
  const { complaints } = await received([Buffer.from('not on the'), Buffer.from(' list')], ['not on the eol list']);
  expect([complaints.noticed.size, complaints.isWhole]).toEqual([0, true]);
});

it('keeps the beginning and the end', async () => {
  const { complaints, tooMuch } = await received([
    Buffer.from('first '),
    ...Array.from({ length: 3000 }, () => Buffer.alloc(100, 'x')),
    Buffer.from(' last'),
  ]);
  expect(complaints.text).toMatch(/^first x+ last$/);
  expect(complaints.text.length).toBe(2 * 64 * 1024);
  expect(tooMuch).toBe(false);
});

it('reports a short text once', async () => {
  expect((await received([Buffer.from('short'), Buffer.from(' and good')])).complaints.text).toBe('short and good');
});

it('reports an output that is too large, or was not read to its end', async () => {
  expect((await received([Buffer.alloc(101)], [], 100)).tooMuch).toBe(true);
  const stream = new PassThrough();
  const complaints = new Complaints(stream, [], 100, () => undefined);
  stream.write('half');
  await new Promise(setImmediate);
  stream.destroy();
  await once(stream, 'close');
  expect([complaints.text, complaints.isWhole]).toEqual(['half', false]);
});
