import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { shellWord } from './format.ts';

it('a path for copying into a shell is one word there', () => {
  expect(shellWord('.assay/data')).toBe('.assay/data');
  for (const path of ['ho me/data', "it's", '$HOME/x', '`id`', 'a;b', '*', 'a\nb', '']) {
    expect(execFileSync('/bin/sh', ['-c', `printf %s ${shellWord(path)}`], { encoding: 'utf8' })).toBe(path);
  }
});
