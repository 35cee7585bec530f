import { join } from 'node:path';
import { findSandbox } from '../../../apps/sandbox-runner/dist/sandbox/index.js';
import { openTrivy } from '../../../apps/sandbox-runner/dist/scanner/trivy/index.js';
import { digestOf } from '../listener.ts';
import { home, images, print } from '../setting.ts';
import type { Base } from './made.ts';

const layouts = ['debian-13.0', 'nginx-1.23.3', 'postgres-13-bullseye', 'php-apache-bullseye', 'web-trixie'];

/** The inventories of some real images, as the scanner reads them. */
export const basesOf = async (): Promise<readonly Base[]> => {
  const sandbox = await findSandbox(process.env);
  const { scanner } = await openTrivy({ env: process.env, dataDirectory: home, sandbox, onProgress: print });
  const bases: Base[] = [];
  for (const layout of layouts) {
    const path = join(images, layout);
    const outcome = await scanner.scan(path, { digest: digestOf(path) }, { timeoutMs: 60_000 });
    if (outcome.outcome !== 'succeeded' || !outcome.os) throw new Error(`${layout}: ${outcome.outcome}`);
    bases.push({
      os: { ...outcome.os, endOfLife: false },
      packages: outcome.packages.filter(({ type }) => type === outcome.os!.family),
    });
  }
  return bases;
};
