import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readDatabase } from '@assay/advisories';
import { imagesDirectory, realTrivy } from '../../../test/trivy.ts';
import { sandboxBy } from '../../../test/sandboxes.ts';
import { proveDatabase } from './canary.ts';
import type { OpenedTrivy } from './index.ts';
import type { TrivyScanner } from './trivy-scanner.ts';

/** A database of the repository, perhaps with other bytes, as a candidate. */
const candidateOf = async (state: string, change = (bytes: Buffer): Buffer => bytes) => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-candidate-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const from = join(imagesDirectory, state);
  const db = join(folder, 'db');
  await mkdir(db, { mode: 0o755 });
  await writeFile(join(db, 'trivy.db'), change(zstdDecompressSync(await readFile(join(from, 'trivy.db.zst')))));
  await writeFile(join(db, 'metadata.json'), await readFile(join(from, 'metadata.json')));
  const { digest, builtAt, families, buckets } = await readDatabase(db);
  return {
    folder: db,
    database: { digest, builtAt, demonstration: false, tooOldDays: 10 },
    families: families.map(({ name }) => name),
    buckets,
  };
};

/** The same pages with every advisory under a name that no canary knows. */
const renamed = (bytes: Buffer): Buffer => {
  const copy = Buffer.from(bytes);
  for (let at = copy.indexOf('CVE-'); at >= 0; at = copy.indexOf('CVE-', at)) copy.write('CVF-', at);
  return copy;
};

describe('a candidate', () => {
  const opened = async (): Promise<OpenedTrivy> => realTrivy(await sandboxBy('util-linux'));

  it('that finds what is known gives a scanner with it', async () => {
    const { withDatabase, scanner } = await opened();
    for (const state of ['advisories', 'advisories-2026-08-01']) {
      const candidate = await candidateOf(state);
      const next = await withDatabase(candidate);
      expect(next.database).toEqual(candidate.database);
      expect(next.identity).toEqual(scanner.identity);
    }
  });

  it('that can be read and finds nothing of it is refused', async () => {
    const { withDatabase } = await opened();
    await expect(withDatabase(await candidateOf('advisories', renamed))).rejects.toMatchObject({
      code: 'database-canary',
      message: expect.stringContaining('debian') as string,
    });
  });

  it('is held against inventories that each match as a whole', async () => {
    const { scanner } = await opened();
    const outcomes: string[] = [];
    const blind: Pick<TrivyScanner, 'identity' | 'rematch'> = {
      identity: scanner.identity,
      rematch: async (...match) => {
        const outcome = await scanner.rematch(...match);
        outcomes.push(outcome.outcome === 'failed' ? outcome.message : outcome.outcome);
        return outcome.outcome === 'succeeded' ? { ...outcome, findings: [] } : outcome;
      },
    };
    for (const family of ['debian', 'alpine', 'ubuntu', 'npm'])
      await expect(proveDatabase(blind, [family])).rejects.toThrow('nothing was found');
    expect(outcomes).toEqual(Array(15).fill('succeeded'));
  });

  it('of families that no canary knows is refused', async () => {
    const { withDatabase } = await opened();
    const candidate = await candidateOf('advisories');
    await expect(withDatabase({ ...candidate, families: ['vulnerability'] })).rejects.toMatchObject({
      code: 'database-canary',
    });
  });
});
