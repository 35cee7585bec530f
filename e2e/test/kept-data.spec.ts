import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DataFolder } from '../../apps/assay/src/suite/data.ts';
import { answersOf, type KeptAnswers } from '../kept-data/answers.ts';
import { TestSuite } from './suite.ts';

const archives = globSync(fileURLToPath(new URL('../kept-data/*.tgz', import.meta.url))).toSorted();
const mostBytes = 2 * 2 ** 20;

it('there is data of a release', () => {
  expect(archives.map((each) => basename(each))).toContain('data-0.1.0.tgz');
});

describe.each(archives)('%s', (archive) => {
  it('is answered about as by the release that made it', async () => {
    expect(statSync(archive).size).toBeLessThan(mostBytes);
    const folder = mkdtempSync(join(tmpdir(), 'assay-kept-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    execFileSync('tar', ['-xzf', archive, '-C', folder]);
    const kept = JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8')) as KeptAnswers;
    for (const rows of [kept.images, kept.findings, kept.charges, kept.tags]) expect(rows.length).toBeGreaterThan(0);
    const { suite } = await TestSuite.start({ data: new DataFolder(join(folder, 'data')) });
    // Results that have become old since the release are looked at again first.
    await expect.poll(() => answersOf(suite.endpoint)).toEqual(kept);
  });
});
