import { hold, type InputGroup, type Input } from '../input.ts';
import {
  blobOf,
  descriptorOf,
  goodImage,
  held,
  heldManifest,
  manifestOf,
  ociConfig,
  ociIndex,
  ociLayer,
  ociManifest,
  type FakeBlob,
} from '../making/image.ts';
import { pushed, type InputPlace } from '../making/pushed.ts';

const refused = (code: string) => ({ status: 'undetermined', reason: `inspection-failed/${code}` });
const notAnImage = (kind: string) => ({ status: 'not-applicable', reason: `not-a-container-image/${kind}` });

type Spoil = (json: string, place: InputPlace) => string | Buffer;

/** The manifest of a good image, changed. */
const spoilt = (row: string, title: string, code: string, spoil: Spoil, source?: string): Input =>
  pushed({
    row,
    title,
    ...(source === undefined ? {} : { source }),
    must: `refused as ${code}`,
    ends: refused(code),
    make: async (place) => {
      const image = await goodImage(place.name);
      held(place.registry, image);
      return {
        digest: heldManifest(place.registry, blobOf(ociManifest, spoil(image.manifest.bytes.toString(), place))),
      };
    },
  });

/** An artifact in a registry that is not an image. */
const thing = (kind: string, config: string, layer: string, more: object = {}): Input =>
  pushed({
    row: 'R20',
    title: `no image but: ${kind}`,
    must: 'not applicable; neither healthy nor failed',
    ends: notAnImage(kind),
    make: ({ registry, name }) => ({
      digest: heldManifest(
        registry,
        manifestOf(blobOf(config, JSON.stringify({ name })), [descriptorOf(blobOf(layer, name))], more),
      ),
    }),
  });

/** A good image with another config. */
const configured = (title: string, source: string, config: (json: string) => string, code: string): Input =>
  pushed({
    row: 'beyond',
    title,
    source,
    must: 'refused',
    ends: refused(code),
    make: async ({ registry, name }) => {
      const { config: good, layers } = await goodImage(name);
      const bad = blobOf(ociConfig, config(good.bytes.toString()));
      return { digest: held(registry, { config: bad, layers, manifest: manifestOf(bad, layers.map(descriptorOf)) }) };
    },
  });

