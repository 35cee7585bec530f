import { expect, it } from 'vitest';
import { processMemory, readModelShare, type ProcessMemory } from './memory.ts';

const gigabyte = 2 ** 30;

it.each<[string, number, number, ProcessMemory]>([
  ['a control group', 2 * gigabyte, 64 * gigabyte, { megabytes: 2048, limitedBy: 'control group' }],
  ['a machine, if the group is larger', 65 * gigabyte, 64 * gigabyte, { megabytes: 65_536, limitedBy: 'machine' }],
  [
    'a machine without a limit, version 1',
    9_223_372_036_854_771_712,
    gigabyte,
    { megabytes: 1024, limitedBy: 'machine' },
  ],
  ['a machine without a limit, version 2', 2 ** 64, gigabyte, { megabytes: 1024, limitedBy: 'machine' }],
  ['a machine whose limit is unknown', 0, gigabyte, { megabytes: 1024, limitedBy: 'machine' }],
])('the memory of a process is that of %s', (_, limit, machine, memory) => {
  expect(processMemory(limit, machine)).toEqual(memory);
});

it('this process has some memory', () => {
  expect(processMemory().megabytes).toBeGreaterThan(64);
});

it.each<[number | undefined, number, number, string]>([
  [undefined, 2304, 460, 'at most 460 MB, a fifth of the 2304 MB of its control group; ASSAY_VIEW_MB changes that'],
  [undefined, 320, 64, 'a fifth of the 320 MB'],
  [undefined, 65_536, 4096, 'at most 4096 MB, of the 65536 MB of its control group'],
  [900, 2304, 900, 'at most 900 MB (ASSAY_VIEW_MB), of the 2304 MB'],
])('given %s MB of %s, the read model uses %s', (given, all, megabytes, line) => {
  expect(readModelShare(given, { megabytes: all, limitedBy: 'control group' })).toEqual({
    megabytes,
    line: expect.stringContaining(line) as string,
  });
});

it.each<[number | undefined, number, string]>([
  [
    undefined,
    300,
    'a fifth of the 300 MB of its machine is too little for the read model: give the process at least 320',
  ],
  [2400, 2304, 'ASSAY_VIEW_MB 2400 is more than the 2304 MB of its machine'],
])('given %s MB of %s, the start ends in one line', (given, all, line) => {
  expect(() => readModelShare(given, { megabytes: all, limitedBy: 'machine' })).toThrow(line);
});

it('leaves room for Node and the process of queries in 2 GB, also if DuckDB takes twice what it counts', () => {
  const [node, queries] = [400, 400 + 400];
  const { megabytes } = readModelShare(undefined, { megabytes: 2048, limitedBy: 'control group' });
  expect(2 * megabytes + node + queries).toBeLessThanOrEqual(2048);
});
