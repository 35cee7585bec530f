import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { RegistryClient } from '@assay/registry';
import { FakeRegistry } from '../../../../libs/registry/test/fake-registry.ts';
import { sandboxBy } from '../../test/sandboxes.ts';
import { imagesDirectory, realTrivy } from '../../test/trivy.ts';
import { openWitness, witnessed } from '../witness/index.ts';
import { readLayout } from './layout.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-layout-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Named {
  digest: string;
  mediaType: string;
}
interface NamedManifest {
  config: Named;
  layers: Named[];
}

const digestBy = (algorithm: string, bytes: Buffer): string =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
const pathIn = (layout: string, digest: string): string => join(layout, 'blobs', 'sha256', digest.slice(7));

/** Pulls an image of the repository whose config and layers are named by SHA-512. */
const pulled = async (name: string) => {
  const from = join(imagesDirectory, name);
  const index = JSON.parse(readFileSync(join(from, 'index.json'), 'utf8')) as { manifests: Named[] };
  const { digest: plain, mediaType } = index.manifests[0]!;
  const manifest = JSON.parse(readFileSync(pathIn(from, plain), 'utf8')) as NamedManifest;
  const registry = await FakeRegistry.start();
  onTestFinished(() => registry.close());
  for (const part of [manifest.config, ...manifest.layers]) {
    const bytes = readFileSync(pathIn(from, part.digest));
    part.digest = digestBy('sha512', bytes);
    registry.holdBlob({ ...part, bytes, size: bytes.length });
  }
  const bytes = Buffer.from(JSON.stringify(manifest));
  const digest = digestBy('sha256', bytes);
  registry.holdManifest({ mediaType, digest, bytes, size: bytes.length });
  const layout = join(mkdtempSync(join(folder, 'pulled-')), 'layout');
  const client = new RegistryClient(registry.access());
  onTestFinished(() => client.close());
  await client.pull('team/app', digest, layout);
  return { layout, digest, configDigest: manifest.config.digest, from, plain };
};

describe('an image with sha512 digests', () => {
  it('is scanned and witnessed as the same image with sha256 digests', async () => {
    const { layout, digest, configDigest, from, plain } = await pulled('alpine-3.20.3');
    const sandbox = await sandboxBy('util-linux');
    const { scanner } = await realTrivy(sandbox);
    const both = witnessed(scanner, await openWitness(sandbox, folder));
    const [one, other] = [
      await both.scan(layout, { digest, configDigest }, { timeoutMs: 60_000 }),
      await both.scan(from, { digest: plain }, { timeoutMs: 60_000 }),
    ];
    if (one.outcome !== 'succeeded' || other.outcome !== 'succeeded') throw new Error(JSON.stringify([one, other]));
    expect(one.findings.length).toBeGreaterThan(0);
    expect([one.findings, one.packages, one.witness]).toEqual([other.findings, other.packages, other.witness]);
  });

  it.each([
    ['another layer', (manifest: NamedManifest) => manifest.layers.pop()],
    ['another kind of layer', (manifest: NamedManifest) => (manifest.layers[0]!.mediaType = 'text/plain')],
  ])('is refused if the manifest with sha256 digests has %s', async (_, change) => {
    const { layout, digest } = await pulled('alpine-3.20.3');
    const file = join(layout, 'index.json');
    const index = JSON.parse(readFileSync(file, 'utf8')) as { manifests: Named[] };
    const manifest = JSON.parse(readFileSync(pathIn(layout, index.manifests[0]!.digest), 'utf8')) as NamedManifest;
    change(manifest);
    const bytes = Buffer.from(JSON.stringify(manifest));
    index.manifests[0]!.digest = digestBy('sha256', bytes);
    writeFileSync(pathIn(layout, index.manifests[0]!.digest), bytes);
    writeFileSync(file, JSON.stringify(index));
    expect(() => readLayout(layout, { digest })).toThrow(expect.objectContaining({ code: 'wrong-artifact' }));
  });

  it('is refused if its own config is not the expected one', async () => {
    const { layout, digest } = await pulled('alpine-3.20.3');
    const configDigest = `sha256:${'0'.repeat(64)}`;
    expect(() => readLayout(layout, { digest, configDigest })).toThrow(
      expect.objectContaining({ code: 'wrong-artifact' }),
    );
  });
});
