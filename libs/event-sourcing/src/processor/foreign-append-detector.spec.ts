import { expect, it } from 'vitest';
import { EmbeddedLog, type NewRecord } from '@assay/messaging';
import { ForeignAppendDetector } from './foreign-append-detector.ts';

const record = (topic: string, partition = 0): NewRecord => ({ topic, partition, key: 'k', headers: {}, value: '{}' });

it('detects appends of others to its own topics, and nothing else', async () => {
  const log = new EmbeddedLog(':memory:', 2);
  let interrupted = 0;
  const voice = new ForeignAppendDetector(log, 0, () => {
    interrupted += 1;
  });
  await log.append([record('scan.started')]);
  const fences = [record('scan.started'), record('scan.completed')];
  voice.begin(fences, await log.append(fences));
  await voice.append([record('scan.completed'), record('scan.started'), record('scan.completed')]);
  await log.append([record('operator.acted'), record('scan.started', 1)]);
  await voice.append([record('scan.started'), record('operator.acted'), record('scan.started', 1)]);
  expect(interrupted).toBe(0);
  await log.append([record('scan.started')]);
  await voice.append([record('scan.completed')]);
  expect(interrupted).toBe(0);
  expect(await voice.append([record('scan.started')])).toEqual([5]);
  expect(interrupted).toBe(1);
  await voice.append([record('scan.started')]);
  expect(interrupted).toBe(1);
  await log.close();
});

it('reports whether its topic was cut below an earlier append, and marks nothing behind the cut', async () => {
  const interruptions: boolean[] = [];
  const ends = [5, 6, 8, 3, 4];
  const voice = new ForeignAppendDetector({ append: () => Promise.resolve([ends.shift()!]) }, 0, (isCut) =>
    interruptions.push(isCut),
  );
  voice.begin([record('scan.started')], [4]);
  for (const times of [0, 0, 1, 2, 2]) {
    await voice.append([record('scan.started')]);
    expect(interruptions).toHaveLength(times);
  }
  expect(interruptions).toEqual([false, true]);
  expect(Object.values(voice.marks).map((mark) => Number.parseInt(mark, 10))).toEqual([8]);
});
