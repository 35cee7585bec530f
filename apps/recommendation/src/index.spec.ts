import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { EmbeddedStore, FolderBlobs, silent } from '@assay/event-sourcing';
import { EmbeddedLog } from '@assay/messaging';
import { startTelemetry } from '@assay/telemetry';
import { recommendation } from './index.ts';

it('a log from before the first release is refused before the read model takes anything of it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-older-'));
  const [log, store] = [new EmbeddedLog(':memory:'), new EmbeddedStore(':memory:')];
  onTestFinished(async () => {
    await log.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await log.append([
    {
      topic: 'scan.completed',
      partition: 3,
      key: 'sha256:0',
      headers: { ce_id: '1', ce_source: '/assay/sandbox-runner', ce_type: 'assay.scan.completed.v1' },
      value: JSON.stringify({ scanId: 'a scan', findings: [] }),
    },
  ]);
  const started = recommendation.start({
    log,
    store,
    blobs: new FolderBlobs(folder),
    telemetry: await startTelemetry({ version: 'test', env: {} }),
    observer: silent,
    env: { ASSAY_API_TOKEN: 'token' },
    folder,
    home: folder,
    progress: () => undefined,
    fatal: () => undefined,
  });
  await expect(started).rejects.toMatchObject({ code: 'older-log' });
  expect(existsSync(join(folder, 'view.duckdb'))).toBe(false);
});
