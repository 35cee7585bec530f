import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { outcomeOf } from './outcome.ts';

const root = join(import.meta.dirname, '../..');

it.each([
  [
    'counts what a check counted last',
    'something\n3 passed, 0 failed\n41 held, 0 did not: 41 inputs\n',
    0,
    { passed: 41, failed: 0, failures: [] },
  ],
  ['takes one that counts nothing for one', 'all well\n', 0, { passed: 1, failed: 0, failures: [] }],
  [
    'never takes one that ended badly for good',
    '4 passed, 0 failed\nand then it broke\n',
    1,
    { passed: 4, failed: 1, failures: ['4 passed, 0 failed', 'and then it broke'] },
  ],
  ['nor one that a signal ended', 'on its way', null, { passed: 0, failed: 1, failures: ['on its way'] }],
  [
    'keeps what is named, without colours',
    'a\nFailed: \u001b[31mx > y\u001b[39m\n        | expected 1\nb\nAlone:  npm test -- x -t y\n2 passed, 1 failed\n',
    1,
    { passed: 2, failed: 1, failures: ['Failed: x > y', '        | expected 1', 'Alone:  npm test -- x -t y'] },
  ],
] as const)('%s', (_, said, status, outcome) => {
  expect(outcomeOf(said, status)).toEqual(outcome);
});

it('a run of tests names what failed, why, and how to run it alone', () => {
  const run = (...args: string[]) =>
    spawnSync(
      process.execPath,
      ['node_modules/vitest/vitest.mjs', 'run', '--config', 'tools/checks/test/vitest.config.ts', ...args],
      { cwd: root, encoding: 'utf8', env: { ...process.env, ASSAY_SEED: '7', CI: '' } },
    );
  const { stdout, status } = run();
  const { failures, ...counts } = outcomeOf(stdout, status);
  expect(counts).toEqual({ passed: 1, failed: 2 });
  expect(failures).toEqual([
    'Failed: tools/checks/test/failing.example.ts > adds (up)',
    expect.stringContaining('expected 2 to be 3'),
    expect.stringMatching(
      /^Alone: {2}ASSAY_SEED=7 npm \S+.* -- tools\/checks\/test\/failing\.example\.ts -t 'adds \\\(up\\\)'$/,
    ),
    'Failed: tools/checks/test/hook.example.ts',
    expect.stringContaining('the hook breaks'),
    expect.stringMatching(/ -- tools\/checks\/test\/hook\.example\.ts$/),
  ]);
  const again = run('-t', String.raw`adds \(up\)`);
  expect(outcomeOf(again.stdout, again.status)).toMatchObject({ passed: 0, failed: 1 });
});
