import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sandboxBy } from '../../../test/sandboxes.ts';
import { scannersDirectoryIn } from '../registration.ts';
import { openTrivy } from './index.ts';

const dataDirectory = mkdtempSync(join(tmpdir(), 'assay-open-trivy-'));
afterAll(() => rmSync(dataDirectory, { recursive: true, force: true }));

describe('opening Trivy', () => {
  it('leaves nothing half unpacked if there is none', async () => {
    await expect(
      openTrivy({ env: { PATH: '/nowhere' }, dataDirectory, sandbox: await sandboxBy('util-linux'), fetch: false }),
    ).rejects.toMatchObject({ code: 'scanner-missing' });
    expect(readdirSync(scannersDirectoryIn(dataDirectory)).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});
