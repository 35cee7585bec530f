import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { imagesFolder } from '../demo/pushes.ts';
import { readLayout } from './layout.ts';

describe('a layout', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-layout-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const index = async (...names: readonly string[]): Promise<void> => {
    await mkdir(join(folder, 'blobs/sha256'), { recursive: true });
    const manifests = names.map((name, n) => ({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: `sha256:${String(n).repeat(64)}`,
      annotations: { 'org.opencontainers.image.ref.name': name },
    }));
    await Promise.all(manifests.map((_, n) => writeFile(join(folder, 'blobs/sha256', String(n).repeat(64)), '{}')));
    await writeFile(join(folder, 'index.json'), JSON.stringify({ manifests }));
  };

  it('has its own name', async () =>
    expect((await readLayout('debian-13.0', imagesFolder)).reference).toEqual({ repository: 'debian', tag: '13.0' }));
  it('of an index lists the children of the index', async () =>
    expect((await readLayout('alpine-index', imagesFolder)).children).toHaveLength(2));

  it('with several images requires --as', async () => {
    await index('a:1', 'b:2');
    await expect(readLayout(folder, '/')).rejects.toThrow(/has 2 images/);
    expect((await readLayout(folder, '/', { repository: 'b', tag: '2' })).digest).toBe(`sha256:${'1'.repeat(64)}`);
  });

  it('that is invalid is refused, as is an image in a registry', async () => {
    await expect(readLayout(folder, '/')).rejects.toMatchObject({ reason: 'usage' });
    await expect(readLayout(join(folder, 'nowhere'), '/')).rejects.toMatchObject({ reason: 'not-found' });
    await expect(readLayout('docker.io/library/nginx:1', folder)).rejects.toMatchObject({
      reason: 'usage',
      remedy: expect.stringContaining('skopeo copy') as string,
    });
    await writeFile(join(folder, 'index.json'), '{"manifests":[]}');
    await expect(readLayout(folder, '/')).rejects.toThrow(/has no image/);
  });

  it.each(['[null]', '[{}]', '[{"digest":7}]', '[{"digest":"sha256:../../../etc/passwd"}]'])(
    'whose index lists %s is refused in one line',
    async (manifests) => {
      await writeFile(join(folder, 'index.json'), `{"manifests":${manifests}}`);
      await expect(readLayout(folder, '/')).rejects.toMatchObject({ reason: 'usage' });
    },
  );

  it('without its manifest is refused', async () => {
    await index('a:1');
    await rm(join(folder, 'blobs'), { recursive: true });
    await expect(readLayout(folder, '/')).rejects.toThrow(/the manifest .* is missing/);
  });
});