const withDigest =
  (digest: string): Spoil =>
  (json) =>
    json.replace(/("layers":\[\{"mediaType":"[^"]+","digest":")[^"]+/, (_, before: string) => before + digest);
const withSize =
  (size: string): Spoil =>
  (json) =>
    json.replace(/("layers":.*"size":)\d+/, (_, before: string) => before + size);
const indexOf = (...entries: object[]): FakeBlob =>
  blobOf(ociIndex, { schemaVersion: 2, mediaType: ociIndex, manifests: entries });
const layersOf = (count: number, size: number): string =>
  JSON.stringify(
    Array.from({ length: count }, (_, at) => ({
      mediaType: ociLayer,
      digest: `sha256:${at.toString(16).padStart(64, '0')}`,
      size,
    })),
  );
const withLayers =
  (layers: string): Spoil =>
  (json) =>
    json.replace(/"layers":\[.*\]/, () => `"layers":${layers}`);

/** Hostile contents of a manifest or a config. */
export const documents: InputGroup = {
  name: 'documents',
  inputs: [
    pushed({
      row: 'R7',
      title: 'an index whose entry, called a manifest, is an index again',
      must: 'the inner one is refused as index-too-deep',
      ends: refused('index-too-deep'),
      make: async (place) => {
        const image = await goodImage(place.name);
        held(place.registry, image);
        const inner = indexOf(descriptorOf(image.manifest));
        const outer = indexOf({
          ...descriptorOf(inner),
          mediaType: ociManifest,
          platform: { os: 'linux', architecture: 'amd64' },
        });
        place.registry.holdManifest(inner);
        place.registry.holdManifest(outer);
        return { digest: outer.digest, within: inner.digest };
      },
    }),
    ...['sha256:../../x', `sha256:${'A'.repeat(64)}`, `md5:${'a'.repeat(32)}`, `sha256:${'a'.repeat(63)}`].map(
      (digest) =>
        spoilt(
          'R13',
          'a digest that is ' +
            `${digest.length > 20 ? `${digest.slice(0, 12)}… of ${digest.length - digest.indexOf(':') - 1}` : digest}`,
          'bad-descriptor',
          withDigest(digest),
        ),
    ),
    spoilt('R15', 'both manifests and layers', 'ambiguous', (json) =>
      json.replace('"layers"', '"manifests":[],"layers"'),
    ),
    spoilt('R15', 'another mediaType than its Content-Type', 'ambiguous', (json) =>
      json.replace(ociManifest, ociIndex),
    ),
    thing(
      'helm-chart',
      'application/vnd.cncf.helm.config.v1+json',
      'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
    ),
    thing('signature', ociConfig, 'application/vnd.dev.cosign.simplesigning.v1+json'),
    thing('sbom', 'application/vnd.oci.empty.v1+json', 'text/plain', { artifactType: 'application/spdx+json' }),
    thing('wasm', 'application/vnd.wasm.config.v1+json', 'application/vnd.wasm.content.layer.v1+wasm'),
    pushed({
      row: 'R20',
      title: 'no image but: attestation (unknown/unknown)',
      must: 'not applicable; neither healthy nor failed',
      ends: notAnImage('attestation'),
      make: async ({ registry, name }) => {
        const { config: good, layers } = await goodImage(name);
        const config = blobOf(ociConfig, {
          ...(JSON.parse(good.bytes.toString()) as object),
          os: 'unknown',
          architecture: 'unknown',
        });
        return { digest: held(registry, { config, layers, manifest: manifestOf(config, layers.map(descriptorOf)) }) };
      },
    }),
    spoilt(
      'beyond',
      'layers beside LAYERS',
      'ambiguous',
      (json) => json.replace('"layers"', '"LAYERS":[],"layers"'),
      'measured: a scanner in Go reads the one, JSON.parse the other',
    ),
    spoilt(
      'beyond',
      'layers twice, once written with an escape',
      'ambiguous',
      (json) => json.replace('"layers"', String.raw`"l\u0061yers":[],"layers"`),
      'CVE-2017-12635: two keys that are one',
    ),
    spoilt(
      'beyond',
      'a byte order mark in front',
      'bad-manifest',
      (json) => `\ufeff${json}`,
      'idea: skipped by some readers',
    ),
    spoilt(
      'beyond',
      'half a character in a media type',
      'bad-manifest',
      (json) => Buffer.from(json.replace('tar+gzip', 'tar\u00ff+gzip'), 'latin1'),
      'idea: UTF-8 that readers mend differently',
    ),
    spoilt(
      'beyond',
      'nested 100,000 deep',
      'bad-manifest',
      (json) => json.replace('"layers"', () => `"x":${'['.repeat(100_000)}${']'.repeat(100_000)},"layers"`),
      'CVE-2022-28131 and CVE-2020-36518: a stack that ends',
    ),
    spoilt(
      'beyond',
      '__proto__ and constructor as keys',
      'bad-descriptor',
      (json) => json.replace('"config":', '"__proto__":{"config":{}},"constructor":{"prototype":{}},"was":'),
      'CVE-2019-10744: prototype pollution',
    ),
    spoilt(
      'beyond',
      'a layer of -1 bytes',
      'bad-descriptor',
      withSize('-1'),
      'CVE-2021-43784 of runc: lengths that wrap',
    ),
    spoilt(
      'beyond',
      'a layer of 2^53 bytes',
      'bad-descriptor',
      withSize('9007199254740992'),
      'idea: a number that two readers read differently',
    ),
    spoilt('beyond', 'a layer of 1e400 bytes', 'bad-descriptor', withSize('1e400'), 'idea: infinity'),
    pushed({
      row: 'beyond',
      title: '201 layers',
      source: 'CVE-2023-25153 of containerd: nobody counted',
      must: 'refused before the first is asked for',
      ends: { status: 'undetermined', reason: 'failed/too-large' },
      make: async ({ registry, name }) => {
        const image = await goodImage(name);
        held(registry, image);
        return {
          digest: heldManifest(
            registry,
            blobOf(ociManifest, withLayers(layersOf(201, 1))(image.manifest.bytes.toString(), undefined as never)),
          ),
        };
      },
      also: ({ registry, repository }) =>
        hold(
          registry.requests.filter(({ line }) => line.includes(repository) && line.includes('/blobs/sha256:000'))
            .length === 0,
          'a layer was asked for',
        ),
    }),
    pushed({
      row: 'beyond',
      title: 'layers of 30 GiB',
      source: 'idea: a disk that fills',
      must: 'not pulled',
      ends: { status: 'not-applicable', reason: 'too-large' },
      make: async ({ registry, name }) => {
        const image = await goodImage(name);
        held(registry, image);
        return {
          digest: heldManifest(
            registry,
            blobOf(
              ociManifest,
              withLayers(layersOf(3, 10 * 2 ** 30))(image.manifest.bytes.toString(), undefined as never),
            ),
          ),
        };
      },
    }),
    pushed({
      row: 'beyond',
      title: 'an index of 201 images',
      source: 'idea: one push, many scans',
      must: 'refused',
      ends: refused('too-large'),
      make: async ({ registry, name }) => {
        const { manifest } = await goodImage(name);
        return {
          digest: heldManifest(registry, indexOf(...Array.from({ length: 201 }, () => descriptorOf(manifest)))),
        };
      },
    }),
    spoilt(
      'beyond',
      'a config of 9 MiB',
      'too-large',
      (json) => json.replace(/("config":.*?"size":)\d+/, (_, before: string) => `${before}${9 * 2 ** 20}`),
      'CVE-2023-25153 of containerd',
    ),
    pushed({
      row: 'beyond',
      title: 'one layer under two sizes',
      source: 'idea: which of the two is checked?',
      must: 'refused',
      ends: { status: 'undetermined', reason: 'failed/bad-descriptor' },
      make: async ({ registry, name }) => {
        const {
          config,
          layers: [layer],
        } = await goodImage(name);
        return {
          digest: held(registry, {
            config,
            layers: [layer!],
            manifest: manifestOf(config, [descriptorOf(layer!), { ...descriptorOf(layer!), size: 1 }]),
          }),
        };
      },
    }),
    pushed({
      row: 'beyond',
      title: 'a signed manifest of schema 1 whose layers have paths as names',
      source: 'CVE-2014-9358 of Docker: ids that leave',
      must: 'not applicable, nothing is fetched',
      ends: notAnImage('legacy-manifest'),
      make: ({ registry, name }) => {
        const json = JSON.stringify({
          schemaVersion: 1,
          name,
          tag: 'v1',
          architecture: 'amd64',
          fsLayers: [{ blobSum: 'sha256:../../../../etc/passwd' }],
          history: [{ v1Compatibility: '{"id":"../../../../etc"}' }],
        });
        return { digest: heldManifest(registry, blobOf('application/vnd.docker.distribution.manifest.v1+json', json)) };
      },
    }),
    pushed({
      row: 'beyond',
      title: 'titles of layers that leave',
      source: 'CVE-2021-21272 of ORAS, CVE-2026-50163 of oras-go: files named by annotations',
      must: 'scanned as if they were not there; nothing is written',
      ends: { status: 'unhealthy' },
      make: async ({ registry, name, world }) => {
        const { config, layers } = await goodImage(name);
        const annotations = {
          'org.opencontainers.image.title': `../../../../../../..${world.files.wanted}`,
          'io.deis.oras.content.unpack': 'true',
        };
        return {
          digest: held(registry, {
            config,
            layers,
            manifest: manifestOf(
              config,
              layers.map((layer) => ({ ...descriptorOf(layer), annotations })),
            ),
          }),
        };
      },
    }),
    configured(
      'a config nested 10,000 deep',
      'CVE-2020-36518: a stack that ends',
      (json) => json.replace('{', () => `{"x":${'['.repeat(10_000)}${']'.repeat(10_000)},`),
      'bad-config',
    ),
    configured('a config that is no JSON', 'idea', () => 'rootfs: {}', 'bad-config'),
    configured(
      'rootfs beside ROOTFS in a config',
      'measured: two readers, two images',
      (json) => json.replace('"rootfs"', '"ROOTFS":{},"rootfs"'),
      'ambiguous',
    ),
    ...[
      {
        title: 'a working directory in /proc',
        source: 'CVE-2024-21626 of runc',
        config: { WorkingDir: '/proc/self/fd/8', User: '0' },
      },
      {
        title: 'volumes that leave',
        source: 'CVE-2022-23648 of containerd',
        config: { Volumes: { '/../../../../../../etc': {} } },
      },
      {
        title: 'an entry point and an environment for the scanner',
        source: 'CVE-2019-14271: code of an image that a tool runs',
        config: {
          Entrypoint: ['/bin/sh', '-c', 'touch /tmp/x'],
          Env: ['LD_PRELOAD=/tmp/x.so', 'TRIVY_SEVERITY=CRITICAL', 'TRIVY_IGNOREFILE=/x'],
        },
      },
    ].map(({ title, source, config }) =>
      pushed({
        row: 'beyond',
        title,
        source,
        must: 'no effect',
        ends: { status: 'unhealthy' },
        make: async ({ registry, name }) => {
          const { config: good, layers } = await goodImage(name);
          const own = blobOf(ociConfig, { ...(JSON.parse(good.bytes.toString()) as object), config });
          return {
            digest: held(registry, { config: own, layers, manifest: manifestOf(own, layers.map(descriptorOf)) }),
          };
        },
      }),
    ),
    pushed({
      row: 'beyond',
      title: 'a system, a date and an author that are lines of a terminal',
      source: 'idea: ESC sequences of others in a log',
      must: 'stored as data, in no log line',
      ends: [
        { status: 'unhealthy' },
        { status: 'undetermined', reason: /./ },
        { status: 'not-applicable', reason: /./ },
      ],
      make: async ({ registry, name }) => {
        const { config: good, layers } = await goodImage(name);
        const own = blobOf(ociConfig, {
          ...(JSON.parse(good.bytes.toString()) as object),
          author: `${name}\u001b]0;PWNED\u0007\n`,
          os: 'linux\u001b[2J\n',
          created: '+999999-01-01T00:00:00Z',
          architecture: '\u202eamd64',
        });
        return { digest: held(registry, { config: own, layers, manifest: manifestOf(own, layers.map(descriptorOf)) }) };
      },
      also: ({ world }) =>
        hold(!['PWNED', '\u001b[2J'].some((each) => world.suite.output.includes(each)), 'the log repeats it'),
    }),
  ],
};
