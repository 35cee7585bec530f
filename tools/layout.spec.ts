import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeAlpineIndex, makeHelmChart, makeSignature, makeWindows } from './demo-images.ts';
import { makeLayout } from './layout.ts';

const images = new URL('../e2e/images/', import.meta.url).pathname;

const names = (await readdir(images, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory() && !entry.name.startsWith('advisories'))
  .map(({ name }) => name);

const emptyFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-layout-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

const write = async (path: string, content: string | Buffer) => {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, content);
};

/** A fixture of a base image and an image built on it. */
const fixtures = async (): Promise<string> => {
  const folder = await emptyFolder();
  const describes = (name: string, more: object) =>
    write(
      join(folder, name, 'image.json'),
      JSON.stringify({
        reference: name,
        architecture: 'amd64',
        created: '2026-01-01T02:00:00+02:00',
        content: 'rootfs/',
        config: { Cmd: ['sh'] },
        ...more,
      }),
    );
  await describes('base', {});
  await describes('app', { reference: 'team/app:1.0', created: null, baseImage: 'base' });
  await write(join(folder, 'base/rootfs/etc/os-release'), 'ID=debian\n');
  await write(join(folder, 'base/rootfs/var/lib/dpkg/status'), 'Package: a\n');
  await write(join(folder, 'app/rootfs/var/lib/dpkg/status'), 'Package: a\n\nPackage: b\n');
  await symlink('../etc', join(folder, 'app/rootfs/var/link'));
  return folder;
};

interface Document {
  config: { digest: string };
  layers: { digest: string }[];
  manifests: { digest: string; annotations: Record<string, string> }[];
  rootfs: { diff_ids: string[] };
  created: string;
}
const json = async (path: string) => JSON.parse(await readFile(path, 'utf8')) as Document;
const blob = (layout: string, digest: string) => join(layout, 'blobs', 'sha256', digest.slice('sha256:'.length));
const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const read = async (layout: string) => {
  const [entry] = (await json(join(layout, 'index.json'))).manifests;
  const manifest = await json(blob(layout, entry!.digest));
  return { entry: entry!, manifest, config: await json(blob(layout, manifest.config.digest)) };
};

/** Every file below a folder, with its content. */
const contents = async (folder: string): Promise<Record<string, string>> => {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  return Object.fromEntries(
    await Promise.all(
      files.map(
        async ({ parentPath, name }) =>
          [relative(folder, join(parentPath, name)), sha256(await readFile(join(parentPath, name)))] as const,
      ),
    ),
  );
};

describe('a layout', () => {
  it('has a layer for the base and one for the image, and diff ids that are true', async () => {
    const folder = await fixtures();
    const digest = await makeLayout(join(folder, 'app'), join(folder, 'out'));
    const { entry, manifest, config } = await read(join(folder, 'out'));
    expect(entry).toMatchObject({ digest, annotations: { 'org.opencontainers.image.ref.name': 'team/app:1.0' } });
    expect(config).toMatchObject({
      architecture: 'amd64',
      os: 'linux',
      created: '1970-01-01T00:00:00.000Z',
      config: { Cmd: ['sh'] },
    });
    const layers = await Promise.all(manifest.layers.map((layer) => readFile(blob(join(folder, 'out'), layer.digest))));
    expect(layers.map((bytes) => sha256(gunzipSync(bytes)))).toEqual(config.rootfs.diff_ids);
    expect(gunzipSync(layers[0]!).toString()).toContain('ID=debian');
    expect(gunzipSync(layers[1]!).toString()).toContain('Package: b');
    await makeLayout(join(folder, 'base'), join(folder, 'out'));
    expect(await read(join(folder, 'out'))).toMatchObject({
      entry: { annotations: { 'org.opencontainers.image.ref.name': 'base:latest' } },
      config: { created: '2026-01-01T00:00:00.000Z' },
    });
  });

  it('is the same to the byte for any user, time and place', async () => {
    const folder = await fixtures();
    await makeLayout(join(folder, 'app'), join(folder, 'one'));
    const elsewhere = await emptyFolder();
    // Other times and other modes.
    for (const name of ['app', 'base'])
      await cp(join(folder, name), join(elsewhere, name), { recursive: true, verbatimSymlinks: true });
    await chmod(join(elsewhere, 'app/rootfs/var/lib/dpkg/status'), 0o600);
    await utimes(join(elsewhere, 'app/rootfs/var/lib/dpkg/status'), new Date(1e12), new Date(1e12));
    await makeLayout(join(elsewhere, 'app'), join(elsewhere, 'two'));
    expect(await contents(join(elsewhere, 'two'))).toEqual(await contents(join(folder, 'one')));
    const { config } = await read(join(folder, 'one'));
    // Digests of the tar, not of zlib's output: they hold on every machine.
    expect(config.rootfs.diff_ids).toMatchInlineSnapshot(`
      [
        "sha256:788d88ec557cfe3cfc79c1cb2e13c54509c0c2805a33e470a70a5e215d81f7dc",
        "sha256:f28a1e44ef42c1ffcaa30577239c0187cbdc7bd2f4f7ab9d5b85a08e06d95e65",
      ]
    `);
  });

  it('takes a packed root file system as it is', async () => {
    const folder = await fixtures();
    const packed = gzipSync('not really a tar', { level: 1 });
    await write(
      join(folder, 'whole/image.json'),
      JSON.stringify({
        reference: 'whole:1',
        architecture: 'amd64',
        created: null,
        content: 'root.tar.gz',
        config: {},
      }),
    );
    await write(join(folder, 'whole/root.tar.gz'), packed);
    await makeLayout(join(folder, 'whole'), join(folder, 'out'));
    const { manifest, config } = await read(join(folder, 'out'));
    expect([manifest.layers[0]!.digest, config.rootfs.diff_ids]).toEqual([
      sha256(packed),
      [sha256(Buffer.from('not really a tar'))],
    ]);
  });

  it('is copied where it is one already', async () => {
    const folder = await fixtures();
    await write(join(folder, 'ready/image.json'), JSON.stringify({ reference: 'x', content: 'oci/' }));
    await cp(join(images, 'busybox-1.37.0-glibc'), join(folder, 'ready/oci'), { recursive: true });
    await makeLayout(join(folder, 'ready'), join(folder, 'out'));
    expect(await contents(join(folder, 'out'))).toEqual(await contents(join(images, 'busybox-1.37.0-glibc')));
  });
});

describe('the demonstration images', () => {
  it.each(names)('%s matches its digests', async (name) => {
    const folder = join(images, name, 'blobs', 'sha256');
    for (const hex of await readdir(folder)) expect(sha256(await readFile(join(folder, hex)))).toBe(`sha256:${hex}`);
  });

  it.each([
    ['alpine-index', makeAlpineIndex],
    ['windows', makeWindows],
    ['helm-chart', makeHelmChart],
    ['cosign-signature', makeSignature],
  ] as const)('%s is the same when it is made again', async (name, make) => {
    const folder = join(await emptyFolder(), name);
    await make(folder);
    expect(await contents(folder)).toEqual(await contents(join(images, name)));
  });
});
