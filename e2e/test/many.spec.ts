import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { pushLayout } from '@assay/local-registry';
import { images, recordsOf, TestSuite } from './suite.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The same image under another digest: its config says a number. */
const variant = (of: string, number: number): string => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-many-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const layout = join(folder, 'layout');
  cpSync(join(images, of), layout, { recursive: true });
  const blob = (digest: string): string => join(layout, 'blobs/sha256', digest.replace('sha256:', ''));
  const put = (value: object): { digest: string; size: number } => {
    const text = JSON.stringify(value);
    writeFileSync(blob(sha256(text)), text);
    return { digest: `sha256:${sha256(text)}`, size: Buffer.byteLength(text) };
  };
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { manifests: { digest: string }[] };
  const manifest = JSON.parse(readFileSync(blob(index.manifests[0]!.digest), 'utf8')) as { config: { digest: string } };
  Object.assign(manifest.config, put({ ...JSON.parse(readFileSync(blob(manifest.config.digest), 'utf8')) as object, author: `variant ${number}` }));
  Object.assign(index.manifests[0]!, put(manifest));
  writeFileSync(join(layout, 'index.json'), JSON.stringify(index));
  return layout;
};

it('tells many images of one repository apart, pushed at once', { timeout: 120_000 }, async () => {
  const suite = await TestSuite.start();
  const { loginServer } = suite.suite.endpoint.registries[0]!;
  const kinds = Array.from({ length: 24 }, (_, number) => (['alpine-3.20.3', 'windows'] as const)[number % 2]!);
  const pushed = await Promise.all(kinds.map(async (kind, number) => ({ kind, ...await pushLayout(variant(kind, number), { registry: loginServer, repository: 'app', tag: `v${number}`, plainHttp: true }) })));
  for (const { kind, digest } of pushed) {
    const { status, reason } = await suite.settled(digest, 'app');
    expect([status, reason]).toEqual(kind === 'windows' ? ['not-applicable', 'windows-image'] : ['unhealthy', undefined]);
  }
  expect(new Set((await recordsOf(suite.suite, 'usage.charged')).map(({ data }) => data.digest)).size).toBe(12);
});
