import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { debian, layerOf, layoutOf, sha256, vulnerable } from '../../test/layouts.ts';
import type { Sandbox } from '../sandbox/index.ts';
import { TrivyScanner } from './trivy/trivy-scanner.ts';

const digest = `sha256:${'5'.repeat(64)}`;

/** A scanner that prints an honest report of a layout, one of whose layers cannot be read from the disk. */
const unread = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-diff-ids-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const layer = await layerOf(debian(vulnerable));
  const layout = await layoutOf(folder, [layer]);
  rmSync(join(layout.path, 'blobs', 'sha256', sha256(layer.blob).slice('sha256:'.length)));
  return { layout, layer };
};

it.each([0, 1])(
  'a layer that cannot be read is an error, not an invalid image (scanner ends with %i)',
  async (code) => {
    const { layout, layer } = await unread();
    const report = {
      SchemaVersion: 2,
      ArtifactName: '/input',
      ArtifactType: 'container_image',
      Metadata: { OS: { Family: 'debian', Name: '13.0' }, ImageID: layout.configDigest, DiffIDs: [layer.diffId] },
      Results: [],
    };
    const sandbox = {
      run: async () => ({
        ended: 'exited',
        code,
        securityViolation: false,
        stdout: Buffer.from(JSON.stringify(report)),
        stderr: '',
        noticed: new Set<string>(),
        isStderrWhole: true,
        wallMs: 5,
      }),
    } as unknown as Sandbox;
    const scanner = new TrivyScanner({
      sandbox,
      program: '/nowhere',
      identity: { name: 'trivy', version: '0.74.0', digest },
      database: { digest, builtAt: '2026-11-24T00:00:00Z', demonstration: true },
      databaseDirectory: '/nowhere',
    });
    const scanned = scanner.scan(layout.path, { digest: layout.digest }, { timeoutMs: 60_000 });
    if (code === 0) await expect(scanned).rejects.toMatchObject({ code: 'ENOENT', syscall: 'open' });
    else expect(await scanned).toMatchObject({ outcome: 'failed', code: 'scanner-failed' });
  },
);
