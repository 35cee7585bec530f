import { Api } from '../../../apps/assay/dist/client/api.js';
import { hold, type FinalStatus, type Input, type InputGroup } from '../input.ts';
import { unhealthy } from '../making/contained.ts';
import {
  blobOf,
  debian,
  descriptorOf,
  dpkgPackage,
  goodImage,
  imageWith,
  manifestOf,
  ociConfig,
  ociIndex,
  type FakeBlob,
  type HostileImage,
} from '../making/image.ts';
import { pushed, type InputPlace } from '../making/pushed.ts';

/** Ends with the answer, and long before patience does. */
const waitSeconds = 50;

const healthy: FinalStatus = { status: 'healthy' };
const platformUnclear: FinalStatus = { status: 'undetermined', reason: 'platform-unclear' };
const kindUnclear: FinalStatus = { status: 'undetermined', reason: 'kind-unclear' };

const amd64 = { os: 'linux', architecture: 'amd64' };
const arm64 = { os: 'linux', architecture: 'arm64' };
const unknown = { os: 'unknown', architecture: 'unknown' };
const attests = { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } };

/** An image of a system in which nothing is vulnerable. */
const cleanImage = (name: string): Promise<HostileImage> =>
  imageWith(`clean ${name}`, debian(dpkgPackage('apt'), dpkgPackage('bash')));

/** The same image with other members in its config, its manifest, or both. */
const changed = (
  { config: own, layers }: HostileImage,
  config: object,
  manifest: object = {},
  layerType?: string,
): HostileImage => {
  const made = blobOf(ociConfig, { ...(JSON.parse(own.bytes.toString()) as object), ...config });
  const descriptors = layers.map((layer) => ({
    ...descriptorOf(layer),
    ...(layerType === undefined ? {} : { mediaType: layerType }),
  }));
  return { config: made, layers, manifest: manifestOf(made, descriptors, manifest) };
};

/** The vulnerable image that an index hides, and its entry in the index. */
interface Hidden {
  readonly image: HostileImage;
  /** Members of the entry besides media type, digest and size. */
  readonly entry: object;
  /** Its manifest is not in the registry. */
  readonly missing?: true;
}

/** An attestation as buildkit writes it. */
const attestation = (image: HostileImage): HostileImage => changed(image, unknown, {}, 'application/vnd.in-toto+json');

interface Question {
  readonly title: string;
  readonly source: string;
  readonly must: string;
  readonly ends: FinalStatus;
  readonly gate: string;
  readonly hide: (vulnerable: HostileImage) => Hidden;
}

/** The gate's decision, once it no longer waits for a child. */
const gateOf = async (
  { world: { suite }, repository }: InputPlace,
  digest: string,
  platform: string | undefined,
): Promise<string> => {
  const { url, token } = suite.endpoint;
  const question = { digest, maxSeverity: 'none', onlyFixable: false, platform, repository, subscription: undefined };
  return (await new Api(url, token).gate(question, waitSeconds)).decision;
};

/** An index of a clean image for linux/amd64 and another child. A runtime chooses between them by their platforms. */
const hiding = ({ title, source, must, ends, gate, hide }: Question): Input =>
  pushed({
    row: 'beyond',
    title: `an index of a clean image and ${title}`,
    source,
    must,
    ends,
    make: async ({ registry, name }) => {
      const clean = await cleanImage(name);
      const { image, entry, missing } = hide(await goodImage(name));
      registry.hold(clean);
      if (!missing) registry.hold(image);
      const index: FakeBlob = blobOf(ociIndex, {
        schemaVersion: 2,
        mediaType: ociIndex,
        manifests: [
          { ...descriptorOf(clean.manifest), platform: amd64 },
          { ...descriptorOf(image.manifest), ...entry },
        ],
      });
      registry.holdManifest(index);
      return { digest: index.digest };
    },
    also: async ({ digest, ...place }) => {
      const answers = await Promise.all([undefined, 'linux/amd64'].map((platform) => gateOf(place, digest, platform)));
      hold(answers[0] === gate, `the gate answered ${answers[0]} instead of ${gate}`);
      hold(answers[1] === 'allow', `the gate answered ${answers[1]} for linux/amd64 alone`);
    },
  });

