import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  anonymous,
  blobOf,
  descriptorOf,
  jsonBlob,
  layerOf,
  makeLayout,
  manifestOf,
  tarOf,
  types,
  writeLayout,
  type LayoutBlob,
} from './layout.ts';

/*
 * node tools/demo-images.ts [FIXTURES]
 *
 * Makes e2e/images. Samples of artifact kinds (an index, a Windows image, a chart, a signature) are generated here.
 * Images with packages are laid out again only if the folder of fixtures is given. The digests are always the same.
 */

const images = new URL('../e2e/images/', import.meta.url).pathname;
const createdAt = '2026-11-01T00:00:00.000Z';

/** The fixtures, each with the name of its layout if that differs. */
const fixtures = [
  'alpine-3.10.3',
  'alpine-3.20.3',
  'alpine-3.7.3',
  'alpine-3.9.6',
  'busybox-1.37.0-glibc',
  'debian-10.13',
  'debian-11.0',
  'debian-13.0',
  'debian-13.8',
  'debian-bullseye-20230109-slim',
  'debian-buster-10.1',
  'distroless-java17-debian11',
  'distroless-python3-debian11',
  'distroless-python3-debian13',
  'distroless-static-debian11',
  'nginx-1.22-alpine',
  'nginx-1.23.3',
  'node-12-bullseye',
  'php-apache-bullseye',
  'postgres-13-bullseye',
  'postgres-17-trixie',
  'python-3.13-trixie',
  'web-trixie',
];
const renamed: Readonly<Record<string, string>> = { 'nginx-1.22-alpine': 'nginx-1.22.1-alpine' };

/** An index of the manifest of the alpine-3.20.3 layout, unchanged, and of a builder's attestation for it. */
export const makeAlpineIndex = async (outDir: string): Promise<void> => {
  const alpine = await readImage(join(images, 'alpine-3.20.3'));
  const attestation = attestationOf(alpine.manifest);
  const index = jsonBlob(types.index, {
    schemaVersion: 2,
    mediaType: types.index,
    manifests: [
      { ...descriptorOf(alpine.manifest), platform: { architecture: 'amd64', os: 'linux' } },
      {
        ...descriptorOf(attestation.manifest),
        platform: { architecture: 'unknown', os: 'unknown' },
        annotations: {
          'vnd.docker.reference.digest': alpine.manifest.digest,
          'vnd.docker.reference.type': 'attestation-manifest',
        },
      },
    ],
  });
  await rewrite(
    outDir,
    [...alpine.blobs, alpine.manifest, ...attestation.blobs, attestation.manifest, index],
    index,
    'alpine-multi:3.20.3',
  );
};

/** Its config claims Windows; its layer is never pulled. */
export const makeWindows = async (outDir: string): Promise<void> => {
  const layer = layerOf(
    await tarOf(
      async (tar) =>
        void tar.entry({ ...anonymous, name: 'Files/License.txt', mode: 0o644 }, 'A stand-in for a Windows image.\n'),
    ),
  );
  const config = jsonBlob(types.config, {
    created: createdAt,
    architecture: 'amd64',
    os: 'windows',
    'os.version': '10.0.26100.1742',
    config: {},
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
  });
  const manifest = manifestOf(config, [layer]);
  await rewrite(outDir, [config, layer, manifest], manifest, 'windows/nanoserver:ltsc2025');
};

export const makeHelmChart = async (outDir: string): Promise<void> => {
  const chart = {
    apiVersion: 'v2',
    name: 'web',
    version: '1.0.0',
    description: 'A chart with nothing in it.',
    type: 'application',
  };
  const yaml = Object.entries(chart)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
  const { bytes } = layerOf(
    await tarOf(async (tar) => void tar.entry({ ...anonymous, name: 'web/Chart.yaml', mode: 0o644 }, yaml)),
  );
  const config = jsonBlob('application/vnd.cncf.helm.config.v1+json', chart);
  const layer = blobOf('application/vnd.cncf.helm.chart.content.v1.tar+gzip', bytes);
  const manifest = manifestOf(config, [layer]);
  await rewrite(outDir, [config, layer, manifest], manifest, 'charts/web:1.0.0');
};

/** Has an image's config type and an image's tag format: only its layer reveals a signature. */
export const makeSignature = async (outDir: string): Promise<void> => {
  const {
    manifest: { digest },
  } = await readImage(join(images, 'alpine-3.20.3'));
  const critical = {
    identity: { 'docker-reference': 'alpine' },
    image: { 'docker-manifest-digest': digest },
    type: 'cosign container image signature',
  };
  const payload = jsonBlob('application/vnd.dev.cosign.simplesigning.v1+json', { critical, optional: null });
  const config = jsonBlob(types.config, {
    architecture: '',
    created: '0001-01-01T00:00:00Z',
    os: '',
    config: {},
    rootfs: { type: 'layers', diff_ids: [payload.digest] },
  });
  const signed = { ...descriptorOf(payload), annotations: { 'dev.cosignproject.cosign/signature': '' } };
  const manifest = jsonBlob(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptorOf(config),
    layers: [signed],
  });
  await rewrite(outDir, [config, payload, manifest], manifest, `alpine:${digest.replace(':', '-')}.sig`);
};

/** The attestation that a builder puts beside an image: its platform is `unknown` so that no runtime runs it. */
const attestationOf = ({ digest }: LayoutBlob): { blobs: LayoutBlob[]; manifest: LayoutBlob } => {
  const statement = jsonBlob('application/vnd.in-toto+json', {
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType: 'https://slsa.dev/provenance/v0.2',
    subject: [{ name: 'alpine', digest: { sha256: digest.slice('sha256:'.length) } }],
    predicate: { builder: { id: '' }, buildType: 'demonstration' },
  });
  const config = jsonBlob(types.config, {
    architecture: 'unknown',
    os: 'unknown',
    config: {},
    rootfs: { type: 'layers', diff_ids: [statement.digest] },
  });
  return { blobs: [config, statement], manifest: manifestOf(config, [statement]) };
};

const rewrite = async (
  outDir: string,
  blobs: readonly LayoutBlob[],
  top: LayoutBlob,
  reference: string,
): Promise<void> => {
  await rm(outDir, { recursive: true, force: true });
  await mkdir(outDir, { recursive: true });
  await writeLayout(outDir, blobs, descriptorOf(top), reference);
};

interface Parsed {
  manifests: [{ mediaType: string; digest: string }];
  config: { mediaType: string; digest: string };
  layers: { mediaType: string; digest: string }[];
}

const readImage = async (layout: string): Promise<{ blobs: LayoutBlob[]; manifest: LayoutBlob }> => {
  const read = async ({ mediaType, digest }: { mediaType: string; digest: string }) =>
    blobOf(mediaType, await readFile(join(layout, 'blobs', 'sha256', digest.slice('sha256:'.length))));
  const {
    manifests: [entry],
  } = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as Parsed;
  const manifest = await read(entry);
  const { config, layers } = JSON.parse(manifest.bytes.toString()) as Parsed;
  return { manifest, blobs: await Promise.all([config, ...layers].map(read)) };
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [from] = process.argv.slice(2);
  if (from !== undefined) {
    for (const fixture of fixtures)
      console.log(
        await makeLayout(join(from, fixture), join(images, renamed[fixture] ?? fixture)),
        renamed[fixture] ?? fixture,
      );
  }
  await makeAlpineIndex(join(images, 'alpine-index'));
  await makeWindows(join(images, 'windows'));
  await makeHelmChart(join(images, 'helm-chart'));
  await makeSignature(join(images, 'cosign-signature'));
}
