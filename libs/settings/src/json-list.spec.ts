import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { jsonList } from './json-list.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-json-list-'));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (text: string): unknown[] => jsonList('ASSAY_LIST', text, (message) => new Error(message));
const fileOf = (text: string): string => {
  const file = join(folder, 'list.json');
  writeFileSync(file, text);
  return file;
};

describe('a list in a setting', () => {
  it('is JSON, or lies in a file', () => {
    expect(read(' [1, 2]')).toEqual([1, 2]);
    expect(read(fileOf('[3]'))).toEqual([3]);
  });

  const secret = 'hunter2-secret';
  it.each([
    ['an object', `{"password":"${secret}"}`, 'ASSAY_LIST must be a list'],
    ['a text', `"${secret}"`, 'ASSAY_LIST must be a list'],
    ['a list that ends too early', `[{"password":"${secret}"`, 'ASSAY_LIST is not valid JSON (line 1 column 30)'],
    ['a list with a fault', `[{"password":${secret}}]`, 'ASSAY_LIST is not valid JSON'],
    ['no path', secret, 'ASSAY_LIST is neither JSON nor the path of a readable file (ENOENT)'],
  ])('is refused without its text: %s', (_, text, message) => {
    expect(() => read(text)).toThrow(new Error(message));
  });

  it('is refused without the text of its file', () => {
    expect(() => read(fileOf(`[{"password":${secret}}]`))).toThrow(new Error('ASSAY_LIST is not valid JSON'));
    expect(() => read(fileOf(`{"password":"${secret}"}`))).toThrow(new Error('ASSAY_LIST must be a list'));
  });
});