const hidden = (title: string, ends: FinalStatus, hide: Question['hide']): Input =>
  hiding({
    title,
    source: 'measured: it was left out or not looked at, and the index was healthy',
    must: 'not left out: never healthy, and the gate allows nothing but linux/amd64 alone',
    ends,
    gate: ends === unhealthy ? 'deny' : 'unknown',
    hide,
  });

const leftOut = (title: string, source: string, hide: Question['hide']): Input =>
  hiding({
    title,
    source,
    must: 'left out: the index is healthy, and the gate allows it',
    ends: healthy,
    gate: 'allow',
    hide,
  });

/** A vulnerable image whose manifest calls itself something else. */
const disguised = (title: string, manifest: object): Input =>
  pushed({
    row: 'beyond',
    title: `an image with ${title}`,
    source: 'measured: it was taken for an artifact, and scanned by nobody',
    must: 'scanned like any image',
    ends: unhealthy,
    make: async ({ registry, name }) => {
      const image = changed(await goodImage(name), {}, manifest);
      registry.hold(image);
      return { digest: image.manifest.digest };
    },
  });

const subject = descriptorOf(blobOf('application/vnd.oci.image.manifest.v1+json', '{}'));

/** Indexes and manifests that give an image out for something that is not scanned. */
export const indexes: InputGroup = {
  name: 'indexes',
  inputs: [
    hidden('a vulnerable one that is annotated as an attestation', unhealthy, (image) => ({
      image: changed(image, arm64),
      entry: { platform: arm64, ...attests },
    })),
    hidden('a vulnerable one under the artifact type of an SBOM', unhealthy, (image) => ({
      image: changed(image, arm64),
      entry: { platform: arm64, artifactType: 'application/spdx+json' },
    })),
    hidden('a vulnerable one under the media type of a layer', unhealthy, (image) => ({
      image: changed(image, arm64),
      entry: { platform: arm64, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' },
    })),
    hidden('a vulnerable one with a subject', unhealthy, (image) => ({
      image: changed(image, arm64, { subject }),
      entry: { platform: arm64 },
    })),
    hidden('a vulnerable one that is annotated as an attestation of no platform', unhealthy, (image) => ({
      image,
      entry: { platform: unknown, ...attests },
    })),
    hidden('one whose config says Windows and whose entry says Linux', platformUnclear, (image) => ({
      image: changed(image, { os: 'windows' }),
      entry: { platform: arm64 },
    })),
    hidden('one whose config says unknown/unknown and whose layers are files', kindUnclear, (image) => ({
      image: changed(image, unknown),
      entry: { platform: unknown, ...attests },
    })),
    hidden('one whose layers are called attestations and whose entry has a platform', kindUnclear, (image) => ({
      image: attestation(image),
      entry: { platform: arm64, ...attests },
    })),
    hidden('one whose config has a type that Docker takes for an image too', kindUnclear, ({ config, layers }) => {
      const json = blobOf('application/json', config.bytes);
      return {
        image: { config: json, layers, manifest: manifestOf(json, layers.map(descriptorOf)) },
        entry: { platform: arm64 },
      };
    }),
    hidden('one that is not there', { status: 'undetermined', reason: 'inspection-failed/gone' }, (image) => ({
      image,
      entry: { platform: arm64 },
      missing: true,
    })),
    leftOut('an attestation as buildkit writes it', 'the honest case beside the lies', (image) => ({
      image: attestation(image),
      entry: { platform: unknown, ...attests },
    })),
    leftOut(
      'one for Windows, by its entry and its config',
      'measured: the gate knew nothing of the index',
      (image) => ({
        image: changed(image, { os: 'windows' }),
        entry: { platform: { os: 'windows', architecture: 'amd64' } },
      }),
    ),
    disguised('a subject', { subject }),
    disguised('the artifact type of an SBOM', { artifactType: 'application/spdx+json' }),
    disguised('a subject and the artifact type of a signature', {
      subject,
      artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    }),
  ],
};
