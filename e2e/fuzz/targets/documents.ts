import fc from 'fast-check';
import { factsOf } from '../../../apps/ingestion/src/domain/facts.ts';
import { configOf } from '../../../libs/registry/src/client/config.ts';
import { documentOf } from '../../../libs/registry/src/client/manifest.ts';
import { editedJson, jsonEdits, type JsonEdit } from '../mutating/json.ts';
import { byteEdits, edited, type ByteEdit } from '../mutating/bytes.ts';
import { expectThat, type FuzzTarget } from '../target.ts';

interface DocumentCase {
  readonly of: number;
  readonly type: string;
  readonly edits: readonly JsonEdit[];
  readonly bytes: readonly ByteEdit[];
}

const digest = (n: number): string => `sha256:${String(n).repeat(64)}`;
const [ociManifest, ociIndex, dockerManifest, dockerList] = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: digest(2), size: 10 };

const manifests = [
  {
    schemaVersion: 2,
    mediaType: ociManifest,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digest(1), size: 100 },
    layers: [layer, { ...layer, digest: digest(3), urls: ['https://elsewhere.test/a'] }],
    annotations: { 'org.opencontainers.image.created': '2026-01-01T00:00:00Z' },
  },
  {
    schemaVersion: 2,
    mediaType: dockerManifest,
    config: { mediaType: 'application/vnd.docker.container.image.v1+json', digest: digest(1), size: 100 },
    layers: [{ ...layer, mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' }],
  },
  {
    schemaVersion: 2,
    mediaType: ociManifest,
    artifactType: 'application/vnd.example',
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: digest(4), size: 2, data: 'e30=' },
    layers: [layer],
    subject: { mediaType: ociManifest, digest: digest(5), size: 7 },
  },
  {
    schemaVersion: 1,
    name: 'a',
    tag: 'b',
    architecture: 'amd64',
    fsLayers: [{ blobSum: digest(1) }],
    history: [{ v1Compatibility: '{}' }],
    signatures: [],
  },
];
const platform = { os: 'linux', architecture: 'arm64', variant: 'v8', 'os.version': '1' };
const indexes = [
  {
    schemaVersion: 2,
    mediaType: ociIndex,
    manifests: [
      { mediaType: ociManifest, digest: digest(1), size: 5, platform },
      {
        mediaType: ociManifest,
        digest: digest(2),
        size: 5,
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
      },
    ],
  },
  {
    schemaVersion: 2,
    mediaType: dockerList,
    manifests: [{ mediaType: dockerManifest, digest: digest(1), size: 5, platform }],
  },
];
const configs = [
  {
    os: 'linux',
    architecture: 'amd64',
    created: '2026-01-01T00:00:00Z',
    author: 'x',
    config: { Env: ['A=b'], Labels: { a: 'b' }, ExposedPorts: { '80/tcp': {} } },
    rootfs: { type: 'layers', diff_ids: [digest(6), digest(7)] },
    history: [{ created_by: 'RUN x', empty_layer: true }],
  },
  {
    os: 'windows',
    'os.version': '10',
    'os.features': ['win32k'],
    architecture: 'arm64',
    variant: 'v8',
    rootfs: { diff_ids: [] },
  },
];

const types = [
  ociManifest,
  ociIndex,
  dockerManifest,
  dockerList,
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
  'application/json',
  '',
  'text/html',
] as string[];
const keys = [
  'schemaVersion',
  'mediaType',
  'config',
  'layers',
  'manifests',
  'digest',
  'size',
  'annotations',
  'urls',
  'platform',
  'os',
  'architecture',
  'variant',
  'os.version',
  'rootfs',
  'diff_ids',
  'subject',
  'artifactType',
  'data',
  'fsLayers',
];
const tokens = ['{', '}', '[', ']', ',', ':', '"', '\\', '\\u0000', 'null', '1e5', ' ', '\t', '\ufeff', '\u2028'];

interface Typed {
  readonly mediaType?: string;
  readonly [field: string]: unknown;
}

const casesOf = (documents: readonly Typed[]): fc.Arbitrary<DocumentCase> =>
  fc
    .record({
      of: fc.nat({ max: documents.length - 1 }),
      type: fc.nat({ max: 20 }),
      edits: jsonEdits(keys),
      bytes: byteEdits(tokens, 3),
    })
    .map(({ type, ...rest }) => ({ ...rest, type: types[type] ?? documents[rest.of]!.mediaType ?? types[4]! }));

const bytesOf = (documents: readonly object[], { of, edits, bytes }: DocumentCase): Buffer =>
  edited(editedJson(documents[of], edits), bytes);

/** Refusals have a name and a code; anything else is a crash. */
const refusal = (error: unknown): undefined => {
  if ((error as Error).name !== 'RegistryError' || typeof (error as { code?: unknown }).code !== 'string') throw error;
  return undefined;
};

/** The facts of a document must fit into an event, for any document. */
const factBytes = 256 * 1024;

const read = (bytes: Buffer, type: string): void => {
  let document;
  try {
    document = documentOf(bytes, type);
  } catch (error) {
    return refusal(error);
  }
  const facts = factsOf(document, undefined, 'latest');
  expectThat(
    Buffer.byteLength(JSON.stringify(facts)) < factBytes,
    `the facts have ${Buffer.byteLength(JSON.stringify(facts))} bytes`,
  );
  if (document.kind !== 'image') return undefined;
  // There is only one reading: every parser sees the same as ours.
  const plain = JSON.parse(bytes.toString('utf8')) as { config: { digest: string }; layers: { digest: string }[] };
  expectThat(
    plain.config.digest === document.config.digest &&
      plain.layers.map((each) => each.digest).join() === document.layers.map((each) => each.digest).join(),
    'another reading than JSON.parse has',
  );
  return undefined;
};

const documents = (name: string, description: string, of: readonly Typed[]): FuzzTarget<DocumentCase> => ({
  name,
  description,
  perTurn: 200,
  cases: casesOf(of),
  hold: (one) => read(bytesOf(of, one), one.type),
});

export const documentTargets: readonly FuzzTarget<DocumentCase>[] = [
  documents('manifests', 'manifests of images and artifacts', manifests),
  documents('indexes', 'indexes and lists of manifests', indexes),
  {
    name: 'configs',
    description: 'configs of images',
    perTurn: 200,
    cases: casesOf(configs),
    hold: (one) => {
      let config;
      try {
        config = configOf(bytesOf(configs, one));
      } catch (error) {
        return refusal(error);
      }
      const facts = factsOf(
        {
          kind: 'image',
          mediaType: ociManifest,
          config: { mediaType: 'application/vnd.oci.image.config.v1+json' },
          layers: [],
        },
        config,
        'latest',
      );
      expectThat(
        Buffer.byteLength(JSON.stringify(facts)) < factBytes,
        `the facts have ${Buffer.byteLength(JSON.stringify(facts))} bytes`,
      );
      return undefined;
    },
  },
];
