import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { sha256 } from '../../test/layouts.ts';
import { LayerSummaries } from './layer-summaries.ts';

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'assay-summaries-')), 'layers');
  onTestFinished(() => rmSync(join(folder, '..'), { recursive: true, force: true }));
});
const [a, b, c] = [sha256('a'), sha256('b'), sha256('c')];
/** Dates the last use by the kernel's clock, which dates what is written and under faketime is another. */
const usedAgo = (path: string | undefined, seconds: number): void => {
  const then = statSync(join(folder, '1')).mtimeMs / 1000 - seconds;
  utimesSync(path ?? '', then, then);
};

it('a summary is found by the digest of its layer, also by another process', () => {
  new LayerSummaries(folder, '1').keep(a, 'summary of a');
  const path = new LayerSummaries(folder, '1').pathOf(a);
  expect(readFileSync(path ?? '', 'utf8')).toBe('summary of a');
  expect(statSync(path ?? '').mode & 0o444).toBe(0o444);
  expect(new LayerSummaries(folder, '1').pathOf(b)).toBe(undefined);
});

it('a summary of another version of the witness is not found', () => {
  new LayerSummaries(folder, '1').keep(a, 'x');
  expect(new LayerSummaries(folder, '2').pathOf(a)).toBe(undefined);
});

it('a summary replaces an older one at once, and leaves no part behind', () => {
  const summaries = new LayerSummaries(folder, '1');
  summaries.keep(a, 'old');
  summaries.keep(a, 'new');
  expect(readFileSync(summaries.pathOf(a) ?? '', 'utf8')).toBe('new');
  expect(readdirSync(join(folder, '1'))).toEqual([`${a.slice(7)}.json`]);
});

it('a name that is no digest is refused', () => {
  const summaries = new LayerSummaries(folder, '1');
  for (const name of ['', 'sha256:../../x', `${a}/x`, a.slice(7)]) {
    expect(() => summaries.keep(name, 'x')).toThrow(TypeError);
    expect(() => summaries.pathOf(name)).toThrow(TypeError);
  }
  expect(existsSync(join(folder, '..', 'x'))).toBe(false);
});

it('those that were not used for the longest time go first when there is no more room', () => {
  const summaries = new LayerSummaries(folder, '1', 25);
  summaries.keep(a, 'x'.repeat(10));
  summaries.keep(b, 'x'.repeat(10));
  usedAgo(summaries.pathOf(a), 100);
  usedAgo(summaries.pathOf(b), 50);
  // A look is a use.
  summaries.pathOf(a);
  summaries.keep(c, 'x'.repeat(10));
  expect([a, b, c].map((digest) => summaries.pathOf(digest) !== undefined)).toEqual([true, false, true]);
});

it('those that another process kept count as well', () => {
  const other = new LayerSummaries(folder, '1', 25);
  other.keep(a, 'x'.repeat(20));
  usedAgo(other.pathOf(a), 100);
  const summaries = new LayerSummaries(folder, '1', 25);
  summaries.keep(b, 'x'.repeat(10));
  expect([a, b].map((digest) => summaries.pathOf(digest) !== undefined)).toEqual([false, true]);
});

it('a summary larger than all the room is not kept', () => {
  const summaries = new LayerSummaries(folder, '1', 25);
  summaries.keep(a, 'ü'.repeat(13));
  expect(summaries.pathOf(a)).toBe(undefined);
});
