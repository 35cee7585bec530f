import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

const transformed = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'];

const runs = async (folder: string, ...args: string[]) => {
  const child = spawn(
    process.execPath,
    [
      ...(folder === 'sandbox' ? [] : transformed),
      '--expose-gc',
      new URL(`../${folder}/main.ts`, import.meta.url).pathname,
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { code, stdout, stderr };
};

/** The programs start on a machine that may be busy. */
const timeout = 120_000;

// A choice that selects nothing must not count as a success.
it.each(['sandbox', 'hostile'])('%s fails where it was to try what there is not', { timeout }, async (folder) => {
  const { code, stdout, stderr } = await runs(folder, '--only', 'there is nothing of this name');
  expect([code, stdout + stderr]).toEqual([
    1,
    expect.stringMatching(/^(no attack has a name that fits|0 held, 0 did not: 0 inputs)/),
  ]);
});

it.each(['sandbox', 'hostile'])('%s explains why it cannot read a pattern', { timeout }, async (folder) => {
  expect(await runs(folder, '--only', '(')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^error: option '--only <pattern>' argument '\(' is invalid\. .*Unterminated group\.\n$/,
    ) as string,
  });
});

it('fuzz names the file that it cannot read a case from', { timeout }, async () => {
  const noCase = new URL('../package.json', import.meta.url).pathname;
  for (const [path, why] of [
    ['/there/is/none.json', 'ENOENT'],
    [noCase, 'there is no target undefined'],
  ] as const) {
    const { code, stderr } = await runs('fuzz', '--replay', path);
    expect([code, stderr.startsWith(`${path}: ${why}`)]).toEqual([1, true]);
  }
});
