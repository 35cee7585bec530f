import { describe, expect, it } from 'vitest';
import { factsOf, type InspectedConfig, type ImageManifest, type IndexEntry } from './facts.ts';

const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
const dockerManifest = { mediaType: 'application/vnd.docker.distribution.manifest.v2+json' };
const ociConfig = 'application/vnd.oci.image.config.v1+json';
const dockerConfig = 'application/vnd.docker.container.image.v1+json';
const tarGzip = 'application/vnd.oci.image.layer.v1.tar+gzip';
const empty = 'application/vnd.oci.empty.v1+json';
const hex = 'a'.repeat(64);
const linux: InspectedConfig = { os: 'linux', architecture: 'amd64' };

/** A manifest with the given config type, layer types and other fields. */
const manifest = (config: string, layers: string[], more: Partial<ImageManifest> = {}): ImageManifest => ({
  kind: 'image',
  mediaType: ociManifest,
  config: { mediaType: config },
  layers: layers.map((mediaType) => ({ mediaType, size: 10 })),
  ...more,
});
const subject = {};

describe('the kind of a manifest', () => {
  it.each<[string, string, ImageManifest, (InspectedConfig | undefined)?, string?]>([
    ['an image', 'image', manifest(ociConfig, [tarGzip]), linux],
    ['a docker image', 'image', manifest(dockerConfig, ['application/vnd.docker.image.rootfs.diff.tar.gzip']), linux],
    [
      'an image of tar and zstd layers',
      'image',
      manifest(ociConfig, ['application/vnd.oci.image.layer.v1.tar', 'application/vnd.oci.image.layer.v1.tar+zstd']),
      linux,
    ],
    [
      'an image whose layers lie elsewhere',
      'image',
      manifest(dockerConfig, [
        'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
        'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
      ]),
      linux,
    ],
    ['an image that is encrypted', 'image', manifest(ociConfig, [`${tarGzip}+encrypted`]), linux],
    ['an image without layers', 'image', manifest(ociConfig, []), linux],
    [
      'an image that names its own config type as artifact type',
      'image',
      manifest(ociConfig, [tarGzip], { artifactType: ociConfig }),
      linux,
    ],
    ['an image under the tag of a signature', 'image', manifest(ociConfig, [tarGzip]), linux, `sha256-${hex}.sig`],
    ['an image that says nothing of its platform', 'image', manifest(ociConfig, [tarGzip]), {}],
    [
      'an image of an unknown platform',
      'attestation',
      manifest(ociConfig, [tarGzip]),
      { os: 'unknown', architecture: 'unknown' },
    ],
    [
      'an image of an unknown system for a known processor',
      'image',
      manifest(ociConfig, [tarGzip]),
      { os: 'unknown', architecture: 'amd64' },
    ],
    ['an image that refers to another', 'image', manifest(ociConfig, [tarGzip], { subject }), linux],
    [
      'an image that refers to another as its bill of materials',
      'image',
      manifest(ociConfig, [tarGzip], { subject, artifactType: 'application/spdx+json' }),
      linux,
    ],
    [
      'a referrer by artifact type',
      'signature',
      manifest(empty, [empty], { subject, artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json' }),
    ],
    [
      'a referrer by config type',
      'signature',
      manifest('application/vnd.cncf.notary.signature', ['application/jose+json'], { subject }),
    ],
    [
      'an image with an artifact type of its own',
      'image',
      manifest(ociConfig, [tarGzip], { artifactType: 'application/x' }),
      linux,
    ],
    [
      'a layer of json with an artifact type',
      'sbom',
      manifest(ociConfig, ['application/json'], { artifactType: 'application/spdx+json' }),
    ],
    ['an empty config', 'artifact', manifest(empty, [empty])],
    [
      'an empty config with an artifact type',
      'sbom',
      manifest(empty, ['application/json'], { artifactType: 'application/spdx+json' }),
    ],
    ['a layer of an unknown type', 'artifact', manifest(ociConfig, [tarGzip, 'application/octet-stream']), linux],
    [
      'a config of an unknown type under the tag of an attestation',
      'attestation',
      manifest('application/x', []),
      undefined,
      `sha256-${hex}.att`,
    ],
    [
      'a layer of dsse under the tag of an attestation',
      'attestation',
      manifest(ociConfig, ['application/vnd.dsse.envelope.v1+json']),
      undefined,
      `sha256-${hex}.att`,
    ],
    [
      'a layer of json under the tag of a bill of materials',
      'sbom',
      manifest(ociConfig, ['application/json']),
      undefined,
      `sha256-${hex}.sbom`,
    ],
    [
      'a layer of json under a tag that only looks like one',
      'artifact',
      manifest(ociConfig, ['application/json']),
      undefined,
      `x-sha256-${hex}.sbom`,
    ],
    [
      'a type that says more than the tag',
      'signature',
      manifest(ociConfig, ['application/vnd.dev.cosign.simplesigning.v1+json']),
      undefined,
      `sha256-${hex}.att`,
    ],
  ])('%s is %s', (_, kind, document, config, tag) => expect(factsOf(document, config, tag).kind).toBe(kind));

  it.each([
    ['application/vnd.cncf.helm.config.v1+json', 'helm-chart'],
    ['application/vnd.dev.cosign.simplesigning.v1+json', 'signature'],
    ['application/vnd.module.wasm.content.layer.v1+wasm', 'wasm'],
  ])('%s is %s, as config, as artifact type and as layer', (type, kind) => {
    expect(factsOf(manifest(type, [tarGzip])).kind).toBe(kind);
    expect(factsOf(manifest(empty, [empty], { artifactType: type })).kind).toBe(kind);
    expect(factsOf(manifest(ociConfig, [tarGzip, type]), linux).kind).toBe(kind);
  });

  it('is legacy-manifest in schema 1', () => {
    expect(factsOf({ kind: 'schema1', fsLayers: 3 })).toEqual({
      kind: 'legacy-manifest',
      layers: 3,
      compressedBytes: 0,
      encrypted: false,
      foreignLayers: false,
    });
  });
});

describe('the proof that a manifest cannot run', () => {
  const inToto = 'application/vnd.in-toto+json';
  const json = 'application/json';
  it.each<[string, string | undefined, ImageManifest, InspectedConfig?]>([
    ['is the type of its config', 'config-type', manifest(empty, [empty])],
    ['is the type of its config, without layers', 'config-type', manifest(empty, [])],
    ['is the types of its layers for the config of an image', 'layer-types', manifest(ociConfig, [inToto])],
    ['is the types of its layers for a config that Docker takes for one', 'layer-types', manifest(json, [inToto])],
    ['is the types of its layers in the format of Docker', 'layer-types', manifest(empty, [inToto], dockerManifest)],
    ['is no type of its config for a file system', undefined, manifest(empty, [tarGzip])],
    ['is no config in the format of Docker, without layers', undefined, manifest(empty, [], dockerManifest)],
    ['is not one layer among others', undefined, manifest(ociConfig, [inToto, tarGzip])],
    ['is not its platform', undefined, manifest(ociConfig, [tarGzip]), { os: 'unknown', architecture: 'unknown' }],
    ['is not its subject', undefined, manifest(ociConfig, [tarGzip], { subject, artifactType: 'application/x' })],
    ['is not that it has no layer', undefined, manifest(ociConfig, [])],
  ])('%s', (_, proof, document, config) => expect(factsOf(document, config).cannotRun).toBe(proof));

  it('does not exist for an index and for schema 1', () => {
    expect(factsOf({ kind: 'index', manifests: [] }).cannotRun).toBeUndefined();
    expect(factsOf({ kind: 'schema1', fsLayers: 1 }).cannotRun).toBeUndefined();
  });
});

describe('the facts of an image', () => {
  it('are its platform, size and date, as the builder wrote them', () => {
    const config = {
      os: 'windows',
      osVersion: '10.0.26100',
      architecture: 'arm64',
      variant: 'v8',
      created: 'yesterday',
    };
    expect(factsOf(manifest(ociConfig, [tarGzip, tarGzip]), config)).toEqual({
      kind: 'image',
      os: 'windows',
      osVersion: '10.0.26100',
      architecture: 'arm64',
      variant: 'v8',
      createdAt: 'yesterday',
      layers: 2,
      compressedBytes: 20,
      encrypted: false,
      foreignLayers: false,
    });
  });

  it('show that layers are encrypted or foreign', () => {
    expect(factsOf(manifest(ociConfig, [tarGzip, `${tarGzip}+encrypted`]))).toMatchObject({
      encrypted: true,
      foreignLayers: false,
    });
    expect(
      factsOf(manifest(dockerConfig, ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'])),
    ).toMatchObject({ encrypted: false, foreignLayers: true });
    expect(
      factsOf({
        ...manifest(ociConfig, []),
        layers: [{ mediaType: tarGzip, size: 1, urls: ['https://elsewhere.test/'] }],
      }),
    ).toMatchObject({ kind: 'image', foreignLayers: true });
  });

  it('stay small and on one line for any input', () => {
    const facts = factsOf(
      { ...manifest(ociConfig, []), layers: [1, 2].map(() => ({ mediaType: tarGzip, size: Number.MAX_SAFE_INTEGER })) },
      { os: 'x'.repeat(1e6) },
    );
    expect(facts.os?.length).toBe(128);
    expect(Number.isSafeInteger(facts.compressedBytes)).toBe(true);
  });
});

describe('a child of an index', () => {
  const unknown = { os: 'unknown', architecture: 'unknown' };
  const arm64 = { os: 'linux', architecture: 'arm64' };
  const attests = { 'vnd.docker.reference.type': 'attestation-manifest' };
  const helm = 'application/vnd.cncf.helm.config.v1+json';
  const entry = (more: Partial<IndexEntry>): IndexEntry => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: `sha256:${hex}`,
    ...more,
  });

  it.each<[string, IndexEntry, object]>([
    [
      'an image',
      entry({ platform: { os: 'linux', architecture: 'arm', variant: 'v7' } }),
      { kind: 'image', os: 'linux', architecture: 'arm', variant: 'v7' },
    ],
    ['an image of no platform', entry({}), { kind: 'image' }],
    ['an image of an unknown platform', entry({ platform: unknown }), { kind: 'image', ...unknown }],
    [
      'an attestation by its annotation and its platform',
      entry({ annotations: attests, platform: unknown }),
      { kind: 'attestation', ...unknown },
    ],
    [
      'a chart by its artifact type and its platform',
      entry({ artifactType: helm, platform: unknown }),
      { kind: 'helm-chart', ...unknown },
    ],
    ['an image whatever its annotation', entry({ annotations: attests, platform: arm64 }), { kind: 'image', ...arm64 }],
    ['an image whatever its annotation, without a platform', entry({ annotations: attests }), { kind: 'image' }],
    [
      'an image whatever its artifact type',
      entry({ artifactType: helm, platform: arm64 }),
      { kind: 'image', ...arm64 },
    ],
    ['an index', entry({ mediaType: 'application/vnd.oci.image.index.v1+json' }), { kind: 'index' }],
    ['a build cache', entry({ mediaType: 'application/vnd.buildkit.cacheconfig.v0' }), { kind: 'build-cache' }],
    ['a bare layer', entry({ mediaType: tarGzip }), { kind: 'artifact' }],
  ])('is %s', (_, listed, child) => {
    expect(factsOf({ kind: 'index', manifests: [listed] })).toEqual({
      kind: 'index',
      layers: 0,
      compressedBytes: 0,
      encrypted: false,
      foreignLayers: false,
      children: [{ digest: `sha256:${hex}`, ...child }],
    });
  });
});
