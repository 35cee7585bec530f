import { randomBytes, randomUUID } from 'node:crypto';
import { hold, type InputGroup, type Input } from '../input.ts';
import {
  assessed,
  blobOf,
  descriptorOf,
  imageOf,
  layerOf,
  manifestOf,
  ociConfig,
  ociIndex,
  type HostileImage,
} from '../making/image.ts';
import { pushed, notify, type PushedContent, type InputPlace } from '../making/pushed.ts';
import { thiefSubscription, type HostileWorld } from '../scene/world.ts';

const mebibyte = 2 ** 20;

/** An image that only its registry has. */
const secretImage = async (name: string, bytes = 0): Promise<HostileImage> =>
  imageOf([await layerOf([...assessed(), { name: 'secret', content: randomBytes(16 + bytes) }])], { author: name });

/** Scans an image of the first subscription, and checks that pushes to the other subscription are assessed. */
const scannedElsewhere = async (world: HostileWorld, image: HostileImage): Promise<void> => {
  const {
    suite,
    registries: { plain },
  } = world;
  const plan = await fetch(
    `${suite.endpoint.url}/subscriptions/${thiefSubscription}/providers/Microsoft.Security/pricings` +
      '/Containers?api-version=2024-01-01',
    {
      method: 'PUT',
      headers: { authorization: `Bearer ${suite.endpoint.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ properties: { pricingTier: 'Standard' } }),
    },
  );
  hold(plan.ok, `the plan was answered ${plan.status}`);
  plain.registry.hold(image);
  const repository = `hostile/${randomUUID()}`;
  await notify(world, 'plain', repository, image.manifest);
  const { status } = await suite.settled(image.manifest.digest, repository);
  hold(status === 'unhealthy', `the image of the other is ${status}`);
};

interface Theft extends Pick<Input, 'title'> {
  readonly reason: string;
  /** Size of the scanned image. */
  readonly bytes?: number;
  /** Puts a part of the image into the thief's registry. */
  steal(place: InputPlace, image: HostileImage): Promise<PushedContent> | PushedContent;
}

const theft = ({ title, reason, bytes, steal }: Theft): Input =>
  pushed({
    row: 'beyond',
    title,
    source: 'idea: a digest is no secret',
    registry: 'thief',
    must: 'its own registry is asked for it, and nothing of what was found is told',
    ends: { status: 'undetermined', reason },
    make: async (place) => {
      const image = await secretImage(place.name, bytes);
      await scannedElsewhere(place.world, image);
      return steal(place, image);
    },
    also: async ({ world, repository, digest, within }) => {
      const found = await world.suite.findings(within ?? digest, repository);
      hold(found.length === 0, `it was told ${found.length} findings`);
    },
  });

/** Holds everything but the layers. */
const heldInPart = (
  { registry }: InputPlace,
  { config, manifest }: Pick<HostileImage, 'config' | 'manifest'>,
): PushedContent => {
  registry.holdBlob(config);
  registry.holdManifest(manifest);
  return { digest: manifest.digest };
};

/** The owner of a registry knows digests, and tries to learn what other subscriptions have under them. */
export const others: InputGroup = {
  name: 'images of others',
  inputs: [
    theft({
      title: 'the digest of an image of another subscription',
      reason: 'inspection-failed/gone',
      steal: (_, image) => ({ digest: image.manifest.digest }),
    }),
    theft({
      title: 'the manifest and the config of an image of another subscription',
      reason: 'failed/gone',
      steal: heldInPart,
    }),
    theft({
      title: 'an image that names a layer of another subscription',
      reason: 'failed/gone',
      steal: (place, { layers, config: { bytes } }) => {
        const config = blobOf(ociConfig, {
          ...(JSON.parse(bytes.toString()) as object),
          author: `${place.name}, mine`,
        });
        return heldInPart(place, { config, manifest: manifestOf(config, layers.map(descriptorOf)) });
      },
    }),
    theft({
      title: 'a large layer of another subscription, with other bytes under its digest',
      reason: 'failed/digest-mismatch',
      bytes: mebibyte,
      steal: (place, image) => {
        const [layer] = image.layers;
        place.registry.holdBlob({ ...layer!, bytes: randomBytes(layer!.size) });
        return heldInPart(place, image);
      },
    }),
    theft({
      title: 'an index that lists an image of another subscription',
      reason: 'inspection-failed/gone',
      steal: ({ registry }, { manifest }) => {
        const index = blobOf(ociIndex, {
          schemaVersion: 2,
          mediaType: ociIndex,
          manifests: [{ ...descriptorOf(manifest), platform: { os: 'linux', architecture: 'amd64' } }],
        });
        registry.holdManifest(index);
        return { digest: index.digest, within: manifest.digest };
      },
    }),
  ],
};
