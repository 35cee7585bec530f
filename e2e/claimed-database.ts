import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { datedDatabase } from '../tools/dated-database.ts';

const bundled = new URL('images/advisories/', import.meta.url);

/**
 * Writes the demonstration database of advisories to a folder, with metadata of today. Assay takes it for a complete
 * one, because only its own copy is known to cover a few releases.
 * @returns the folder, for `ASSAY_TRIVY_DB`
 */
export const claimedDatabase = async (folder: string): Promise<string> => {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const now = new Date().toISOString();
  await writeFile(
    join(folder, 'trivy.db'),
    datedDatabase(zstdDecompressSync(await readFile(new URL('trivy.db.zst', bundled))), now),
    {
      mode: 0o644,
    },
  );
  await writeFile(
    join(folder, 'metadata.json'),
    JSON.stringify({ Version: 2, NextUpdate: '2036-01-01T00:00:00Z', UpdatedAt: now, DownloadedAt: now }),
    { mode: 0o644 },
  );
  return folder;
};
