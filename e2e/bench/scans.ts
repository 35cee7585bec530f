import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findSandbox } from '../../apps/sandbox-runner/dist/sandbox/index.js';
import { openTrivy } from '../../apps/sandbox-runner/dist/scanner/trivy/index.js';
import { digestOf } from './listener.ts';
import { home, images, median, print, temporary, type BenchRow } from './setting.ts';

/**
 * Times whole scans in each sandbox, checked and normalised. They alternate with the bare program on the same layout.
 */
export const measureScans = async (runs: number): Promise<BenchRow[]> => {
  const rows: BenchRow[] = [];
  for (const driver of ['bwrap', 'util-linux'] as const) {
    const sandbox = await findSandbox({ ...process.env, ASSAY_SANDBOX_DRIVER: driver }).catch((error: Error) => {
      print(`${driver}: ${error.message}`);
      return undefined;
    });
    if (!sandbox) continue;
    const { scanner, trivy, database } = await openTrivy({
      env: process.env,
      dataDirectory: home,
      sandbox,
      onProgress: print,
    });
    for (const image of ['alpine-3.20.3', 'nginx-1.23.3']) {
      const layout = join(images, image);
      const bare: number[] = [];
      const boxed: number[] = [];
      for (let run = 0; run < runs + 2; run += 1) {
        const cache = temporary('bare');
        cpSync(database.directory, join(cache, 'db'), { recursive: true });
        const began = performance.now();
        execFileSync(
          trivy.program,
          [
            '--quiet',
            '--cache-dir',
            cache,
            'image',
            '--input',
            layout,
            '--offline-scan',
            '--skip-db-update',
            '--skip-java-db-update',
            '--scanners',
            'vuln',
            '--format',
            'json',
            '--list-all-pkgs',
          ],
          { maxBuffer: 2 ** 28 },
        );
        const between = performance.now();
        const outcome = await scanner.scan(layout, { digest: digestOf(layout) }, { timeoutMs: 60_000 });
        const ended = performance.now();
        rmSync(cache, { recursive: true, force: true });
        if (outcome.outcome !== 'succeeded') throw new Error(`${driver}: ${image}: ${outcome.outcome}`);
        if (run >= 2) {
          bare.push(between - began);
          boxed.push(ended - between);
        }
      }
      rows.push({
        what: `whole scan of ${image} on top of the bare scanner (${median(bare).toFixed(0)} ms), ${driver}`,
        measured: median(boxed.map((ms, at) => ms - bare[at]!)),
        unit: 'ms',
        target: driver === 'bwrap' ? 60 : 130,
        note: `${(median(boxed) / median(bare)).toFixed(2)} x`,
      });
    }
  }
  return rows;
};
