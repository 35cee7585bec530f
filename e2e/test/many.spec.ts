import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { pushLayout } from '@assay/local-registry';
import { variant } from '../variant.ts';
import { images, recordsOf, TestSuite } from './suite.ts';

it('distinguishes many images of one repository, pushed at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-many-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const suite = await TestSuite.start();
  const { loginServer } = suite.suite.endpoint.registries[0]!;
  const kinds = Array.from({ length: 24 }, (_, number) => (['alpine-3.20.3', 'windows'] as const)[number % 2]!);
  const pushed = await Promise.all(
    kinds.map(async (kind, number) => ({
      kind,
      ...(await pushLayout(variant(join(images, kind), join(folder, String(number)), number), {
        registry: loginServer,
        repository: 'app',
        tag: `v${number}`,
        plainHttp: true,
      })),
    })),
  );
  for (const { kind, digest } of pushed) {
    const { status, reason } = await (kind === 'windows' ? suite.settled(digest, 'app') : suite.charged(digest, 'app'));
    expect([status, reason]).toEqual(
      kind === 'windows' ? ['not-applicable', 'windows-image'] : ['unhealthy', undefined],
    );
  }
  expect(new Set((await recordsOf(suite.suite, 'usage.charged')).map(({ data }) => data.digest)).size).toBe(12);
});
